import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bipro_sync.gdv import FieldKind, part, parts


def test_release_2023_has_232_parts_of_161_layouts_of_45_record_types():
    assert len(parts()) == 232
    assert len({each.layout for each in parts()}) == 161
    assert len({each.record_type for each in parts()}) == 45
    assert sum(len(each.fields) for each in parts()) == 5623


@pytest.mark.parametrize("each", parts(), ids=lambda each: f"{each.layout}/{each.number}")
def test_the_fields_of_a_part_tile_a_record_and_have_keys_of_their_own(each):
    place = 1
    for number, field in enumerate(each.fields, 1):
        assert (field.start, field.number) == (place, number)
        place += field.length
    assert place == 257
    assert len({field.key for field in each.fields}) == len(each.fields)
    assert all(len(field.constant) in {0, field.length} for field in each.fields)


def test_fields_are_of_the_four_kinds_as_often_as_the_release_says():
    kinds = Counter(field.kind for each in parts() for field in each.fields)
    assert kinds == {FieldKind.TEXT: 3038, FieldKind.DIGITS: 1298, FieldKind.DECIMAL: 865, FieldKind.DATE: 422}


def test_dates_are_written_in_two_forms():
    forms = Counter(field.date_form for each in parts() for field in each.fields if field.kind is FieldKind.DATE)
    assert forms == {"TTMMJJJJ": 398, "MMJJJJ": 24}


def test_sixty_two_amounts_have_a_sign_behind_them():
    signed = [(each, field) for each in parts() for field in each.fields if field.signed]
    assert len(signed) == sum(field.is_sign for each in parts() for field in each.fields) == 62
    assert all(each.fields[field.number].is_sign for each, field in signed)


def test_the_premium_of_a_contract_is_where_the_data_set_puts_it():
    premium = part("0200", 1).field("GesbeitragNettoInWE")
    assert (premium.start, premium.length, premium.kind, premium.decimals) == (116, 12, FieldKind.DECIMAL, 2)


def test_unused_columns_are_known_as_such():
    assert sum(field.unused for each in parts() for field in each.fields) == 236


def test_a_gap_in_the_facts_is_refused_by_the_script_that_derives_the_layouts(tmp_path):
    facts = tmp_path / "facts.csv"
    facts.write_text(
        "layout,record_type,line,version,part,nr,name,tech,start,length,type,decimals,date_format,align,constant\n"
        "0001,0001,,2.5,1,1,Satzart,Satzart,2,4,digits,0,,,0001\n",
        encoding="utf-8",
    )
    script = Path(__file__).parents[2] / "scripts" / "derive_gdv_layouts.py"
    done = subprocess.run([sys.executable, script, facts], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "no field begins at 1" in done.stderr
