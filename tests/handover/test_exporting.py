import csv
import io
import json

import pytest

from ..identities import logged_in


@pytest.fixture
def filled(office):
    office.opens(
        office.shipment("A", fields=', Kunde = "Erfunden"'),
        office.shipment("C", category="140000000", file=None),
    )
    office.opens(office.shipment("Z"), name="other")
    office.ask("pull")
    return office


def lying(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def test_what_is_asked_for_lies_in_a_new_directory_with_side_cars_and_an_index(filled, tmp_path):
    out = tmp_path / "out"
    code, document = filled.ask("documents", "export", "--out", str(out), "--insurer", "muster")
    assert (code, document["shipments"], document["files"]) == (0, 2, 3)
    names = [path.rpartition("/")[2] for path in lying(out)]
    assert sorted(each for each in names if not each.endswith((".json", ".csv"))) == [
        "A_01-File.pdf",
        "C_data.xml",
        "C_page.html",
    ]
    [index] = out.glob("index/muster/*.csv")
    rows = list(csv.DictReader(io.StringIO(index.read_text("utf-8-sig")), delimiter=";"))
    assert {row["shipment"] for row in rows} == {"A", "C"}
    assert not (out / ".bipro-sync").exists()
    assert filled.records("handover") == []


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["--shipment", "A", "--shipment", "Z"], {"A", "Z"}),
        (["--kind", "event"], {"C"}),
        (["--word", "Erfunden"], {"A"}),
        (["--since", "2099-01-01"], set()),
        (["--since", "2026-01-01", "--insurer", "other"], {"Z"}),
    ],
)
def test_the_filters_narrow_it(filled, tmp_path, filters, found):
    out = tmp_path / "out"
    assert filled.run("documents", "export", "--out", str(out), *filters)[0] == 0
    said = (json.loads(path.read_text()) for path in out.rglob("*.json"))
    assert {each["shipment"] for each in said} == found


def test_nothing_is_exported_into_what_is_there_already(filled, tmp_path):
    before = filled.records()
    code, _, err = filled.run("documents", "export", "--out", str(tmp_path))
    assert (code, "is there already" in err) == (2, True)
    assert filled.records() == before


def test_in_production_an_export_wants_a_purpose_and_is_on_record_before_anything_is_given(office, tmp_path):
    office.head = '[audit]\nresponsible = "boss"\nanchors = "none"\n[alerts]\nnone = true\n' + "".join(
        f'[users.{role}]\nname = "Erika Erfunden"\nlogin = "{role}"\nactive_from = 2026-01-01\nrole = "{role}"\n'
        for role in ("admin", "reader")
    ).replace("users.admin", "users.boss")
    office.opens(office.shipment("A"), environment="production")
    office.identity = logged_in("admin")
    assert office.ask("pull")[0] == 0
    words = ("documents", "export", "--out", str(tmp_path / "out"))
    assert office.run(*words)[0] == 2
    assert office.run(*words, "--purpose", "file 4711")[0] == 0
    [record] = office.records("export")
    assert (record["principal"], record["insurer"], record["shipment"]) == ("boss", "muster", "A")
    assert (record["count"], record["detail"], record["operation"]) == (1, "file 4711", "documents export")
    office.identity = logged_in("reader")
    assert office.run("documents", "export", "--out", str(tmp_path / "more"), "--purpose", "file 4711")[0] == 17
    assert not (tmp_path / "more").exists()
