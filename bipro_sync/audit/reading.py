"""Reads the audit log as records, oldest first; it streams, and never repairs or judges more than a line."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from itertools import count, takewhile
from pathlib import Path

import msgspec

from ..durable import storage_error
from ..errors import Family, IntegrityError
from .chain import segment_path
from .pruned import pruned_of
from .record import UNREADABLE, Record, RecordType, timestamp
from .tail import whole_lines


_RECORDS = msgspec.json.Decoder(Record)


def read(
    directory: Path,
    *,
    after: int = 0,
    insurer: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    types: Collection[RecordType] | None = None,
    shipment: str | None = None,
    run: str | None = None,
    user: str | None = None,
    exchange: str | None = None,
) -> Iterator[Record]:
    """
    Yield the records that fit, oldest first; *since* is included, *until* is not, both are aware.  *user* is a person's
    key in `[users]` or a login.

    With *after*, only records of a higher sequence number; segments that end before it cost nothing.

    What a crash or a power cut has left behind the last record, or a writer has not finished, is passed over.  Raises
    :class:`~bipro_sync.errors.IntegrityError` at a line that is not a record.
    """
    begin = timestamp(since) if since else ""
    end = timestamp(until) if until else "~"
    for record in _records(directory, after):
        if (
            record.seq > after
            and begin <= record.ts < end
            and (insurer is None or record.insurer == insurer)
            and (types is None or record.type in types)
            and (shipment is None or record.shipment == shipment)
            and (run is None or record.run == run)
            and (user is None or user in {record.principal, record.os_user})
            and (exchange is None or record.exchange == exchange)
        ):
            yield record


def lines(directory: Path) -> Iterator[bytes]:
    """
    Yield the log's whole lines, without their newlines, oldest first.
    """
    for _, line in numbered_lines(directory):
        yield line


def numbered_lines(directory: Path) -> Iterator[tuple[int, bytes]]:
    """
    Yield the same with the number of the segment in which each stands.
    """
    for path in _segments(directory, after=0):
        number = int(path.stem.rpartition("-")[2])
        try:
            with path.open("rb") as file:
                for line in whole_lines(file):
                    yield number, line[:-1]
        except OSError as error:
            raise storage_error("read", path, error) from error


def latest(directory: Path, fits: Callable[[Record], bool]) -> Record | None:
    """
    Return the last record that fits, None where there is none; it reads segments from the log's end until it has it.
    Raises as :func:`read`.
    """
    for path in reversed(_segments(directory, after=0)):
        if found := deque(filter(fits, _records_of(path)), maxlen=1):
            return found[0]
    return None


def _records(directory: Path, after: int) -> Iterator[Record]:
    for path in _segments(directory, after):
        yield from _records_of(path)


def _records_of(path: Path) -> Iterator[Record]:
    try:
        with path.open("rb") as file:
            yield from map(_RECORDS.decode, whole_lines(file))
    except OSError as error:
        raise storage_error("read", path, error) from error
    except UNREADABLE as error:
        raise not_a_record(path.name) from error


def not_a_record(name: str) -> IntegrityError:
    """
    Return what is raised at a line of the segment *name* that cannot be read.
    """
    return IntegrityError(
        f"A line of {name} is not an audit record.",
        hint="`bipro-sync audit verify` says which; keep everything as it is.",
        family=Family.AUDIT,
    )


def _segments(directory: Path, after: int) -> list[Path]:
    """
    Return the segments, oldest first, from the last one that begins at *after* or before it.
    """
    gone = pruned_of(directory)
    numbers = count(1 + gone.segments if gone else 1)
    found = list(takewhile(Path.exists, (segment_path(directory, number) for number in numbers)))
    first = 0
    if after:
        # A segment whose first record a crash cut may begin anywhere.
        begins = (next(_records_of(path), None) for path in reversed(found))
        later = takewhile(lambda record: record is None or record.seq > after, begins)
        first = max(len(found) - 1 - sum(1 for _ in later), 0)
    return found[first:]
