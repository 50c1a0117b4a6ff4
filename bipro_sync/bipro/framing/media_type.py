"""Read MIME header blocks and the parameters of a Content-Type (RFC 2045, 2387, 822 folding), liberally."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes


_PARAMETER = re.compile(r';\s*([^\s=;]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))')
_ESCAPED = re.compile(r"\\(.)")
_FOLD = re.compile(r"\r\n(?=[ \t])")


@dataclass(frozen=True, slots=True)
class MediaType:
    """
    A Content-Type: *name* in lower case (empty where the header is missing), parameters by lower-case name.
    """

    name: str
    parameters: Mapping[str, str]

    @classmethod
    def parse(cls, header: str) -> MediaType:
        """
        Read a header's value; a value without quotes goes on to the next semicolon, colons included.
        """
        name, _, _ = header.partition(";")
        parameters: dict[str, str] = {}
        for key, quoted, bare in _PARAMETER.findall(header):
            parameters.setdefault(key.lower(), _ESCAPED.sub(r"\1", quoted) or bare.strip())
        return cls(name.strip().lower(), parameters)


def parse_headers(block: bytes) -> dict[str, str]:
    """
    Read a header block; names in lower case, folded lines joined, the first of two headers counts.
    """
    headers: dict[str, str] = {}
    for line in _FOLD.sub("", block.decode("latin-1")).split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
    return headers


def content_id(text: str) -> bytes:
    """
    Return a Content-ID, or a `cid:` address without its scheme, as it stands but for angle brackets; case stays.
    """
    return text.strip().removeprefix("<").removesuffix(">").encode()


def unescaped(name: bytes) -> bytes:
    """
    Return what :func:`content_id` gave without percent escapes, which RFC 2392 has in addresses, and some in both.
    """
    return unquote_to_bytes(name)
