import pytest

from bipro_sync.archive.recognise import GDV, UNRECOGNISED, file_kind, recognise
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
