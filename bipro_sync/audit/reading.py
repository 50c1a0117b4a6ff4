"""Reads the audit log as records, oldest first; it streams, and never repairs or judges more than a line."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import count, takewhile
from pathlib import Path

import msgspec

from ..durable import storage_error
from ..errors import Family, IntegrityError
from .chain import segment_path
from .record import UNREADABLE, Record, RecordType, timestamp


_RECORDS = msgspec.json.Decoder(Record)


def read(
    directory: Path,
    *,
    insurer: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    types: Collection[RecordType] | None = None,
    shipment: str | None = None,
    run: str | None = None,
) -> Iterator[Record]:
    """
    Yield the records that fit, oldest first; *since* is included, *until* is not, both are aware.

    A last line that a crash has cut or a writer has not finished is passed over.  Raises
    :class:`~bipro_sync.errors.IntegrityError` at a line that is not a record.
    """
    begin = timestamp(since) if since else ""
    end = timestamp(until) if until else "~"
    for record in _records(directory):
        if (
            begin <= record.ts < end
            and (insurer is None or record.insurer == insurer)
            and (types is None or record.type in types)
            and (shipment is None or record.shipment == shipment)
            and (run is None or record.run == run)
        ):
            yield record


def _records(directory: Path) -> Iterator[Record]:
    for path in takewhile(Path.exists, (segment_path(directory, number) for number in count(1))):
        try:
            with path.open("rb") as file:
                yield from map(_RECORDS.decode, takewhile(_is_complete, file))
        except OSError as error:
            raise storage_error("read", path, error) from error
        except UNREADABLE as error:
            raise IntegrityError(
                f"A line of {path.name} is not an audit record.",
                hint="`bipro-sync audit verify` says which; keep everything as it is.",
                family=Family.AUDIT,
            ) from error


def _is_complete(line: bytes) -> bool:
    return line.endswith(b"\n")
