"""Checks the audit log from its bytes alone; no code of the writer's is used, and no log is called simply intact."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from ..durable import storage_error
from .record import UNREADABLE, Record, RecordType


_SEGMENT = re.compile(r"audit-(\d{6,})\.jsonl")
_ZEROS = "0" * 64
_RECORDS = msgspec.json.Decoder(Record)
_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """
    A call that was announced and has no outcome: it may or may not have reached the insurer.
    """

    seq: int
    ts: str
    insurer: str | None
    operation: str | None
    shipment: str | None


@dataclass(frozen=True, slots=True)
class Verification:
    """
    What the check of a log found, up to the first damage.

    *insurers* holds each insurer's last number.  *bad_seq* is the first record that is not what it was, or not
    where it was, and *reason* says why; both are None where no damage shows.  *torn_bytes* behind the last record, of a
    line without its end or with lost bytes, are the trace of a crash or of a writer at work, not damage.
    """

    records: int
    segments: int
    first_ts: str | None
    last_seq: int
    last_ts: str | None
    insurers: dict[str, int]
    open_intents: tuple[OpenIntent, ...]
    torn_bytes: int
    bad_seq: int | None
    reason: str | None

    @property
    def damaged(self) -> bool:
        """
        Whether damage was found; that none was found says only what :attr:`headline` says.
        """
        return self.bad_seq is not None

    def of(self, insurer: str) -> Verification:
        """
        Return the same without what concerns other insurers.
        """
        return replace(
            self,
            insurers={name: number for name, number in self.insurers.items() if name == insurer},
            open_intents=tuple(each for each in self.open_intents if each.insurer == insurer),
        )

    @property
    def headline(self) -> str:
        """
        The verdict in one sentence, with what it does not cover.
        """
        if self.damaged:
            return f"damaged at record {self.bad_seq}: {self.reason}"
        return "chain intact, not anchored: a cut tail or a rewritten log would not show"


def verify(directory: Path) -> Verification:
    """
    Read the whole log and check every line: its form, its number, its two chains, its segment's number.

    The note that a finished run left of the log's end is believed where it says more than the log.  Raises
    :class:`~bipro_sync.errors.StorageError` where a file cannot be read.
    """
    check = _Check(*_noted_end(directory))
    bad_seq, reason = None, None
    try:
        check.run(directory)
    except _DamageError as damage:
        bad_seq, reason = damage.seq, damage.reason
    return Verification(
        records=check.seq,
        segments=check.segments,
        first_ts=check.first_ts,
        last_seq=check.seq,
        last_ts=check.last_ts,
        insurers={insurer: number for insurer, (number, _) in sorted(check.insurers.items())},
        open_intents=tuple(check.open_intents.values()),
        torn_bytes=check.torn_bytes,
        bad_seq=bad_seq,
        reason=reason,
    )


class _End(msgspec.Struct):
    seq: int
    prev: str


_ENDS = msgspec.json.Decoder(_End)


class _DamageError(Exception):
    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(reason)
        self.seq = seq
        self.reason = reason


class _Check:
    """
    One walk through the log; *noted_seq* and *noted_digest* are what a finished run says its last record was.
    """

    def __init__(self, noted_seq: int, noted_digest: str) -> None:
        self.noted_seq = noted_seq
        self.noted_digest = noted_digest
        self.seq = 0
        self.digest = _ZEROS
        self.segments = 0
        self.first_ts: str | None = None
        self.last_ts: str | None = None
        self.insurers: dict[str, tuple[int, str]] = {}
        self.open_intents: dict[str, OpenIntent] = {}
        self.torn_bytes = 0
        self._orders: set[tuple[str, ...]] = set()

    def run(self, directory: Path) -> None:
        lines = self._lines(directory)
        for line in lines:
            record = self._parsed(line)
            digest = hashlib.sha256(line).hexdigest()
            if record.prev != self.digest:
                self._blame(digest, next(lines, b""))
            if record.seq == self.noted_seq and digest != self.noted_digest:
                raise _DamageError(record.seq, "it is not the record that a finished run had written there")
            self._count(record, digest)
        if self.seq < self.noted_seq:
            raise _DamageError(self.seq + 1, f"it is missing; a finished run had written {self.noted_seq} records")

    def _lines(self, directory: Path) -> Iterator[bytes]:
        """
        Yield the whole lines without their newlines; a NUL stands where a power cut took a line's bytes.
        """
        numbered = {int(found[1]): path for path in _entries(directory) if (found := _SEGMENT.fullmatch(path.name))}
        for number in sorted(numbered):
            if number != self.segments + 1:
                raise _DamageError(self.seq + 1, f"segment {self.segments + 1} of the log is missing")
            if self.torn_bytes:
                raise _DamageError(self.seq + 1, f"segment {self.segments} ends inside it")
            self.segments = number
            try:
                with numbered[number].open("rb") as file:
                    for line in file:
                        if b"\0" in line or not line.endswith(b"\n"):
                            self.torn_bytes += len(line)
                        elif self.torn_bytes:
                            raise _DamageError(self.seq + 1, "bytes of it are lost, and a whole line follows")
                        else:
                            yield line[:-1]
            except OSError as error:
                raise storage_error("read", numbered[number], error) from error

    def _parsed(self, line: bytes) -> Record:
        expected = self.seq + 1
        record = _record(line)
        if record is None or _ENCODER.encode(record) != line:
            raise _DamageError(expected, "its line is not an audit record as the log writes it")
        if record.seq != expected:
            raise _DamageError(expected, f"record {record.seq} stands in its place")
        return record

    def _count(self, record: Record, digest: str) -> None:
        if record.insurer is not None:
            number, before = self.insurers.get(record.insurer, (0, _ZEROS))
            if (record.insurer_seq, record.insurer_prev) != (number + 1, before):
                raise _DamageError(record.seq, f"it does not follow record {number} of its insurer")
            self.insurers[record.insurer] = (number + 1, digest)
        if record.call is not None and record.type is RecordType.CALL_INTENT:
            self.open_intents[record.call] = OpenIntent(
                record.seq, record.ts, record.insurer, record.operation, record.shipment
            )
        elif record.call is not None and record.type is RecordType.CALL_OUTCOME:
            self.open_intents.pop(record.call, None)
        self.seq, self.digest, self.last_ts = record.seq, digest, record.ts
        self.first_ts = self.first_ts or record.ts

    def _blame(self, digest: str, after: bytes) -> None:
        """
        Say which of two records that do not fit was changed: the later one, where its successor disowns it, too.
        """
        seq = self.seq + 1
        successor = _record(after)
        witness = self.noted_digest if self.noted_seq == seq else successor and successor.prev
        if seq == 1 or (witness is not None and witness != digest):
            raise _DamageError(seq, "it does not refer to the record before it, or was changed")
        raise _DamageError(self.seq, "it is not the record that the next one refers to")


def _record(line: bytes) -> Record | None:
    try:
        return _RECORDS.decode(line)
    except UNREADABLE:
        return None


def _entries(directory: Path) -> list[Path]:
    try:
        return list(directory.iterdir())
    except OSError as error:
        raise storage_error("read", directory, error) from error


def _noted_end(directory: Path) -> tuple[int, str]:
    """
    Return number and hash of the last record of a finished run; 0 where there is no readable note.
    """
    path = directory / ".head"
    try:
        text, _, digest = path.read_bytes().partition(b"\n")
        if hashlib.sha256(text).hexdigest().encode() == digest:
            end = _ENDS.decode(text)
            return end.seq, end.prev
    except (FileNotFoundError, *UNREADABLE):
        pass
    except OSError as error:
        raise storage_error("read", path, error) from error
    return 0, _ZEROS
