"""In which encoding a file's text is, with the evidence for it; one answer a file, unless the user gives it.

Inside, every record is 256 bytes whose digits and letters are those of ASCII, so that layouts apply whatever the
encoding: EBCDIC is turned into Latin-1 byte by byte, and UTF-8 that was made of single bytes is turned back.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from ..errors import UsageError
from .layouts import RECORD_LENGTH


@dataclass(frozen=True, slots=True)
class Encoding:
    """
    A file's encoding and why we think so, for people.

    *counts_characters* says that a record is 256 characters rather than 256 bytes long, *line_feed* that lines of
    EBCDIC end in LF rather than NL.
    """

    name: str
    evidence: str
    counts_characters: bool = False
    line_feed: bool = False

    def decode(self, data: bytes) -> str:
        """
        Return the text of a record's bytes as they stand inside; what says nothing becomes U+FFFD.
        """
        return self.decoder(data)

    @property
    def decoder(self) -> Callable[[bytes], str]:
        """
        Return what `decode` does, for those who do it often.
        """
        return _decoder(self.name, self.counts_characters)

    def encode(self, text: str) -> bytes:
        """
        Return a record's bytes as they stand inside; `UnicodeEncodeError` for what the encoding cannot say.
        """
        return _encoder(self.name, self.counts_characters)(text)

    def characters(self, data: bytes) -> str | None:
        """
        Return a record's characters where they are not its bytes; None also for bytes that are not UTF-8.
        """
        if data.isascii() or not self.counts_characters:
            return None
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return None

    def inside(self, data: bytes) -> tuple[bytes, str | None]:
        """
        Return a record as 256 bytes, and as characters where those do not fit into bytes.
        """
        text = self.characters(data)
        if text is None:
            return data[:RECORD_LENGTH].ljust(RECORD_LENGTH), None
        text = text[:RECORD_LENGTH].ljust(RECORD_LENGTH)
        return text.encode("latin-1", "replace"), text if max(text) > "\xff" else None

    @property
    def inward(self) -> bytes | None:
        """
        Return the table that turns the file's bytes into those inside, for encodings that ASCII is no part of.
        """
        return _from_ebcdic(self.line_feed) if self.name in _EBCDIC else None

    @property
    def outward(self) -> bytes | None:
        """
        Return the inverse of `inward`.
        """
        return _to_ebcdic(self.line_feed) if self.name in _EBCDIC else None


_DIN_66003 = str.maketrans("@[\\]{|}~", "§ÄÖÜäöüß")
_TO_DIN_66003 = str.maketrans("§ÄÖÜäöüß", "@[\\]{|}~")
_EBCDIC = ("cp273", "cp1141")
_NEW_LINE, _LINE_FEED = b"\x15", b"\x25"
_PLAIN = ("iso-8859-1", "iso-8859-15", "cp1252", "cp850", "cp437", "utf-8")
NAMES = (*_PLAIN, "din66003", *_EBCDIC)
"""What a user may give."""
_ALIASES = {
    "latin-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "utf8": "utf-8",
    "windows-1252": "cp1252",
    "din-66003": "din66003",
}
_DEFAULT = "iso-8859-1"


def given(name: str) -> Encoding:
    """
    Return the encoding that the user names; `UsageError` for a name we do not know.
    """
    known = name.lower().replace("_", "-")
    known = _ALIASES.get(known, known)
    if known not in NAMES:
        raise UsageError(f"There is no encoding {name!r} here.", hint=f"Give one of {', '.join(NAMES)}.")
    return Encoding(known, "given by the user", counts_characters=known == "utf-8")


def with_line_end(encoding: Encoding, sample: bytes) -> Encoding:
    """
    Return an encoding of EBCDIC with the line end that is in *sample*; any other as it is.

    Files of records have NL; programs that turn ASCII into EBCDIC make LF of a line feed.
    """
    ends_in_line_feed = encoding.name in _EBCDIC and _LINE_FEED in sample and _NEW_LINE not in sample
    return replace(encoding, line_feed=True) if ends_in_line_feed else encoding


def undecided(seen: int) -> Encoding:
    """
    Return the encoding of a file whose first *seen* bytes are the same in each.
    """
    return Encoding(_DEFAULT, f"the first {seen} bytes are plain ASCII; {_DEFAULT} is assumed of any others")


def detected(sample: bytes) -> Encoding:
    """
    Return the encoding of a file by a stretch of it; none needs to begin or end with a record.
    """
    if sample.isascii():
        return undecided(len(sample))
    return _as_utf8(sample) or _as_single_bytes(sample)


def _as_utf8(sample: bytes) -> Encoding | None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    start = 0
    while start < len(sample) and sample[start] & 0xC0 == 0x80:  # noqa: PLR2004 the middle of a character
        start += 1
    try:
        text = decoder.decode(sample[start:])
    except UnicodeDecodeError:
        return None
    # A chunk that merely ends with half a character, and has no whole one, says nothing.
    if text.isascii():
        return None
    lines = [line for line in re.split(rb"\r\n|\n|\r", sample[start:])[:-1] if not line.isascii()]
    characters = sum(len(line.decode("utf-8", "replace")) == RECORD_LENGTH for line in lines)
    whole = sum(len(line) == RECORD_LENGTH for line in lines)
    if whole > characters:
        return Encoding("utf-8", f"valid UTF-8; {whole} of {len(lines)} lines with umlauts have 256 bytes")
    told = f"; {characters} of {len(lines)} lines with umlauts have 256 characters in more bytes" if characters else ""
    return Encoding("utf-8", f"valid UTF-8{told}", counts_characters=True)


_LATIN_LETTERS = b"\xc4\xd6\xdc\xdf\xe4\xf6\xfc"
_DOS_LETTERS = b"\x81\x84\x8e\x94\x99\x9a\xe1"
_BESIDE_LETTER = re.compile(rb"(?<=[A-Za-z])[\x80-\xff]|[\x80-\xff](?=[A-Za-z])")
_FIRST_TELLING = re.compile(rb"[\x80-\xff]")
_ENOUGH = 64 << 10
"""Bytes from the first telling one on that letters are counted in."""
_EURO_OF_15 = b"\xa4"


def _as_single_bytes(sample: bytes) -> Encoding:
    first = _FIRST_TELLING.search(sample)
    sample = sample[max(0, first.start() - 1) :][:_ENOUGH] if first else sample
    beside = b"".join(_BESIDE_LETTER.findall(sample))
    latin, dos = (len(beside) - len(beside.translate(None, letters)) for letters in (_LATIN_LETTERS, _DOS_LETTERS))
    if dos > latin:
        return Encoding(
            "cp850", f"{dos} letters as of cp850 (and cp437), {latin} as of ISO 8859 beside letters of ASCII"
        )
    told = f"{latin} letters as of ISO 8859, {dos} as of cp850 beside letters of ASCII"
    windows = len(sample) - len(sample.translate(None, bytes(range(0x80, 0xA0))))
    if windows > dos:
        return Encoding("cp1252", f"{told}; {windows} bytes of cp1252 alone")
    if _EURO_OF_15 in sample:
        return Encoding("iso-8859-15", f"{told}; the euro sign of ISO 8859-15")
    return Encoding(_DEFAULT, told)


@cache
def _decoder(name: str, counts_characters: bool) -> Callable[[bytes], str]:
    match name:
        case "din66003":
            return lambda data: data.decode("latin-1").translate(_DIN_66003)
        case "cp1141":
            return lambda data: data.decode("latin-1").replace("¤", "€")
        case "cp273":
            return lambda data: data.decode("latin-1")
        case "utf-8" if counts_characters:
            return lambda data: data.decode("latin-1")
        case _:
            return lambda data: data.decode(name, "replace")


@cache
def _encoder(name: str, counts_characters: bool) -> Callable[[str], bytes]:
    match name:
        case "din66003":
            return lambda text: text.translate(_TO_DIN_66003).encode("ascii")
        case "cp1141":
            return lambda text: text.replace("€", "¤").encode("latin-1")
        case "cp273":
            return lambda text: text.encode("latin-1")
        case "utf-8" if counts_characters:
            return lambda text: text.encode("latin-1")
        case _:
            return lambda text: text.encode(name)


@cache
def _from_ebcdic(line_feed: bool) -> bytes:
    # cp1141 differs from cp273 in the meaning of one byte, the euro sign's.
    letters = bytes(range(256)).decode("cp273").replace("\u203e", "\u00af")
    table = bytearray(letters.encode("latin-1"))
    if not line_feed:
        table[_NEW_LINE[0]], table[_LINE_FEED[0]] = table[_LINE_FEED[0]], table[_NEW_LINE[0]]
    return bytes(table)


@cache
def _to_ebcdic(line_feed: bool) -> bytes:
    return bytes(byte for byte, _ in sorted(enumerate(_from_ebcdic(line_feed)), key=lambda pair: pair[1]))
