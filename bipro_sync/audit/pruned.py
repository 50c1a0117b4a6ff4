"""Where a log begins whose oldest segments were pruned, and what is still told of them; a record in the log vouches.

`pruned.json` says what the first segment that is left refers to: number and hash of the last record that is gone, the
same for each insurer, and the roots of the tree over all that is gone.  So the chain and every later checkpoint can be
checked as before.  The log has its digest on record before it takes effect.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import msgspec

from ..durable import children, chunks, exists, read_whole
from ..errors import Family, IntegrityError
from .merkle import Frontier
from .record import UNREADABLE, Record, RecordType


FORMAT = 1
NAME = "pruned.json"


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is gone: segments up to the one numbered *segments*, *records* of them in all.

    *head* is the SHA-256 of the last line that is gone, *ts* its time, *first_ts* and *latest* the earliest and the
    latest of all; *insurers* holds each insurer's last number and hash, *roots* the Merkle frontier in hexadecimal;
    *told* names the file that keeps what a rebuild needs of them, *told_sha256* is its digest.
    """

    format: int
    segments: int
    records: int
    head: str
    ts: str
    first_ts: str
    latest: str
    insurers: dict[str, tuple[int, str]]
    roots: list[str]
    told: str
    told_sha256: str

    def tree(self) -> Frontier:
        """
        Return the tree over all records that are gone.
        """
        return Frontier(self.records, map(bytes.fromhex, self.roots))

    def encode(self) -> bytes:
        """
        Return what the file holds.
        """
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


_DECODER = msgspec.json.Decoder(Pruned)
_RECORDS = msgspec.json.Decoder(Record)


def pruned_of(directory: Path) -> Pruned | None:
    """
    Return what was pruned from the log in *directory*, None where nothing was.

    Raises :class:`~bipro_sync.errors.IntegrityError` where that cannot be read.
    """
    path = directory / NAME
    if not exists(path):
        return None
    try:
        found = _DECODER.decode(read_whole(path))
        found.tree()
    except (*UNREADABLE, ValueError):
        _refuse(f"{NAME} of the audit log cannot be read, so where the log begins cannot be told.")
    if found.format != FORMAT:
        _refuse(f"{NAME} of the audit log has format {found.format}; this version reads {FORMAT}.")
    return found


def announcement(pruned: bytes) -> str:
    """
    Return how the record begins that vouches for a `pruned.json` of these bytes.
    """
    return f"audit; {NAME} {hashlib.sha256(pruned).hexdigest()}; "


def is_vouched(directory: Path) -> bool:
    """
    Say whether the log in *directory*, from where it begins now, vouches for its `pruned.json`; without one it does.
    """
    path = directory / NAME
    if not exists(path):
        return True
    said = announcement(read_whole(path))
    segments = (each for each in children(directory) if each.name.startswith("audit-") and each.suffix == ".jsonl")
    return any(_vouches(line, said) for segment in segments for line in _lines_with(segment, said.encode()))


def _lines_with(segment: Path, words: bytes) -> list[bytes]:
    """
    Return the lines of a segment in which these bytes stand; the others, a million perhaps, are not looked at.
    """
    data = read_whole(segment)
    return [line for line in data.split(b"\n") if words in line] if words in data else []


def _vouches(line: bytes, said: str) -> bool:
    try:
        record = _RECORDS.decode(line)
    except UNREADABLE:
        return False
    return record.type is RecordType.PRUNE and (record.detail or "").startswith(said)


def retained(directory: Path) -> Iterator[Record]:
    """
    Yield what is still told of records that are gone, oldest first: enough for a rebuild, and no person's name.

    Raises :class:`~bipro_sync.errors.IntegrityError` where it is not what was written, before anything is yielded.
    """
    pruned = pruned_of(directory)
    if pruned is None:
        return
    path = directory / pruned.told
    digest = hashlib.sha256()
    if exists(path):
        for chunk in chunks(path):
            digest.update(chunk)
    if digest.hexdigest() != pruned.told_sha256:
        _refuse(f"{pruned.told} is not what was kept of the audit log's pruned records.")
    with path.open("rb") as lines:
        yield from map(_RECORDS.decode, lines)


def _refuse(problem: str) -> NoReturn:
    raise IntegrityError(
        problem, hint="Keep everything as it is; bring the file back from a backup.", family=Family.AUDIT
    )
