"""What the log covers: from when to when, in which segments, with which gaps, and until when it must be kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec

from ..durable import children, size_of
from ..model.retention import AUDIT, Terms
from .chain import segment_path
from .checkpoints import Checkpoints
from .pruned import pruned_of
from .reading import not_a_record, numbered_lines
from .record import UNREADABLE, RecordType


SILENCE = timedelta(days=7)
"""For so long nothing was recorded where a silence is told of; a pull a day leaves none."""


class _Brief(msgspec.Struct, gc=False):
    seq: int
    ts: str
    type: str
    insurer: str | None = None
    detail: str | None = None


_BRIEFS = msgspec.json.Decoder(_Brief)


@dataclass(slots=True)
class Span:
    """
    Some records in the order they were written: how many, and number and time of the first and the last.
    """

    records: int = 0
    first_seq: int = 0
    first_ts: str = ""
    last_seq: int = 0
    last_ts: str = ""

    def take(self, seq: int, ts: str) -> None:
        """
        Let the span reach to this record.
        """
        if not self.records:
            self.first_seq, self.first_ts = seq, ts
        self.records += 1
        self.last_seq, self.last_ts = seq, ts


@dataclass(slots=True)
class SegmentSpan(Span):
    """
    What one segment holds; its *bytes* are those of the file.
    """

    name: str = ""
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """
    Between two records that follow each other here: numbers that are missing, or a time in which nothing was recorded.
    """

    after_seq: int
    after_ts: str
    before_seq: int
    before_ts: str

    @property
    def missing(self) -> int:
        """
        How many numbers are missing.
        """
        return self.before_seq - self.after_seq - 1


@dataclass(frozen=True, slots=True)
class Told:
    """
    A record that tells of the log itself.
    """

    seq: int
    ts: str
    detail: str | None


@dataclass(slots=True)
class Coverage:
    """
    What the log covers; for one insurer, *whole* and *insurers* are its records alone.

    *deletable_from* is the first day on which the oldest record may be deleted, *pruned* how many older ones are gone.
    *torn* names the pieces that crashes have left, with their bytes.
    """

    whole: Span = field(default_factory=Span)
    segments: list[SegmentSpan] = field(default_factory=list)
    insurers: dict[str, Span] = field(default_factory=dict)
    missing: list[Gap] = field(default_factory=list)
    silences: list[Gap] = field(default_factory=list)
    repairs: list[Told] = field(default_factory=list)
    prunes: list[Told] = field(default_factory=list)
    pruned: int = 0
    deletable_from: date | None = None
    torn: dict[str, int] = field(default_factory=dict)
    checkpoints: int = 0
    first_checkpoint: int | None = None
    last_checkpoint: int | None = None


def coverage_of(directory: Path, terms: Terms, insurer: str | None = None) -> Coverage:
    """
    Read the whole log and say what it covers; it judges no chain, which `audit verify` does.

    Raises :class:`~bipro_sync.errors.IntegrityError` at a line that is not a record.
    """
    found = Coverage()
    gone = pruned_of(directory)
    found.pruned = gone.records if gone else 0
    before: _Brief | None = None
    for number, brief in _briefs(directory):
        _take_segment(found, directory, number, brief)
        if insurer is None or brief.insurer == insurer:
            _take(found, brief)
        if before is not None:
            _take_gap(found, before, brief)
        before = brief
    if found.whole.records:
        found.deletable_from = terms.first_day(AUDIT, datetime.fromisoformat(found.whole.first_ts))
    found.torn = {path.name: size_of(path) or 0 for path in children(directory) if path.match("torn-*.bin")}
    sizes = [int(path.stem) for path in Checkpoints(directory).paths()]
    found.checkpoints = len(sizes)
    found.first_checkpoint, found.last_checkpoint = min(sizes, default=None), max(sizes, default=None)
    return found


def _take_segment(found: Coverage, directory: Path, number: int, brief: _Brief) -> None:
    path = segment_path(directory, number)
    if not found.segments or found.segments[-1].name != path.name:
        found.segments.append(SegmentSpan(name=path.name, bytes=size_of(path) or 0))
    found.segments[-1].take(brief.seq, brief.ts)


def _take(found: Coverage, brief: _Brief) -> None:
    found.whole.take(brief.seq, brief.ts)
    if brief.insurer is not None:
        found.insurers.setdefault(brief.insurer, Span()).take(brief.seq, brief.ts)
    if brief.type == RecordType.LOG_REPAIRED:
        found.repairs.append(Told(brief.seq, brief.ts, brief.detail))
    elif brief.type == RecordType.PRUNE:
        found.prunes.append(Told(brief.seq, brief.ts, brief.detail))


def _take_gap(found: Coverage, before: _Brief, brief: _Brief) -> None:
    gap = Gap(before.seq, before.ts, brief.seq, brief.ts)
    if gap.missing:
        found.missing.append(gap)
    if brief.ts[:10] != before.ts[:10]:
        silent = datetime.fromisoformat(brief.ts) - datetime.fromisoformat(before.ts)
        if silent > SILENCE:
            found.silences.append(gap)


def _briefs(directory: Path) -> Iterator[tuple[int, _Brief]]:
    for number, line in numbered_lines(directory):
        try:
            yield number, _BRIEFS.decode(line)
        except UNREADABLE as error:
            raise not_a_record(segment_path(directory, number).name) from error
