"""Whatever the generator makes is read back as what it was made from, and what it calls coherent is."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bipro_sync.gdv import columns, parts, read, write
from samples.synthetic import strategies
from samples.synthetic.contracts import Counts, contracts, later
from samples.synthetic.delivery import ENCODINGS, LINE_ENDS, header, joined, packet
from samples.synthetic.everything import everything
from samples.synthetic.parts import invented, prescribed, record
from samples.synthetic.portfolio import claims, commission, lean


def said(found):
    """A record's values as texts, signs and what is absent aside: a sign is its amount's."""
    signs = {field.key for field in found.part.fields if field.is_sign}
    return {key: str(value) for key, value in found.values().items() if value is not None and key not in signs}


def meant(values):
    return {key: str(value) for key, value in values.items()}


@settings(max_examples=150)
@given(strategies.made())
def test_any_record_it_makes_is_read_back_equal(made):
    (found,) = read(made.text.encode("iso-8859-1"), encoding="iso-8859-1")
    assert found.part is made.part
    assert said(found) == meant(made.values)


@pytest.mark.parametrize("filled", [1.0, 0.5, 0.0])
def test_every_part_is_read_back_equal_with_a_value_in_every_field(filled):
    for part in parts():
        values = invented(part, Random(f"{part.layout}/{part.number}"), filled=filled)
        (found,) = read(record(part, values).encode("iso-8859-1"))
        assert found.part is part
        everywhere = {field.key: prescribed(part, field) for field in part.fields if prescribed(part, field)}
        assert said(found) == meant(everywhere | values), (part.layout, part.number)


@given(st.lists(strategies.made(), min_size=1, max_size=8))
def test_columns_say_of_any_records_what_reading_them_says(made):
    data = b"\r\n".join(each.text.encode("iso-8859-1") for each in made)
    found = {}
    for table in columns(data, encoding="iso-8859-1").tables:
        texts = {key: column.text() for key, column in table.items()}
        for row, number in enumerate(table.records.tolist()):
            found[number] = {key: text[row] for key, text in texts.items() if text[row] is not None}
    expected = {
        each.number: {key: str(value) for key, value in each.values().items() if value is not None}
        for each in read(data, encoding="iso-8859-1")
    }
    assert found == expected


@given(strategies.files())
def test_any_file_it_makes_is_written_back_as_it_was(data):
    assert write(read(data)) == data


def test_the_packet_with_everything_has_every_part_of_the_layouts():
    found = [each.part for each in read(joined(everything()))]
    assert set(found) == set(parts())


def test_the_trailer_counts_and_sums_what_stands_before_it():
    whole = list(read(joined(everything())))
    end = whole[-1]
    body = whole[3:-1]

    def total(record_type, key):
        first = [each for each in body if each.record_type == record_type and each.part.number == 1]
        return sum(each[key] for each in first if each[key] is not None)

    assert int(end["AnzSaetze"]) == len(body)
    assert end["Gesbeitrag"] == total("0200", "GesbeitragNettoInWE")
    assert end["GesbeitragBruttoInkasso"] == total("0400", "GesbeitragBruttoInWE") != 0
    assert end["GesprovisionsBetrag"] == total("0400", "GesProvisionsbetragInWE")
    assert end["Verssleistungen"] == total("0500", "BetragInWEGemaessZahlungsart") != 0
    assert end["Schadenbearbeitungskost"] == total("0500", "SchadenbearbeitungskostInWE")


def test_the_header_says_the_version_of_every_layout_that_it_has_a_place_for():
    first, second, third = read(joined(header()))
    assert (first["Satzart0200"], first["Satzart0220030"], first["KfzBaustein"]) == ("2.5", "2.5", "2.1")
    assert (second["Satzart0221010"], third["LebenRenteLeistungsarten"]) == ("1.0", "1.0")
    for each in (first, second, third):
        places = [field for field in each.part.fields if field.length == 3 and not field.unused]
        assert all(each[field.key] for field in places)


@pytest.mark.parametrize("end", LINE_ENDS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_says_the_same_in_every_encoding_and_with_every_line_end(encoding, end):
    texts = list(packet(lean(contracts(20, seed=3))))
    expected = [said(each) for each in read(joined(texts), encoding="iso-8859-1")]
    found = read(joined(texts, encoding=encoding, end=end), encoding=encoding)
    assert [said(each) for each in found] == expected


def test_the_same_seed_makes_the_same_bytes_and_another_seed_others():
    assert joined(lean(contracts(9, seed=1))) == joined(lean(contracts(9, seed=1)))
    assert joined(lean(contracts(9, seed=1))) != joined(lean(contracts(9, seed=2)))


def test_a_contract_has_an_address_a_general_part_its_line_and_a_risk_of_one_number():
    records = list(read(joined(lean(contracts(50)))))
    assert Counter(each.record_type for each in records) == {"0100": 50, "0200": 50, "0210": 50, "0220": 50}
    for place in range(0, 200, 4):
        assert len({each["VsNr"] for each in records[place : place + 4]}) == 1
    assert len({each["VsNr"] for each in records}) == 50


def test_claims_and_commission_are_of_the_contracts_they_are_made_for():
    few = list(contracts(5))
    numbers = {each.number for each in few}
    for made in (claims(few), commission(few)):
        records = list(read(joined(made)))
        assert {each["VsNr"] for each in records} == numbers
        assert len(records) == 15


@given(st.integers(0, 9))
def test_a_later_delivery_differs_by_the_fates_that_were_asked_for(seed):
    old = list(contracts(60))
    new, fates = later(old, Counts(new=2, changed=3, cancelled=4, merged=1, renumbered=2, vanished=5), seed=seed)
    before = {(each.insurer, each.number): each for each in old}
    after = {(each.insurer, each.number): each for each in new}
    assert len(after) == len(new)
    gone = {number for _, number in before.keys() - after.keys()}
    come = {number for _, number in after.keys() - before.keys()}
    assert gone == set(fates.vanished)
    assert come == {*fates.new, *fates.renumbered.values(), *fates.merged}
    other = {key[1] for key in before.keys() & after.keys() if before[key] != after[key]}
    assert other == {*fates.changed, *fates.cancelled, *fates.merged, *fates.renumbered}
    assert [len(each) for each in (fates.new, fates.changed, fates.cancelled, fates.vanished)] == [2, 3, 4, 5]
