"""What a file is, by its first bytes; names and declared types are hearsay and never decide.

A ZIP file is recognised and never unpacked: of its first bytes only the list of what a document consists of is read.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from ..model.kinds import Kind


@dataclass(frozen=True, slots=True)
class Content:
    """
    The extension we store a file under (without the dot) and its media type.
    """

    extension: str
    media_type: str


GDV = Content("gdv", "application/x-gdv")
"""A GDV file; the type is ours, none is registered."""

UNRECOGNISED = Content("bin", "application/octet-stream")
"""Bytes that say nothing of themselves."""

ZIP = Content("zip", "application/zip")
"""A ZIP file that is no document itself."""

_OFFICE = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
_OFFICE_PARTS = {
    b"word/document.xml": Content("docx", f"{_OFFICE}.wordprocessingml.document"),
    b"xl/workbook.xml": Content("xlsx", f"{_OFFICE}.spreadsheetml.sheet"),
    b"ppt/presentation.xml": Content("pptx", f"{_OFFICE}.presentationml.presentation"),
}
"""The main part of a document of ISO/IEC 29500 to what it is."""
_OPEN_DOCUMENTS = {
    f"{_ODF}.text".encode(): Content("odt", f"{_ODF}.text"),
    f"{_ODF}.spreadsheet".encode(): Content("ods", f"{_ODF}.spreadsheet"),
    f"{_ODF}.presentation".encode(): Content("odp", f"{_ODF}.presentation"),
}
"""The first entry of a document of ISO/IEC 26300 to what it is."""

_LOCAL_HEADER = struct.Struct("<4s2xHHHHLLLHH")
_LOCAL_MAGIC = b"PK\x03\x04"
_ENCRYPTED = 0x0001
_SIZES_FOLLOW = 0x0008
_STORED, _DEFLATED = 0, 8
_MOST_INFLATED = 64 << 10
"""Bytes; the list of a document's parts has a few thousand."""

_MAGIC: tuple[tuple[bytes, Content], ...] = (
    (b"%PDF-", Content("pdf", "application/pdf")),
    (b"PK\x05\x06", ZIP),
    (b"<?xml", Content("xml", "application/xml")),
    (b"\xef\xbb\xbf<?xml", Content("xml", "application/xml")),
    (b"\xff\xd8\xff", Content("jpg", "image/jpeg")),
    (b"\x89PNG\r\n\x1a\n", Content("png", "image/png")),
    (b"II*\x00", Content("tif", "image/tiff")),
    (b"MM\x00*", Content("tif", "image/tiff")),
    (b"{\\rtf", Content("rtf", "application/rtf")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Content("ole", "application/x-ole-storage")),
    (b"\x1f\x8b", Content("gz", "application/gzip")),
)


def recognise(head: bytes) -> Content:
    """
    Return what the file that begins with *head* is.
    """
    from ..gdv import looks_like_gdv  # noqa: PLC0415  the layouts take long to import, and most who ask fetch nothing

    if looks_like_gdv(head):
        return GDV
    if head.startswith(_LOCAL_MAGIC):
        return _zip_content(head)
    for magic, content in _MAGIC:
        if head.startswith(magic):
            return content
    # Readers accept a PDF whose header stands anywhere in the first kilobyte, and insurers send such files.
    if b"%PDF-" in head:
        return Content("pdf", "application/pdf")
    return UNRECOGNISED


def needs_password(head: bytes) -> bool:
    """
    Say whether the file that begins with *head* is a ZIP file with an encrypted entry at its beginning.
    """
    return any(entry.encrypted for entry in _zip_entries(head))


def file_kind(content: Content, shipment_kind: Kind) -> Kind:
    """
    Return a file's kind: its shipment's, except that a GDV file is GDV whatever the category said.
    """
    data_kinds = {Kind.GDV_PORTFOLIO, Kind.GDV_CHANGES, Kind.CLAIMS, Kind.COMMISSION}
    if content is GDV and shipment_kind not in data_kinds:
        return Kind.GDV_PORTFOLIO
    return shipment_kind


@dataclass(frozen=True, slots=True)
class _ZipEntry:
    """
    One entry at the beginning of a ZIP file; *data* is what there is of its bytes.
    """

    name: bytes
    method: int
    encrypted: bool
    data: bytes


def _zip_entries(head: bytes) -> Iterator[_ZipEntry]:
    """
    Give the entries whose headers stand in *head*, as far as one leads to the next (APPNOTE 4.3.7).
    """
    place = 0
    while head.startswith(_LOCAL_MAGIC, place) and len(head) >= place + _LOCAL_HEADER.size:
        _, flags, method, _, _, _, size, _, name_size, extra_size = _LOCAL_HEADER.unpack_from(head, place)
        name = place + _LOCAL_HEADER.size
        data = name + name_size + extra_size
        yield _ZipEntry(
            head[name : name + name_size], method, bool(flags & _ENCRYPTED), head[data : data + size if size else None]
        )
        if flags & _SIZES_FOLLOW:
            return
        place = data + size


def _zip_content(head: bytes) -> Content:
    first = next(_zip_entries(head), None)
    if first is None or first.encrypted:
        return ZIP
    if first.name == b"mimetype" and first.method == _STORED:
        return _OPEN_DOCUMENTS.get(first.data, ZIP)
    if first.name == b"[Content_Types].xml" and first.method == _DEFLATED:
        parts = _inflated(first.data)
        found = [content for part, content in _OFFICE_PARTS.items() if part in parts]
        if len(found) == 1 and b"macroEnabled" not in parts:
            return found[0]
    return ZIP


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, _MOST_INFLATED)
    except zlib.error:
        return b""
