import pytest

from bipro_sync.errors import UsageError
from bipro_sync.gdv import part, read, write

from .records import header, record


NAME = "Jörg Größe"


def named(encoding, name=NAME):
    """Return a file of two records in *encoding*, each 256 characters long, the second with a name."""
    text = record(part("0100", 1)).decode()
    place = part("0100", 1).field("Name1").place
    text = text[: place.start] + name.ljust(30) + text[place.stop :]
    return (header().decode() + "\r\n" + text + "\r\n").encode(encoding)


@pytest.mark.parametrize(
    ("encoding", "found", "evidence"),
    [
        ("iso-8859-1", "iso-8859-1", "3 letters as of ISO 8859, 0 as of cp850"),
        ("cp850", "cp850", "3 letters as of cp850"),
        ("cp437", "cp850", "(and cp437)"),
        ("utf-8", "utf-8", "1 of 1 lines with umlauts have 256 characters"),
    ],
)
def test_the_encoding_is_told_by_letters_beside_letters_and_said_with_its_evidence(encoding, found, evidence):
    reading = read(named(encoding))
    assert reading.encoding.name == found
    assert evidence in reading.encoding.evidence
    assert [each["Name1"] for each in reading if each.part.layout == "0100"] == [NAME]


def test_bytes_of_cp1252_alone_tell_it():
    reading = read(named("cp1252", "Größe „M“… neu"))
    assert reading.encoding.name == "cp1252"
    assert list(reading)[1]["Name1"] == "Größe „M“… neu"


def test_a_euro_sign_tells_iso_8859_15():
    reading = read(named("iso-8859-15", "Größe 5 €"))
    assert reading.encoding.name == "iso-8859-15"
    assert list(reading)[1]["Name1"] == "Größe 5 €"


def test_plain_ascii_is_every_encoding_and_the_evidence_says_so():
    reading = read(named("ascii", "Erfunden"))
    assert reading.encoding.name == "iso-8859-1"
    assert "plain ASCII" in reading.encoding.evidence


def test_the_encoding_is_told_by_the_first_letters_however_late_they_come():
    plain = named("ascii", "Erfunden")
    reading = read(plain * 3000 + named("cp850"))
    assert reading.encoding.evidence.startswith("the first 1048576 bytes are plain ASCII")
    assert list(reading)[-1]["Name1"] == NAME
    assert reading.encoding.name == "cp850"


def test_a_file_that_was_made_utf_8_has_its_fields_where_characters_count():
    data = named("utf-8")
    found = list(read(data))[1]
    assert len(found.raw) == 259
    assert len(found.padded) == 256
    assert (found["Name1"], found["SatzNr"]) == (NAME, "1")
    assert found.part is part("0100", 1)
    field = part("0100", 1).field("SatzNr")
    offset, length = found.where(field)
    assert data[offset : offset + length] == b"1"


def test_letters_beyond_latin_1_are_read_from_utf_8_and_tell_records_apart():
    one, other = (list(read(named("utf-8", name)))[1] for name in ("Šárka Łuk €", "Čárka Łuk €"))
    assert one["Name1"] == one.values()["Name1"] == "Šárka Łuk €"
    assert one.text(44, 6) == "Šárka "
    assert one["SatzNr"] == "1"
    assert one.content != other.content


def test_utf_8_without_line_ends_is_cut_by_characters():
    data = named("utf-8").replace(b"\r\n", b"") * 3
    assert [each.part.layout for each in read(data)] == ["0001", "0100"] * 3


def test_utf_8_in_records_of_256_bytes_is_cut_by_bytes():
    cells = bytearray(record(part("0100", 1)))
    cells[43 : 43 + 13] = NAME.encode()
    found = list(read(header() + b"\n" + bytes(cells) + b"\n"))[1]
    assert (found["Name1"], found["SatzNr"]) == (NAME, "1")


def test_a_broken_line_of_utf_8_is_read_byte_by_byte_and_found():
    reading = read(named("utf-8") + named("iso-8859-1"), encoding="utf-8")
    assert [each["Name1"] for each in reading if each.part.layout == "0100"] == [NAME, NAME]
    assert [finding.code for finding in reading.findings] == ["bytes.not-utf-8"]


@pytest.mark.parametrize(("encoding", "given"), [("cp273", "cp273"), ("cp273", "cp1141")])
def test_ebcdic_is_read_where_it_is_given(encoding, given):
    data = named(encoding).replace(b"\r\x25", b"\x15")
    reading = read(data, encoding=given)
    assert [each["Name1"] for each in reading if each.part and each.part.layout == "0100"] == [NAME]
    assert reading.encoding.evidence == "given by the user"


@pytest.mark.parametrize("ending", [b"\x25", b"\r\x25", b"\x15", b"\r\x15"])
def test_ebcdic_is_read_whichever_of_its_line_ends_it_has(ending):
    data = named("cp273").replace(b"\r\x25", ending) * 3
    reading = read(data, encoding="cp273")
    assert [each["Name1"] for each in reading if each.part and each.part.layout == "0100"] == [NAME] * 3
    assert reading.findings == ()
    assert write(read(data, encoding="cp273")) == data


def test_the_euro_sign_of_ebcdic_is_that_of_cp1141():
    [_, found] = read(named("cp273", "5 ¤").replace(b"\r\x25", b""), encoding="cp1141")
    assert found["Name1"] == "5 €"


def test_din_66003_is_read_where_it_is_given():
    [_, found] = read(named("ascii", "J|rg Gr|~e [OE]"), encoding="din66003")
    assert found["Name1"] == "Jörg Größe ÄOEÜ"


@pytest.mark.parametrize("given", ["latin1", "ISO-8859-1", "Latin-1", "cp1252", "UTF8"])
def test_encodings_have_their_usual_names(given):
    assert read(b"", encoding=given).encoding.evidence == "given by the user"


def test_an_unknown_encoding_is_an_error_that_names_those_there_are():
    with pytest.raises(UsageError) as caught:
        read(b"", encoding="klingon")
    assert "cp1141" in caught.value.hint
