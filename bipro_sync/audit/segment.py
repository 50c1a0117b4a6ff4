"""Checks one segment of the audit log from its bytes alone, without those before it; no code of the writer's is used.

What only the segments before can say (is this the next number, is that the hash of the last line) is left to whoever
joins them: a segment's opening says what its first records refer to.  So segments can be checked side by side.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from ..durable import storage_error
from .blocks import Brief, blocks, brief_of
from .findings import ZEROS, Checked, DamageError, End, Opening, OpenIntent, Place, Restored, SetBack, Stretch, is_early
from .merkle import subtrees
from .record import BACKUP_RESTORED, RecordType


_LOST = "bytes of it are lost, and a whole line follows"
_FOREIGN = "its line is not an audit record as the log writes it"

_sha256 = hashlib.sha256


@dataclass(frozen=True, slots=True)
class Task:
    """
    What is to be checked: the segment at *path*, in stretches that end at the numbers *cuts*; *hashing* of the tree.

    *noted* is number and hash of a record that a finished run says was its last; *signed* the last number that a known
    key has signed; *following* the next segment, if any, which is asked only to say which of two records was changed.
    """

    path: Path
    cuts: Collection[int]
    hashing: bool
    noted: Place
    signed: int
    following: Path | None


def check_segment(task: Task, begin: End | None = None) -> Checked:
    """
    Check every line of a segment; with *begin*, where the segments before it end, also that it goes on from there.

    Raises :class:`DamageError` at the first record that is not right, which without *begin* may not be the very first,
    and :class:`~bipro_sync.errors.StorageError` where the file cannot be read.
    """
    try:
        with task.path.open("rb") as file:
            return _Walk(task, begin).run(file)
    except OSError as error:
        raise storage_error("read", task.path, error) from error


class _Walk:
    """
    One walk through a segment.
    """

    def __init__(self, task: Task, begin: End | None) -> None:
        self._task = task
        self._begin = begin
        self._seq, self._digest, self._latest = (begin.seq, begin.digest, begin.latest) if begin else (0, "", "")
        self._ts = begin.ts if begin else ""
        self._insurers = dict(begin.insurers) if begin else {}
        self._firsts: dict[str, Place] = {}
        self._opening: Opening | None = None
        self._stretches: list[Stretch] = []
        self._leaves: list[bytes] = []
        self._lines = 0
        self._torn_bytes = 0
        self._announced: dict[str, Brief] = {}
        self._answered: set[str] = set()
        self._set_back: list[SetBack] = []
        self._signed: list[int] = []
        self._restored: list[Restored] = []

    def run(self, file: BinaryIO) -> Checked:
        try:
            for records, lines in blocks(file, self._task.signed):
                if records:
                    self._take_block(records, lines)
                else:
                    self._take_harmed(lines[0])
        except DamageError as damage:
            damage.before = self._checked()
            raise
        return self._checked()

    def _checked(self) -> Checked:
        if self._opening is not None and (not self._stretches or self._stretches[-1].end.seq != self._seq):
            self._cut()
        return Checked(
            self._opening,
            self._stretches,
            self._torn_bytes,
            {call: _open_intent(record) for call, record in self._announced.items()},
            self._answered,
            self._set_back,
            self._signed,
            self._restored,
        )

    def _open(self, record: Brief) -> None:
        self._opening = Opening(record.seq, record.prev, record.ts, self._firsts)
        if self._begin is None:
            self._seq, self._digest = record.seq - 1, record.prev

    def _take_block(self, records: list[Brief], lines: list[bytes]) -> None:
        if self._torn_bytes:
            raise DamageError(self._seq + 1, _LOST)
        if self._opening is None:
            self._open(records[0])
        first = self._seq + 1
        done = 0
        for cut in sorted(number for number in self._task.cuts if first <= number < first + len(records)):
            end = cut - first + 1
            self._take(records[done:end], lines[done:end])
            self._cut()
            done = end
        if done < len(records):
            self._take(records[done:], lines[done:])

    def _take(self, records: list[Brief], lines: list[bytes]) -> None:
        """
        Take some records.  What each must be is compared for all of them at once, which is several times as fast.
        """
        digests = [_sha256(line).hexdigest() for line in lines]
        times = [self._latest, *[record.ts for record in records]]
        fitting, damage = len(records), None
        if (
            [record.seq for record in records] != list(range(self._seq + 1, self._seq + 1 + len(records)))
            or [record.prev for record in records] != [self._digest, *digests[:-1]]
            or times != sorted(times)
            or records[0].seq <= self._task.noted[0] <= records[-1].seq
        ):
            fitting, damage = self._fitting(records, digests)
        try:
            self._take_insurers(records[:fitting], digests)
        except DamageError as error:
            fitting, damage = error.seq - self._seq - 1, error
        self._take_told(records[:fitting])
        if fitting:
            if self._task.hashing:
                self._leaves += [_sha256(b"\0" + line).digest() for line in lines[:fitting]]
            last = records[fitting - 1]
            self._seq, self._digest, self._ts = last.seq, digests[fitting - 1], last.ts
            self._latest = max(self._latest, last.ts)
            self._lines += fitting
        if damage is not None:
            raise damage

    def _fitting(self, records: list[Brief], digests: list[str]) -> tuple[int, DamageError | None]:
        """
        Look at one record after the other; return how many fit, and what is wrong with the next one.
        """
        seq, before, early = self._seq, self._digest, is_early(self._ts, self._latest)
        for number, (record, digest) in enumerate(zip(records, digests, strict=True)):
            if damage := self._damage(record, digest, seq, before):
                return number, damage
            if not early and is_early(record.ts, self._latest):
                self._set_back.append(SetBack(record.seq, record.ts))
            seq, before, early = record.seq, digest, is_early(record.ts, self._latest)
            self._latest = max(self._latest, record.ts)
        return len(records), None

    def _damage(self, record: Brief, digest: str, seq: int, before: str) -> DamageError | None:
        if record.seq == seq and digest != before:
            return DamageError(seq, "two records bear its number")
        if record.seq != seq + 1:
            return DamageError(seq + 1, f"record {record.seq} stands in its place")
        if record.prev != before:
            return self._blamed(record, digest)
        if record.seq == self._task.noted[0] and digest != self._task.noted[1]:
            return DamageError(record.seq, "it is not the record that a finished run had written there")
        return None

    def _take_insurers(self, records: list[Brief], digests: list[str]) -> None:
        ends, none = self._insurers, None if self._begin is None else (0, ZEROS)
        for record, digest in zip(records, digests, strict=False):
            insurer = record.insurer
            if insurer is None:
                continue
            number = record.insurer_seq or 0
            last = ends.get(insurer, none)
            if last is None:
                self._firsts[insurer] = (number, record.insurer_prev or "")
            elif number != last[0] + 1 or record.insurer_prev != last[1]:
                raise DamageError(record.seq, f"it does not follow record {last[0]} of its insurer")
            ends[insurer] = (number, digest)

    def _take_told(self, records: list[Brief]) -> None:
        announced = self._announced
        for record in records:
            call = record.call
            if call is not None:
                if record.type is RecordType.CALL_INTENT:
                    announced[call] = record
                elif record.type is RecordType.CALL_OUTCOME and announced.pop(call, None) is None:
                    self._answered.add(call)
            elif record.type is RecordType.CHECKPOINT and record.count is not None:
                self._signed.append(record.count)
            elif record.type is RecordType.RESTORE and record.operation == BACKUP_RESTORED:
                self._restored.append(Restored(record.seq, record.ts, record.count))

    def _take_harmed(self, line: bytes) -> None:
        """
        Pass over a line without its end, or with bytes that a power cut took: no damage as long as none follows.
        """
        if b"\0" not in line and line.endswith(b"\n"):
            raise DamageError(self._seq + 1, _LOST if self._torn_bytes else _FOREIGN)
        self._torn_bytes += len(line)

    def _cut(self) -> None:
        end = End(self._seq, self._digest, self._ts, self._latest, dict(self._insurers))
        self._stretches.append(Stretch(end, subtrees(self._seq - len(self._leaves), self._leaves)))
        self._leaves = []

    def _blamed(self, record: Brief, digest: str) -> DamageError:
        """
        Say which of two records that do not fit was changed: the later one, where its successor disowns it, too.
        """
        seq = record.seq
        noted, noted_digest = self._task.noted
        witness = noted_digest if noted == seq else self._prev_after(seq)
        if seq == 1 or (witness is not None and witness != digest):
            return DamageError(seq, "it does not refer to the record before it, or was changed")
        return DamageError(seq - 1, "it is not the record that the next one refers to")

    def _prev_after(self, seq: int) -> str | None:
        """
        Return what the record behind number *seq* says of it, None where there is none.
        """
        place = self._lines + seq - self._seq
        with self._task.path.open("rb") as file:
            line = next(islice(file, place, None), b"")
        if not line and self._task.following is not None:
            with self._task.following.open("rb") as file:
                line = file.readline()
        record = brief_of(line.removesuffix(b"\n"))
        return record.prev if record else None


def _open_intent(record: Brief) -> OpenIntent:
    return OpenIntent(record.seq, record.ts, record.insurer, record.operation, record.shipment)
