"""What a file is, by its first bytes; names and declared types are hearsay and never decide."""

from __future__ import annotations

from dataclasses import dataclass

from ..gdv import looks_like_gdv
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

_MAGIC: tuple[tuple[bytes, Content], ...] = (
    (b"%PDF-", Content("pdf", "application/pdf")),
    (b"PK\x03\x04", Content("zip", "application/zip")),
    (b"PK\x05\x06", Content("zip", "application/zip")),
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
    if looks_like_gdv(head):
        return GDV
    for magic, content in _MAGIC:
        if head.startswith(magic):
            return content
    # Readers accept a PDF whose header stands anywhere in the first kilobyte, and insurers send such files.
    if b"%PDF-" in head:
        return Content("pdf", "application/pdf")
    return UNRECOGNISED


def file_kind(content: Content, shipment_kind: Kind) -> Kind:
    """
    Return a file's kind: its shipment's, except that a GDV file is GDV whatever the category said.
    """
    data_kinds = {Kind.GDV_PORTFOLIO, Kind.GDV_CHANGES, Kind.CLAIMS, Kind.COMMISSION}
    if content is GDV and shipment_kind not in data_kinds:
        return Kind.GDV_PORTFOLIO
    return shipment_kind
