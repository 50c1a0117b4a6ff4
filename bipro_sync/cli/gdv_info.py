"""`bipro-sync gdv info`: what a GDV file is: its encoding, its packets, and how many records of each part they have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer

from .console import Console, invocation
from .gdv_source import Encoding, Files, Source, followed, sources


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..gdv import Record
    from ..gdv.packets import Packet


def add_to(group: typer.Typer) -> None:
    """
    Add `info`.
    """
    group.command("info")(info)


def info(context: typer.Context, files: Files, encoding: Encoding = None) -> None:
    """
    Say what a GDV file is and holds.  Its encoding and why, packets, versions, records by part, and the trailers' word.
    """
    console = invocation(context).console
    found = [_file(source, console) for source in sources(files, encoding, console.warn)]

    def render(out: RichConsole) -> None:
        for each in found:
            each.render(out)

    console.answer([each.document() for each in found], render)


@dataclass(slots=True)
class _Contents:
    """
    What was counted in one packet; *header*, *versions* and *said* (the trailer) by short names, *labels* for people.
    """

    packet: Packet
    header: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    parts: Counter[tuple[str, int | None]] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    said: dict[str, str] | None = None

    def document(self) -> dict[str, object]:
        """
        Return a packet's object of `gdv info --json`.
        """
        packet = self.packet
        return {
            "packet": packet.number,
            "insurer_number": packet.insurer,
            "sender": self.header.get("Absender"),
            "receiver": self.header.get("Adressat"),
            "broker_number": packet.broker,
            "from": str(packet.since) if packet.since else None,
            "to": str(packet.until) if packet.until else None,
            "versions": self.versions,
            "records": self.parts.total(),
            "parts": [
                {"layout": layout, "part": number, "records": count}
                for (layout, number), count in sorted(self.parts.items(), key=_by_name)
            ],
            "families": dict(self.families),
            "trailer": self.said,
        }

    def add(self, record: Record) -> None:
        """
        Count a record; what the header and the trailer say is kept.
        """
        part = record.part
        self.families[record.family.value] += 1
        self.parts[(part.layout, part.number) if part else (_type_of(record), None)] += 1
        if part is None:
            return
        if part.layout == "0001":
            self._add_header(record)
        elif part.layout == "9999":
            self.said = {key: str(value) for key, value in record.values().items() if value and key not in _SIGNS}

    def _add_header(self, record: Record) -> None:
        assert record.part is not None
        values = record.values()
        for each in record.part.fields:
            value = values.get(each.key)
            if isinstance(value, str):
                is_version = each.length == len("2.5") and not each.unused
                (self.versions if is_version else self.header).setdefault(each.key, value)
                self.labels[each.key] = _label(each.name)


_MOST_PACKETS = 1000
"""Packets of a file that are told one by one; who gets a portfolio a day and joins them has this many in four years."""

_SIGNS = {"Satzart", "Vorzeichen", "Vorzeichen2", "Vorzeichen3", "Vorzeichen4"}


def _type_of(record: Record) -> str:
    """
    Return a record's type, or one name for all that have no number where it should be: random bytes have millions.
    """
    return record.record_type if record.record_type.isdecimal() and record.record_type.isascii() else "no number"


_ABOUT = re.compile(r"\d{4}(?: \d{3})?")


def _label(name: str) -> str:
    """
    Return what a version in the header is about: the record type and line in the field's name, else the name.
    """
    found = _ABOUT.search(name)
    return found[0] if found else name


def _by_name(counted: tuple[tuple[str, int | None], int]) -> tuple[str, int]:
    (layout, number), _ = counted
    return layout, number or 0


@dataclass(slots=True)
class _File:
    """
    What is told of one file.
    """

    source: Source
    packets: list[_Contents] = field(default_factory=list)
    records: int = 0
    left_out: int = 0
    """Packets beyond those told: a damaged file may have as many as it has records."""

    def document(self) -> dict[str, object]:
        """
        Return a file's object of `gdv info --json`.
        """
        encoding = self.source.reading.encoding
        return {
            "file": self.source.name,
            "size": self.source.size,
            "encoding": {"name": encoding.name, "evidence": encoding.evidence},
            "records": self.records,
            "packets": [each.document() for each in self.packets],
            "packets_left_out": self.left_out,
            "findings": [each.message for each in self.source.reading.findings],
        }

    def render(self, out: RichConsole) -> None:
        """
        Draw a file for people, packet by packet.
        """
        from .tables import table_of

        encoding = self.source.reading.encoding
        out.print(f"{self.source.name}: {self.records} records")
        out.print(f"encoding: {encoding.name} ({encoding.evidence})")
        for remark in self.source.reading.findings:
            out.print(f"note:     {remark.message}")
        for each in self.packets:
            out.print(*_lines(each), sep="\n")
            table = table_of(("type", "part", "records"), numbers=("part", "records"))
            for (layout, number), count in sorted(each.parts.items(), key=_by_name):
                table.add_row(layout, str(number or "-"), str(count))
            out.print(table)
        if self.left_out:
            out.print(f"\n{self.left_out} more packets are not told one by one.")


def _file(source: Source, console: Console) -> _File:
    from ..gdv.packets import Packets

    split = Packets()
    told = _File(source)
    current: _Contents | None = None
    for record in followed(source.reading, source, console):
        packet = split.show(record)
        if current is None or current.packet is not packet:
            current = _Contents(packet)
            if len(told.packets) < _MOST_PACKETS:
                told.packets.append(current)
            else:
                told.left_out += 1
        current.add(record)
        told.records += 1
    return told


def _lines(contents: _Contents) -> Iterator[str]:
    document = contents.document()
    yield f"\npacket {contents.packet.number}, from record {contents.packet.record}"
    if not contents.packet.has_header:
        yield "  it has no header"
    labels = ("insurer_number", "sender", "receiver", "broker_number", "from", "to")
    yield from (f"  {label.replace('_', ' ') + ':':<16} {document[label]}" for label in labels if document[label])
    if contents.versions:
        versions = ((contents.labels[key], version) for key, version in contents.versions.items())
        yield f"  versions:        {_joined(versions)}"
    others = {name: count for name, count in contents.families.items() if name != "broker"}
    if others:
        yield f"  other families:  {_joined(others.items())}"
    yield f"  trailer:         {_joined(contents.said.items())}" if contents.said else "  it has no trailer"


def _joined(pairs: Iterable[tuple[str, object]]) -> str:
    return ", ".join(f"{name} {value}" for name, value in pairs)
