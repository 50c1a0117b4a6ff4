import io
import random
import struct
import zipfile

import pytest

from bipro_sync.archive.recognise import GDV, UNRECOGNISED, ZIP, file_kind, needs_password, recognise
from bipro_sync.durable import HEAD
from bipro_sync.model.kinds import Kind


@pytest.mark.parametrize(
    ("head", "extension", "media_type"),
    [
        (b"%PDF-1.4\n", "pdf", "application/pdf"),
        (b"\r\n\x00junk before it\n%PDF-1.4\n", "pdf", "application/pdf"),
        (b"0001" + b"99999Absender", "gdv", "application/x-gdv"),
        (b"\xef\xbb\xbf000199999", "gdv", "application/x-gdv"),
        (b"000199999 and %PDF- in its text", "gdv", "application/x-gdv"),
        (b"PK\x03\x04...", "zip", "application/zip"),
        (b"PK\x05\x06" + bytes(18), "zip", "application/zip"),
        (b"<?xml version='1.0'?>", "xml", "application/xml"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "xml", "application/xml"),
        (b"<?xml version='1.0'?><note>%PDF-</note>", "xml", "application/xml"),
        (b"\xff\xd8\xff\xe0", "jpg", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "png", "image/png"),
        (b"II*\x00", "tif", "image/tiff"),
        (b"MM\x00*", "tif", "image/tiff"),
        (b"{\\rtf1", "rtf", "application/rtf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole", "application/x-ole-storage"),
        (b"\x1f\x8b\x08", "gz", "application/gzip"),
        (b"", "bin", "application/octet-stream"),
        (b"%PDF", "bin", "application/octet-stream"),
        (b"Sehr geehrte Damen", "bin", "application/octet-stream"),
        (b"<html>", "bin", "application/octet-stream"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head, extension, media_type):
    content = recognise(head)
    assert (content.extension, content.media_type) == (extension, media_type)


def zipped(*entries, method=zipfile.ZIP_DEFLATED):
    """The beginning of a ZIP file with these names and contents, as much of it as is looked at."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, content in entries:
            file.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else method)
    return target.getvalue()[:HEAD]


def office_document(part, *, more=""):
    parts = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/{part}" ContentType="x"/>{more}'
        "</Types>"
    )
    return zipped(("[Content_Types].xml", parts), (part, "<x/>" * 99))


def with_flag(head, flag):
    """The same ZIP file with a flag set in its first entry (APPNOTE 4.4.4)."""
    (flags,) = struct.unpack_from("<H", head, 6)
    return head[:6] + struct.pack("<H", flags | flag) + head[8:]


@pytest.mark.parametrize(
    ("part", "extension"),
    [("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx"), ("ppt/presentation.xml", "pptx")],
)
def test_an_office_document_is_told_from_a_zip_file(part, extension):
    content = recognise(office_document(part))
    assert content.extension == extension
    assert content.media_type.startswith("application/vnd.openxmlformats-officedocument.")


@pytest.mark.parametrize("kind", ["text", "spreadsheet", "presentation"])
def test_an_open_document_is_told_from_a_zip_file(kind):
    media_type = f"application/vnd.oasis.opendocument.{kind}"
    content = recognise(zipped(("mimetype", media_type), ("content.xml", "<x/>")))
    assert (content.media_type, content.extension[:2]) == (media_type, "od")


@pytest.mark.parametrize(
    "head",
    [
        zipped(("a.pdf", "%PDF-1.4"), ("b.pdf", "%PDF-1.4")),
        zipped(("bestand.gdv", "0001 and so on")),
        zipped(("brief.docx", office_document("word/document.xml")), method=zipfile.ZIP_STORED),
        zipped(("innen.zip", zipped(("a.txt", "a"))), method=zipfile.ZIP_STORED),
        zipped(("word/document.xml", "<x/>")),
        office_document("other/part.xml"),
        office_document("word/document.xml", more="/xl/workbook.xml"),
        office_document("word/document.xml", more="vnd.ms-word.document.macroEnabled.main+xml"),
        zipped(("mimetype", "application/epub+zip")),
        with_flag(office_document("word/document.xml"), 1),
        zipped(("[Content_Types].xml", "/word/document.xml"), method=zipfile.ZIP_STORED),
        office_document("word/document.xml")[:60] + bytes(60),
        b"PK\x03\x04",
    ],
    ids=[
        *("files", "data", "a document in it", "a ZIP file in it", "no list of parts", "other parts", "two documents"),
        *("macros", "another type", "encrypted", "stored list", "damaged", "cut"),
    ],
)
def test_everything_else_in_a_zip_file_stays_a_zip_file_and_is_not_looked_into(head):
    assert recognise(head) is ZIP


def test_a_zip_file_whose_list_of_parts_would_fill_the_memory_is_not_unpacked():
    bomb = zipped(("[Content_Types].xml", b" " * (16 << 20) + b"/word/document.xml"))
    assert recognise(bomb) is ZIP


def folder_and(rest):
    head = zipped(("ordner/", ""), method=zipfile.ZIP_STORED)
    return head[: head.index(b"ordner/") + 7] + rest


def test_an_encrypted_zip_file_needs_a_password_wherever_its_first_file_stands():
    plain = zipped(("brief.pdf", "%PDF-1.4"))
    assert not needs_password(plain)
    assert needs_password(with_flag(plain, 1))
    assert needs_password(folder_and(with_flag(plain, 1)))
    assert not needs_password(b"%PDF-1.4 encrypted in its own way")
    assert not needs_password(b"")


def test_sizes_that_follow_later_end_the_look_and_lead_nowhere():
    assert not needs_password(with_flag(folder_and(with_flag(zipped(("a", "a")), 1)), 8))


def test_no_bytes_whatever_break_the_look():
    chance = random.Random(7)
    for head in (office_document("word/document.xml"), zipped(("mimetype", "application/vnd.oasis.opendocument.text"))):
        for _ in range(2000):
            damaged = bytearray(head)
            for _ in range(chance.randint(1, 4)):
                damaged[chance.randrange(4, len(damaged))] = chance.randrange(256)
            assert recognise(bytes(damaged)).extension in {"zip", "docx", "odt", "xlsx", "pptx", "ods", "odp"}
            assert needs_password(bytes(damaged)) in {True, False}


@pytest.mark.parametrize("kind", [Kind.MAIL, Kind.UNKNOWN, Kind.EVENT])
def test_a_gdv_file_is_gdv_whatever_the_category_said(kind):
    assert file_kind(GDV, kind) is Kind.GDV_PORTFOLIO


@pytest.mark.parametrize("kind", [Kind.GDV_PORTFOLIO, Kind.GDV_CHANGES, Kind.CLAIMS, Kind.COMMISSION])
def test_a_gdv_file_of_a_data_shipment_keeps_its_kind(kind):
    assert file_kind(GDV, kind) is kind


@pytest.mark.parametrize("kind", Kind)
def test_any_other_file_is_of_its_shipments_kind(kind):
    assert file_kind(UNRECOGNISED, kind) is kind
    assert file_kind(recognise(b"%PDF-1.7"), kind) is kind
