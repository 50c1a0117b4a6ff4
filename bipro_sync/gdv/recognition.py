"""Recognising a GDV file by content; it must never decide whether bytes are kept."""

from __future__ import annotations

import io
import re
from itertools import islice

from .encodings import detected
from .layouts import RECORD_LENGTH
from .lines import lines
from .pieces import Line, Pieces, are_alike
from .record_types import Family, families, family_of


_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NO_RECORDS = re.compile(rb"(?:[ \0]*[\r\n\x1a])*")
"""Blank lines and end-of-file bytes."""
_HEADER = re.compile(rb"0001[ 0-9A-Za-z]{5}")
_MOST_LINES = 9
_EBCDIC_HEADER = b"\xf0\xf0\xf0\xf1"
_APPEARANCES = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"<?xml", "XML"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
    (_EBCDIC_HEADER, "a GDV file in EBCDIC, whose encoding has to be given"),
)


def looks_like_gdv(head: bytes) -> bool:
    """
    Say whether a file that begins with *head* is a GDV file.

    Either a header record 0001 with an insurer number stands at its beginning, or, where the header is missing, whole
    records of known types.  The name and the declared media type say nothing: such files arrive as `.gdv`, `.txt`,
    `.dat` and `.pdf`.  A byte order mark, blank lines and Ctrl-Z may stand before all.
    """
    start = _NO_RECORDS.sub(b"", head.removeprefix(_BYTE_ORDER_MARK), count=1)
    if _HEADER.match(start):
        return True
    return start[:4] in families() and _are_records(head)


def appearance(head: bytes) -> str:
    """
    Return what a file that begins with *head* looks like, in words for a message; never its content.
    """
    if not head.strip(b" \t\r\n\0\x1a"):
        return "an empty file"
    if looks_like_gdv(head):
        return "a GDV file"
    start = head.removeprefix(_BYTE_ORDER_MARK)
    for magic, words in _APPEARANCES:
        if start.startswith(magic):
            return words
    if b"\0" in head:
        return "a binary file"
    return "text without records of the data set"


def _are_records(head: bytes) -> bool:
    """
    Say whether *head* consists of records of known types, the first of them of full length.
    """
    encoding = detected(head)
    pieces = Pieces(io.BytesIO(head).read, counts_characters=lambda: encoding.counts_characters, are_alike=are_alike)
    first = list(islice(lines(pieces), _MOST_LINES))
    # The last line may be cut where the head ends.
    whole = first if first[-1].ending else first[:-1] or first
    return _length(first[0], encoding.counts_characters) == RECORD_LENGTH and all(
        family_of(line.raw) is not Family.UNKNOWN for line in whole
    )


def _length(line: Line, counts_characters: bool) -> int:
    return len(line.raw.decode("utf-8", "replace")) if counts_characters else len(line.raw)
