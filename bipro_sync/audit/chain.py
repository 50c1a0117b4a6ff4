"""Where the log's end is and how the next record hangs on to it; nothing here writes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import msgspec

from ..errors import Family, IntegrityError
from .pruned import pruned_of
from .record import LINE_LIMIT, UNREADABLE, Record, encode
from .tail import whole_lines


GENESIS = "0" * 64
"""What stands for the hash of the line before the first."""


def segment_path(directory: Path, number: int) -> Path:
    """
    Return the path of a segment; numbers begin at 1.
    """
    return directory / f"audit-{number:06d}.jsonl"


@dataclass(frozen=True, slots=True)
class LastRecord:
    """
    A record's number and the SHA-256 of its line, which the next one names as `prev`: who kept both elsewhere sees
    whether the log was rewritten up to there.
    """

    number: int
    sha256: str


class _Link(msgspec.Struct):
    seq: int
    prev: str
    insurer: str | None = None


class Head(msgspec.Struct):
    """
    The end of the log as far as it was read: the segment, the offset behind its last complete line, and what
    the next record refers to.

    *insurers* holds each insurer's last number and the hash of its last line.
    """

    segment: int
    offset: int
    seq: int
    prev: str
    insurers: dict[str, tuple[int, str]]

    def copy(self) -> Head:
        """
        Return a head of its own, to be kept or forgotten as a whole.
        """
        return msgspec.structs.replace(self, insurers=dict(self.insurers))

    def link(self, draft: Record, ts: str) -> tuple[Record, bytes]:
        """
        Return the draft as the next record, and its line; the head moves on behind it.
        """
        insurer_seq, insurer_prev = None, None
        if draft.insurer is not None:
            last, insurer_prev = self.insurers.get(draft.insurer, (0, GENESIS))
            insurer_seq = last + 1
        record, line = encode(
            msgspec.structs.replace(
                draft,
                seq=self.seq + 1,
                ts=ts,
                insurer_seq=insurer_seq,
                insurer_prev=insurer_prev,
                prev=self.prev,
            )
        )
        self._move(line, record.insurer)
        return record, line

    def catch_up(self, directory: Path, see: Callable[[bytes], object] | None = None) -> int:
        """
        Read what was appended since, here or in another process; return how many bytes a crash or a power cut has left
        behind the last record.  *see* is given each line, without its newline, once it was found to go on from here.

        Raises :class:`~bipro_sync.errors.IntegrityError` where the log does not go on from what was read before.
        """
        while True:
            torn = self._read(segment_path(directory, self.segment), see)
            if not segment_path(directory, self.segment + 1).exists():
                return torn
            if torn:
                self._refuse(f"segment {self.segment} ends inside a record")
            self.segment, self.offset = self.segment + 1, 0

    def read_segment(self, directory: Path, see: Callable[[bytes], object]) -> int:
        """
        Do the same to the end of this one segment only.
        """
        return self._read(segment_path(directory, self.segment), see)

    def _read(self, path: Path, see: Callable[[bytes], object] | None) -> int:
        size = path.stat().st_size if path.exists() else 0
        if size == self.offset:
            return 0
        if size < self.offset:
            self._refuse(f"{path.name} has become shorter")
        with path.open("rb") as file:
            file.seek(self.offset)
            for line in whole_lines(file):
                self._follow(line)
                if see is not None:
                    see(line[:-1])
        return size - self.offset

    def _follow(self, line: bytes) -> None:
        try:
            link = _LINKS.decode(line)
        except UNREADABLE:
            self._refuse("the next line is not a record")
        if (link.seq, link.prev) != (self.seq + 1, self.prev):
            self._refuse("the next record does not hang on to it")
        self._move(line, link.insurer)

    def _move(self, line: bytes, insurer: str | None) -> None:
        digest = hashlib.sha256(line[:-1]).hexdigest()
        self.seq += 1
        self.prev = digest
        self.offset += len(line)
        if insurer is not None:
            last, _ = self.insurers.get(insurer, (0, GENESIS))
            self.insurers[insurer] = (last + 1, digest)

    def _refuse(self, reason: str) -> NoReturn:
        raise IntegrityError(
            f"The audit log is damaged behind record {self.seq}: {reason}.  Nothing was sent, nothing was changed.",
            hint="Keep everything as it is; `bipro-sync audit verify` says where, a backup says what it was.",
            family=Family.AUDIT,
        )

    def is_in(self, directory: Path) -> bool:
        """
        Tell whether the log still holds, at this very place, the record this head ends with.
        """
        path = segment_path(directory, self.segment)
        if not path.exists():
            return False
        start = max(0, self.offset - LINE_LIMIT)
        with path.open("rb") as file:
            file.seek(start)
            before = file.read(self.offset - start)
        if start + len(before) < self.offset or not before.endswith(b"\n"):
            return False
        last = before[:-1].rsplit(b"\n", 1)[-1]
        return hashlib.sha256(last).hexdigest() == self.prev


_LINKS = msgspec.json.Decoder(_Link)
_HEADS = msgspec.json.Decoder(Head)


def note_path(directory: Path) -> Path:
    """
    Return the path of the head note, which spares the next run reading the log from its beginning.
    """
    return directory / ".head"


def note(head: Head) -> bytes:
    """
    Return the head as a note: one line of JSON, and its SHA-256 in hexadecimal.
    """
    text = msgspec.json.encode(head)
    return text + b"\n" + hashlib.sha256(text).hexdigest().encode()


def beginning(directory: Path) -> Head:
    """
    Return the head before the first record of the log in *directory*: before record 1, or behind what was pruned.
    """
    gone = pruned_of(directory)
    if gone is None:
        return Head(segment=1, offset=0, seq=0, prev=GENESIS, insurers={})
    return Head(segment=gone.segments + 1, offset=0, seq=gone.records, prev=gone.head, insurers=dict(gone.insurers))


def noted_head(directory: Path) -> Head:
    """
    Return the head the last run left behind, or the log's beginning where there is no readable note.

    Raises :class:`~bipro_sync.errors.IntegrityError` where the note names a record that the log no longer holds.
    """
    path, start = note_path(directory), beginning(directory)
    text, _, digest = path.read_bytes().partition(b"\n") if path.exists() else (b"", b"", b"")
    if hashlib.sha256(text).hexdigest().encode() != digest:
        return start
    try:
        head = _HEADS.decode(text)
    except UNREADABLE:
        return start
    if head.seq < start.seq:
        return start
    if not head.is_in(directory):
        raise IntegrityError(
            f"The audit log no longer holds record {head.seq} as it was when a run last ended.  Nothing was sent.",
            hint="Keep everything as it is; `bipro-sync audit verify` says where, a backup says what it was.",
            family=Family.AUDIT,
        )
    return head
