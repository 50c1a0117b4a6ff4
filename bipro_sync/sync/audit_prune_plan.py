"""Which segments of the audit log may go because nothing in them is needed any more; nothing here changes anything."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path

import msgspec

from ..archive import Layout
from ..archive.layout import escape
from ..archive.verify import stored_paths
from ..audit import Record, pruned_of
from ..audit.chain import Head, beginning, segment_path
from ..audit.checkpoints import Checkpoints
from ..audit.merkle import Frontier
from ..audit.record import UNREADABLE
from ..durable import children, exists, size_of
from ..errors import Family, IntegrityError
from ..model.retention import AUDIT, Terms
from ..model.zone import BERLIN
from .keeping import Hold, holds_of


_RECORDS = msgspec.json.Decoder(Record)


@dataclass(frozen=True, slots=True)
class AuditPrunePlan:
    """
    The segments *first* to *last* of the log, with records up to number *records*, that may go; none where *last* is
    less than *first*.

    *head* is the log's end behind them, *tree* the one over all records up to there, *ts* the last one's time,
    *first_ts* the earliest and *latest* the latest of all.  *bytes* is their size.  *objection* says why no more
    may go, *unfinished* names the files that an interrupted prune has left.
    """

    first: int
    last: int
    records: int
    head: Head
    tree: Frontier
    ts: str
    first_ts: str
    latest: str
    bytes: int
    objection: str
    unfinished: tuple[str, ...]

    @property
    def goes(self) -> int:
        """
        How many segments may go.
        """
        return self.last - self.first + 1

    @property
    def id(self) -> str:
        """
        What the plan is executed by: another plan has another.
        """
        return hashlib.sha256(f"{self.first} {self.last} {self.head.prev} {self.unfinished}".encode()).hexdigest()[:16]


def plan_audit_prune(layout: Layout, terms: Terms, now: datetime) -> AuditPrunePlan:
    """
    Read the log from its beginning and say how much of it may go now; nothing is changed.

    Raises :class:`~bipro_sync.errors.IntegrityError` where the log does not hang together.
    """
    planning = _Planning(layout, terms, now.astimezone(BERLIN).date())
    return planning.run()


@dataclass(slots=True)
class _Segment:
    """
    What is known of a segment's records once they were read.
    """

    ts: str = ""
    first_ts: str = ""
    latest: str = ""
    objections: list[str] = field(default_factory=list)


class _Planning:
    def __init__(self, layout: Layout, terms: Terms, today: date) -> None:
        self._directory = layout.audit
        self._terms = terms
        self._today = today
        self._holds = holds_of(layout)
        self._kept = set(_kept(layout))
        sizes = [int(path.stem) for path in Checkpoints(layout.audit).paths()]
        self._covered = max(sizes) if sizes else None

    def run(self) -> AuditPrunePlan:
        gone = pruned_of(self._directory)
        head, tree = beginning(self._directory), gone.tree() if gone else Frontier()
        first = head.segment
        ts, first_ts, latest = (gone.ts, gone.first_ts, gone.latest) if gone else ("", "", "")
        size, objection = 0, "what is being written stays"
        while exists(segment_path(self._directory, head.segment + 1)):
            after, grown, seen = head.copy(), Frontier(tree.size, tree.roots), _Segment()
            if after.read_segment(self._directory, partial(self._see, grown, seen)):
                raise _torn(head.segment)
            if objection_here := self._objection(seen, after.seq):
                objection = objection_here
                break
            size += size_of(segment_path(self._directory, head.segment)) or 0
            after.segment, after.offset = after.segment + 1, 0
            head, tree = after, grown
            ts, latest = seen.ts, max(latest, seen.latest)
            first_ts = min(first_ts or seen.first_ts, seen.first_ts)
        return AuditPrunePlan(
            first=first,
            last=head.segment - 1,
            records=head.seq,
            head=head,
            tree=tree,
            ts=ts,
            first_ts=first_ts,
            latest=latest,
            bytes=size,
            objection=objection,
            unfinished=tuple(unfinished(self._directory)),
        )

    def _see(self, tree: Frontier, seen: _Segment, line: bytes) -> None:
        tree.append(line)
        try:
            record = _RECORDS.decode(line)
        except UNREADABLE as error:
            raise _torn(0) from error
        seen.ts, seen.latest = record.ts, max(seen.latest, record.ts)
        seen.first_ts = min(seen.first_ts or record.ts, record.ts)
        if not seen.objections:
            seen.objections += self._objections(record)

    def _objections(self, record: Record) -> Iterator[str]:
        shipment = record.shipment
        if record.insurer and shipment and (record.insurer, escape(shipment)) in self._kept:
            yield f"record {record.seq} is about shipment {shipment} of {record.insurer}, which is still kept"
        elif hold := next((each for each in self._holds if _holds(each, record)), None):
            yield f"record {record.seq} is held: {hold}"

    def _objection(self, seen: _Segment, records: int) -> str | None:
        free_from = self._terms.first_day(AUDIT, datetime.fromisoformat(seen.latest))
        if free_from > self._today:
            return f"the next segment is kept until {free_from}"
        if seen.objections:
            return seen.objections[0]
        if self._covered is not None and self._covered < records:
            return "no checkpoint covers the next segment yet"
        return None


def _holds(hold: Hold, record: Record) -> bool:
    return hold.covers(record.insurer, record.shipment)


def _kept(layout: Layout) -> Iterator[tuple[str, str]]:
    """
    Yield insurer and escaped id of everything whose bytes still lie here.
    """
    for path in stored_paths(layout):
        if exists(layout.root / path):
            yield path.parts[1], path.name.rpartition("~")[0] if path.parts[0] == "quarantine" else path.name


def unfinished(directory: Path) -> list[str]:
    """
    Return the names of the files that an interrupted prune has left: of segments, or of what was told before.
    """
    gone = pruned_of(directory)
    if gone is None:
        return []
    segments = {segment_path(directory, number).name for number in range(1, gone.segments + 1)}
    return [
        path.name
        for path in children(directory)
        if path.name in segments or (path.name.startswith("told-") and path.name != gone.told)
    ]


def _torn(segment: int) -> IntegrityError:
    return IntegrityError(
        f"Segment {segment} of the audit log is damaged; nothing was removed.",
        hint="Keep everything as it is; `bipro-sync audit verify` says where.",
        family=Family.AUDIT,
    )
