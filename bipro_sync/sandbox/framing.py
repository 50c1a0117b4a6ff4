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
_PREAMBLE = b"This is a message of several parts.\r\nContent-Type: text/plain\r\n\r\nThis is none of them.\r\n"
_EPILOGUE = b"Content-Type: text/plain\r\n\r\nThis is no part either.\r\n--\r\n"


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
    PREAMBLE = "preamble"
    EPILOGUE = "epilogue"
    FOLDED_HEADERS = "folded-headers"
    BASE64_PARTS = "base64-parts"
    MIXED_CASE_CID = "mixed-case-cid"
    FAULT_IN_MULTIPART = "fault-in-multipart"


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
    if framing is Framing.INLINE:
        return base64.b64encode(data).decode()
    return "\n".join(_base64_lines(data))


def _base64_lines(data: bytes) -> list[str]:
    text = base64.b64encode(data).decode()
    return [text[start : start + _LINE] for start in range(0, len(text), _LINE)]


def file_id(number: int, quirks: Collection[Quirk]) -> str:
    """
    Return the Content-ID of the file of that number, counted from one.

    With mixed case two of them differ in nothing but that: each binary digit of the number is a letter's.
    """
    if Quirk.MIXED_CASE_CID not in quirks:
        return f"File-{number}@practice-insurer.example"
    letters = (letter.upper() if number >> place & 1 else letter for place, letter in enumerate("practice-insurer"))
    return f"{''.join(letters)}@Practice-Insurer.example"


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
    in_base64 = Quirk.BASE64_PARTS in quirks
    charset = "ISO-8859-1" if Quirk.LATIN_1 in quirks else "UTF-8"
    root_type = f'application/xop+xml; charset={charset}; type="text/xml"'
    root_id = None if Quirk.ROOT_WITHOUT_ID in quirks else ROOT_ID
    parts = [_part(each.media_type, each.content_id, each.data, quirks, in_base64) for each in attachments]
    parts.insert(
        len(parts) if Quirk.ROOT_LAST in quirks else 0,
        _part(root_type, root_id, _document(text, charset), quirks),
    )
    delimiter = f"--{boundary}".encode()
    padding = b" \t " if Quirk.PADDED_BOUNDARY in quirks else b""
    body = b"".join(b"%b%b\r\n%b\r\n" % (delimiter, padding, part) for part in parts)
    before = _PREAMBLE if Quirk.PREAMBLE in quirks else b""
    end = b"" if Quirk.NO_LAST_CRLF in quirks else b"\r\n"
    end += _EPILOGUE if Quirk.EPILOGUE in quirks else b""
    return _content_type(boundary, quirks), before + body + delimiter + b"--" + padding + end


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


def _part(
    media_type: str, content_id: str | None, data: bytes, quirks: Collection[Quirk], in_base64: bool = False
) -> bytes:
    headers = {"Content-Type": media_type, "Content-Transfer-Encoding": "base64" if in_base64 else "binary"}
    if content_id is not None:
        headers["Content-ID"] = f"<{content_id}>"
    if Quirk.LOWER_CASE_HEADERS in quirks:
        headers = {name.lower(): value for name, value in headers.items()}
    after_name = ":\r\n\t" if Quirk.FOLDED_HEADERS in quirks else ": "
    lines = "".join(f"{name}{after_name}{value}\r\n" for name, value in headers.items())
    if Quirk.FOLDED_HEADERS in quirks:
        lines = lines.replace("; ", ";\r\n  ")
    content = "\r\n".join(_base64_lines(data)).encode() if in_base64 else data
    return lines.encode() + b"\r\n" + content
