"""All that the log tells, what is kept of its pruned records included; for whoever concludes how things stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from .pruned import pruned_of, retained
from .reading import read
from .record import Record, RecordType


def all_told(
    directory: Path, *, after: int = 0, insurer: str | None = None, types: Collection[RecordType] | None = None
) -> Iterator[Record]:
    """
    Yield the records that fit, oldest first; of pruned ones what a rebuild needs, without anybody's name.

    Raises as :func:`~bipro_sync.audit.reading.read` and :func:`~bipro_sync.audit.pruned.retained`.
    """
    gone = pruned_of(directory)
    for record in retained(directory) if gone and after < gone.records else ():
        if (
            record.seq > after
            and (insurer is None or record.insurer == insurer)
            and (types is None or record.type in types)
        ):
            yield record
    yield from read(directory, after=after, insurer=insurer, types=types)
