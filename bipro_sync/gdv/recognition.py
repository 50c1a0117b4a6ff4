"""Recognising a GDV file by content; it must never decide whether bytes are kept."""

from __future__ import annotations


_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def looks_like_gdv(head: bytes) -> bool:
    """
    Say whether a file that begins with *head* is a GDV file: a header record 0001 with an insurer number behind it.

    The name and the declared media type say nothing: such files arrive as `.gdv`, `.txt`, `.dat` and `.pdf`.
    """
    start = head.removeprefix(_BYTE_ORDER_MARK)
    insurer_number = start[4:9]
    return start.startswith(b"0001") and len(insurer_number) == len(b"00000") and _is_plain(insurer_number)


def _is_plain(text: bytes) -> bool:
    return all(byte == ord(" ") or (chr(byte).isascii() and chr(byte).isalnum()) for byte in text)
