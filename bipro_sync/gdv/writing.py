"""Puts records back into bytes: unchanged ones byte for byte as they came."""

from __future__ import annotations

from collections.abc import Iterable

from .record import Record


def write(records: Iterable[Record]) -> bytes:
    r"""
    Return the bytes of records as a file; those of a whole reading are the file that was read.

    >>> from bipro_sync.gdv import read
    >>> data = b"\xef\xbb\xbf9999 and\r\n\n whatever\x1a"
    >>> write(read(data)) == data
    True
    """
    return b"".join(record.whole for record in records)
