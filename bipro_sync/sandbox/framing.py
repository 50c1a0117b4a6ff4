"""Puts an answer and its files into one HTTP body; it never looks into the XML it carries.

MTOM after W3C XOP 1.0 and RFC 2387, with the deviations that real insurers show; inline base64 after XML Schema.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote


ROOT_ID = "Root@practice-insurer.example"

_LINE = 76


class Framing(StrEnum):
    """
    How files travel.
    """

    MTOM = "mtom"
    INLINE = "inline"
    INLINE_WRAPPED = "inline-wrapped"


class Quirk(StrEnum):
    """
    Deviations of MTOM answers, each seen somewhere or allowed by the RFCs.
    """

    UNQUOTED_BOUNDARY = "unquoted-boundary"
    NO_START = "no-start"
    PADDED_BOUNDARY = "padded-boundary"
    LOWER_CASE_HEADERS = "lower-case-headers"
    ROOT_LAST = "root-last"
    ROOT_WITHOUT_ID = "root-without-id"
    ENCODED_CID = "encoded-cid"
    NO_LAST_CRLF = "no-last-crlf"
    LATIN_1 = "latin-1"


@dataclass(frozen=True, slots=True)
class Attachment:
    """
    One file as a part: its Content-ID without brackets, its media type and bytes.
    """

    content_id: str
    media_type: str
    data: bytes


def inline_text(data: bytes, framing: Framing) -> str:
    """
    Return *data* as base64 text, in lines of 76 characters where *framing* wants them.
    """
    text = base64.b64encode(data).decode()
    if framing is Framing.INLINE:
        return text
    return "\n".join(text[start : start + _LINE] for start in range(0, len(text), _LINE))


def reference(content_id: str, quirks: Collection[Quirk]) -> str:
    """
    Return the `cid:` address of a part (RFC 2392).
    """
    return "cid:" + (quote(content_id, safe="") if Quirk.ENCODED_CID in quirks else content_id)


def plain(text: str) -> tuple[str, bytes]:
    """
    Return content type and body of an answer that is XML alone.
    """
    return "text/xml; charset=utf-8", _document(text, "UTF-8")


def multipart(
    text: str,
    attachments: Sequence[Attachment],
    quirks: Collection[Quirk] = (),
    boundary: str = "",
) -> tuple[str, bytes]:
    """
    Return content type and body of an MTOM answer; without *boundary*, or where a file holds it, one is drawn.
    """
    if not boundary or any(_holds(each.data, f"--{boundary}".encode()) for each in attachments):
        boundary = f"uuid:{secrets.token_hex(16)}"
    charset = "ISO-8859-1" if Quirk.LATIN_1 in quirks else "UTF-8"
    root_type = f'application/xop+xml; charset={charset}; type="text/xml"'
    root_id = None if Quirk.ROOT_WITHOUT_ID in quirks else ROOT_ID
    parts = [_part(each.media_type, each.content_id, each.data, quirks) for each in attachments]
    parts.insert(
        len(parts) if Quirk.ROOT_LAST in quirks else 0,
        _part(root_type, root_id, _document(text, charset), quirks),
    )
    delimiter = f"--{boundary}".encode()
    padding = b" \t " if Quirk.PADDED_BOUNDARY in quirks else b""
    body = b"".join(b"%b%b\r\n%b\r\n" % (delimiter, padding, part) for part in parts)
    end = b"" if Quirk.NO_LAST_CRLF in quirks else b"\r\n"
    return _content_type(boundary, quirks), body + delimiter + b"--" + padding + end


def _holds(data: bytes, delimiter: bytes) -> bool:
    return data.startswith(delimiter) or b"\r\n" + delimiter in data


def _document(text: str, charset: str) -> bytes:
    return f'<?xml version="1.0" encoding="{charset}"?>\n{text}'.encode(charset, "xmlcharrefreplace")


def _content_type(boundary: str, quirks: Collection[Quirk]) -> str:
    shown = boundary if Quirk.UNQUOTED_BOUNDARY in quirks else f'"{boundary}"'
    words = ["multipart/related", 'type="application/xop+xml"', f"boundary={shown}"]
    if not {Quirk.NO_START, Quirk.ROOT_WITHOUT_ID} & set(quirks):
        words.append(f'start="<{ROOT_ID}>"')
    return "; ".join([*words, 'start-info="text/xml"'])


def _part(media_type: str, content_id: str | None, data: bytes, quirks: Collection[Quirk]) -> bytes:
    headers = {"Content-Type": media_type, "Content-Transfer-Encoding": "binary"}
    if content_id is not None:
        headers["Content-ID"] = f"<{content_id}>"
    if Quirk.LOWER_CASE_HEADERS in quirks:
        headers = {name.lower(): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return lines.encode() + b"\r\n" + data
