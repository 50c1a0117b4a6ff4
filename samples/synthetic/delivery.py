"""What goes around the records: headers with all versions, trailers with the right totals, line ends and encodings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import cache
from itertools import chain
from pathlib import Path

from bipro_sync.gdv.layouts import part, parts

from .contracts import BROKER, INSURER
from .parts import record


CREATED = "01032026"

ENCODINGS = ("iso-8859-1", "iso-8859-15", "cp1252", "cp850", "cp437", "utf-8", "cp273", "din66003")
LINE_ENDS = (b"\r\n", b"\n", b"\r", b"")

_NAMED = re.compile(r".*?(\d{4})(?: (\d{3}))?\b.*")
_UNNAMED = {
    (1, 171): "0210.080",
    (1, 174): "0220.080",
    (1, 183): "0210.000",
    (1, 186): "0220.000",
    (1, 189): "0210.170",
    (1, 192): "0220.170",
    (1, 201): "0210.190",
    (1, 204): "0220.190",
    (1, 207): "0220.055",
    (2, 153): "0211.080",
    (2, 156): "0221.080",
    (2, 162): "0211.000",
    (2, 165): "0221.000",
    (2, 168): "0211.170",
    (2, 171): "0221.170",
    (2, 177): "0211.190",
    (2, 180): "0221.190",
    (3, 99): "0230.010",
    (3, 108): "0230.030",
    (3, 138): "0230.050",
    (3, 141): "0230.140",
    (3, 144): "0225.010",
}
"""What the header's fields for versions are about where their names do not say it, by part and column."""

TOTALS = {
    "0200": (("Gesbeitrag", 116, 12, 0),),
    "0400": (("GesbeitragBruttoInkasso", 139, 11, 150), ("GesprovisionsBetrag", 151, 11, 162)),
    "0500": (("Verssleistungen", 140, 13, 153), ("Schadenbearbeitungskost", 154, 13, 167)),
}
"""The trailer's totals: their keys, and where the amounts stand in the first parts of these record types, and their
signs."""
_PART_PLACES = {"0200": 256, "0400": 256, "0500": 66}

_EBCDIC_NEW_LINE = b"\x15"
_DIN66003 = str.maketrans("[\\]{|}~ÄÖÜäöüß", "       [\\]{|}~")


def header(
    *, insurer: str = INSURER, broker: str = BROKER, period: tuple[str, str] = (CREATED, CREATED), versions: bool = True
) -> list[str]:
    """
    Return the three parts of the header; *period* is from and to, *versions* of all layouts of the release are said.
    """
    values = {"VuNr": insurer, "Absender": "Versicherung Muster (erfunden)", "Adressat": "Makler Muster (erfunden)"}
    values |= {"GeschaeftsstelleVermittler": broker, "ErstellungsDatumZeitraumVomZeitraumBis": "".join(period)}
    kinds = {"ArtAbsenders": "1", "ArtAdressaten": "2"}
    said = [_versions(number) if versions else {} for number in (1, 2, 3)]
    return [
        record(part("0001", 1), {**values, **said[0], **kinds}),
        record(part("0001", 2), {**values, **said[1]}),
        record(part("0001", 3), {**values, **said[2]}),
    ]


@cache
def _versions(number: int) -> dict[str, str]:
    """
    Return the versions that a part of the header says, by the keys of its fields.
    """
    known: dict[str, str] = {}
    for each in parts():
        for name in (each.layout, each.layout[:8], each.record_type):
            known.setdefault(name, each.version)
    found = {}
    for field in part("0001", number).fields:
        if field.length != len("2.5") or field.unused:
            continue
        named = _NAMED.fullmatch(field.name)
        layout = _UNNAMED.get((number, field.start)) or (".".join(filter(None, named.groups())) if named else "")
        if layout in known:
            found[field.key] = known[layout]
    return found


class Totals:
    """
    The control values of a packet's trailer, summed while its records go by.
    """

    def __init__(self) -> None:
        self.records = 0
        self._sums = {key: 0 for places in TOTALS.values() for key, *_ in places}

    def over(self, records: Iterable[str]) -> Iterator[str]:
        """
        Give the records on, and count them.
        """
        for text in records:
            self.records += 1
            kind = text[:4]
            if kind in TOTALS and text[_PART_PLACES[kind] - 1] == "1":
                for key, start, length, sign in TOTALS[kind]:
                    amount = int(text[start - 1 : start - 1 + length].strip() or 0)
                    self._sums[key] += -amount if sign and text[sign - 1] == "-" else amount
            yield text

    def trailer(self, broker: str = BROKER) -> str:
        """
        Return the trailer for all that went by.
        """
        of = part("9999", 1)
        values = {"AnzSaetze": str(self.records), "GeschaeftsstelleVermittler": broker}
        return record(of, values | {key: Decimal(cents).scaleb(-2) for key, cents in self._sums.items()})


def packet(records: Iterable[str], **about: object) -> Iterator[str]:
    """
    Give header, records and trailer; *about* as :func:`header` takes it.
    """
    totals = Totals()
    yield from header(**about)
    yield from totals.over(records)
    yield totals.trailer(str(about.get("broker", BROKER)))


def encoded(records: Iterable[str], *, encoding: str = "iso-8859-1", end: bytes = b"\r\n") -> Iterator[bytes]:
    """
    Give the records as a file has them, line end included.

    UTF-8 is what a transcoding leaves: 256 characters, and more bytes where there are umlauts.  *end* is written in
    ASCII; EBCDIC's new line is one of its own.
    """
    encode = _encoder(encoding)
    ending = end.replace(b"\n", _EBCDIC_NEW_LINE) if encoding == "cp273" else end
    for text in records:
        yield encode(text) + ending


def _encoder(encoding: str) -> Callable[[str], bytes]:
    if encoding == "din66003":
        return lambda text: text.translate(_DIN66003).encode("ascii", "replace")
    return lambda text: text.encode(encoding, "replace")


def write(path: Path, records: Iterable[str], *, encoding: str = "iso-8859-1", end: bytes = b"\r\n") -> int:
    """
    Write the records to a file and return how many there were.
    """
    count = 0
    with path.open("wb", buffering=1 << 20) as file:
        for line in encoded(records, encoding=encoding, end=end):
            file.write(line)
            count += 1
    return count


def joined(*packets: Iterable[str], encoding: str = "iso-8859-1", end: bytes = b"\r\n") -> bytes:
    """
    Return several packets, one after the other, as the bytes of a file.
    """
    return b"".join(encoded(chain.from_iterable(packets), encoding=encoding, end=end))


def stripped(data: bytes, end: bytes = b"\r\n") -> bytes:
    """
    Return a file whose records have lost the blanks at their ends.
    """
    return end.join(line.rstrip(b" ") for line in data.split(end))
