import pytest

from bipro_sync.gdv import Severity, part, read, shape_findings

from .records import header, record


def findings(data, **options):
    return [finding for each in read(data, **options) for finding in shape_findings(each)]


@pytest.mark.parametrize(
    ("key", "data", "code"),
    [
        ("GesbeitragNettoInWE", b"00000x000150", "field.not-a-number"),
        ("GesbeitragNettoInWE", b"1000000150  ", "field.amount-cut"),
        ("FolgeNr", b"A1", "field.not-a-number"),
        ("Vertragsbeginn", b"31022024", "field.impossible-date"),
        ("Vertragsbeginn", b"010124", "field.short-date"),
        ("Vertragsbeginn", b"1.1.2024", "field.not-a-date"),
    ],
)
def test_what_cannot_be_read_is_absent_found_and_still_there(key, data, code):
    line = record(part("0200", 1), {key: data})
    file = header() + b"\r\n" + line
    [_, found] = read(file)
    assert found[key] is None
    assert data in found.raw
    [finding] = findings(file)
    field = part("0200", 1).field(key)
    assert (finding.code, finding.severity, finding.record, finding.field) == (code, Severity.ERROR, 2, key)
    assert file[finding.offset : finding.offset + finding.length] == line[field.place]
    assert data.decode().strip() not in finding.message


@pytest.mark.parametrize("data", [b"", b"00000000", b"00082024", b"01012024"])
def test_what_is_absent_or_partly_known_is_no_finding(data):
    assert findings(record(part("0200", 1), {"Vertragsbeginn": data})) == []


def test_content_in_unused_columns_is_told_and_not_interpreted():
    line = record(part("0001", 1), {"Leerstellen": b"Z0ZAG001"})
    [finding] = findings(line)
    assert (finding.code, finding.severity, finding.field) == ("field.unused-filled", Severity.NOTE, "Leerstellen")
    assert "Z0ZAG001" not in finding.message


def test_a_record_without_part_has_no_shape():
    assert findings(b"0801" + b"x" * 252) == []


def test_in_utf_8_a_finding_counts_bytes():
    line = record(part("0100", 1), {"Name1": "Größe".encode("latin-1"), "Geburtsdatum": b"99999999"})
    file = (header() + b"\n" + line).decode("latin-1").encode()
    [finding] = findings(file)
    assert file[finding.offset : finding.offset + finding.length] == b"99999999"
