import csv
import io
import json
import stat
from decimal import Decimal

import pytest
from pyarrow import parquet

from bipro_sync.gdv import part, parts, read
from samples.synthetic.delivery import joined, packet
from samples.synthetic.everything import everything
from samples.synthetic.parts import record

from .gdv_files import changed, portfolio


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.gdv"
    path.write_bytes(portfolio(3))
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A file with every part, and the value of every field as text."""
    path = tmp_path_factory.mktemp("gdv") / "every.gdv"
    path.write_bytes(joined(everything()))
    said = [
        (each.part, {key: None if v is None else str(v) for key, v in each.values().items()}) for each in read(path)
    ]
    return path, said


def rows(text, **form):
    return list(csv.DictReader(io.StringIO(text, newline=""), **form))


def test_jsonl_has_one_object_a_record_as_the_contract_says(call, path):
    said = call("gdv", "export", path, "--format", "jsonl")
    found = [json.loads(line) for line in said.out.splitlines()]
    assert [each["record_no"] for each in found] == list(range(1, 17))
    assert list(found[4]) == ["record_no", "record_type", "line", "part", "layout", "fields"]
    assert (found[4]["record_type"], found[4]["line"], found[4]["part"], found[4]["layout"]) == (
        "0200",
        "050",
        1,
        "0200",
    )
    fields = found[4]["fields"]
    assert (fields["VsNr"], fields["Abgangsdatum"], fields["Satzart"]) == ("V000000001", None, "0200")
    assert Decimal(fields["GesbeitragNettoInWE"]) > 10
    assert "Leerstellen" not in fields


def test_jsonl_of_every_part_says_what_the_reader_says(call, whole):
    path, said = whole
    found = [json.loads(line) for line in call("gdv", "export", path, "--format", "jsonl").out.splitlines()]
    assert [each["fields"] for each in found] == [fields for _, fields in said]


def test_partial_dates_and_names_that_stand_twice(call, tmp_path):
    made = record(part("0400", 1), {"Buchungsdatum": "2024-08", "GesbeitragNettoInWE": -5, "VerssteuerInWE": "0.50"})
    (tmp_path / "a.gdv").write_bytes(joined([made]))
    options = ("--format", "jsonl", "--encoding", "iso-8859-1")
    fields = json.loads(call("gdv", "export", tmp_path / "a.gdv", *options).out)["fields"]
    assert (fields["Buchungsdatum"], fields["GesbeitragNettoInWE"], fields["VerssteuerInWE"]) == (
        "2024-08",
        "-5.00",
        "0.50",
    )
    named = json.loads(call("gdv", "export", tmp_path / "a.gdv", *options, "--names").out)["fields"]
    assert (named["Vorzeichen"], named["Vorzeichen_2"], named["Vorzeichen_3"]) == ("-", "+", None)


def test_csv_of_one_part_goes_to_stdout_with_every_column(call, path):
    said = call("gdv", "export", path, "--format", "csv", "--part", "0200-1")
    found = rows(said.out)
    assert [each["record_no"] for each in found] == ["5", "9", "13"]
    assert list(found[0])[1:] == [field.key for field in part("0200", 1).fields]
    assert (found[0]["VsNr"], found[0]["Abgangsgrund"]) == ("V000000001", "")


def test_csv_for_a_german_spreadsheet(call, path):
    said = call("gdv", "export", path, "--format", "csv", "--part", "0200", "--semicolon", "--bom", "--names")
    assert said.out.startswith("\ufeffrecord_no;Satzart;VU-Nummer;")
    assert "\r\n" in said.out
    assert "Gesamtbeitrag (Netto) in Währungseinheiten" in rows(said.out, delimiter=";")[0]


@pytest.mark.parametrize("evil", ["\n=1+1", "=1+1", "+49 30", "-cmd", "@SUM(A1)", "=HYPERLINK"])
def test_no_text_of_a_customer_is_a_formula(call, path, evil):
    path.write_bytes(changed(path.read_bytes(), 4, 44, evil.ljust(30).encode()))
    (first, *_) = rows(call("gdv", "export", path, "--format", "csv", "--part", "0100").out)
    assert first["Name1"] == f"'{evil}"


def test_a_negative_amount_and_a_sign_stay_what_they_are(call, tmp_path):
    (tmp_path / "a.gdv").write_bytes(
        joined(packet([record(part("0400", 1), {"GesbeitragNettoInWE": Decimal("-5.5")})]))
    )
    (found,) = rows(call("gdv", "export", tmp_path / "a.gdv", "--format", "csv", "--part", "0400").out)
    assert (found["GesbeitragNettoInWE"], found["Vorzeichen"]) == ("-5.50", "-")


def test_csv_of_all_parts_is_a_directory_with_a_table_for_each(call, whole, tmp_path):
    path, said = whole
    done = call("gdv", "export", path, "--format", "csv", "--out", tmp_path / "tables", "--json")
    assert done.code == 0
    names = {file.name for file in (tmp_path / "tables").iterdir()}
    assert names == {f"{each.layout}-{each.number}.csv" for each in parts()}
    assert sum(done.document["tables"].values()) == len(said)
    text = (tmp_path / "tables" / "0220.030-2.csv").read_text("utf-8")
    expected = [fields for of, fields in said if of is part("0220.030", 2)]
    assert [each["VsNr"] for each in rows(text)] == [each["VsNr"] for each in expected]


def test_what_is_written_is_its_owner_s_alone(call, path, tmp_path):
    call("gdv", "export", path, "--format", "csv", "--out", tmp_path / "tables")
    call("gdv", "export", path, "--format", "jsonl", "--out", tmp_path / "all.jsonl")
    assert stat.S_IMODE((tmp_path / "tables").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "all.jsonl").stat().st_mode) == 0o600
    assert len((tmp_path / "all.jsonl").read_bytes().splitlines()) == 16


def test_parquet_of_every_part_says_what_the_reader_says(call, whole, tmp_path):
    path, said = whole
    assert call("gdv", "export", path, "--format", "parquet", "--out", tmp_path / "tables").code == 0
    for each in parts():
        table = parquet.read_table(tmp_path / "tables" / f"{each.layout}-{each.number}.parquet")
        expected = [fields for of, fields in said if (of.layout, of.number) == (each.layout, each.number)]
        found = [
            {key: None if value is None else str(value) for key, value in row.items()} for row in table.to_pylist()
        ]
        assert [row.keys() - {"record_no"} for row in found] == [each.by_key.keys()] * len(expected)
        for row, fields in zip(found, expected, strict=True):
            assert {key: row[key] for key in fields} == fields


def test_parquet_of_one_part_is_a_file(call, path, tmp_path):
    said = call("gdv", "export", path, "--format", "parquet", "--part", "0200", "--out", tmp_path / "a.parquet")
    assert said.code == 0
    table = parquet.read_table(tmp_path / "a.parquet")
    assert table.num_rows == 3
    assert str(table.schema.field("GesbeitragNettoInWE").type) == "decimal128(12, 2)"


def test_what_no_layout_describes_is_handed_over_as_text(call, tmp_path):
    (tmp_path / "a.gdv").write_bytes(joined(packet(["080299999 whatever".ljust(256)])))
    for form in ("csv", "parquet"):
        assert call("gdv", "export", tmp_path / "a.gdv", "--format", form, "--out", tmp_path / form).code == 0
    (row,) = rows((tmp_path / "csv" / "unparsed.csv").read_text("utf-8"))
    assert (row["record_no"], row["family"], row["text"].strip()) == ("4", "own", "080299999 whatever")
    assert parquet.read_table(tmp_path / "parquet" / "unparsed.parquet").to_pylist()[0]["record_type"] == "0802"


def test_nothing_is_ever_replaced_and_nothing_half_done_stays(call, path, tmp_path):
    (tmp_path / "there").mkdir()
    assert call("gdv", "export", path, "--format", "csv", "--out", tmp_path / "there").code == 2
    assert call("gdv", "export", path, "--format", "csv", "--out", tmp_path / "no" / "where").code == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.gdv", "there"]


@pytest.mark.parametrize(
    "options",
    [
        ["--format", "csv"],
        ["--format", "parquet"],
        ["--format", "jsonl", "--bom"],
        ["--format", "jsonl", "--json"],
        ["--format", "csv", "--part", "0220.030-7"],
        ["--format", "csv", "--part", "four"],
        ["--format", "xml"],
        [],
    ],
)
def test_what_cannot_be_exported_so_is_refused_before_anything_is_read(call, path, options):
    said = call("gdv", "export", path, *options)
    assert said.code == 2
    assert "hint: " in said.err
