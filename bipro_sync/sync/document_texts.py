"""Entering what stored PDF files say into the index of texts: after everything else, and never in anything's way.

Whether bytes are kept, shown or acknowledged does not depend on it (I12).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..archive import Archive, Layout
from ..catalog import Entry, HistoryPlace, Queries, ReadShipment, Texts
from ..durable import FileLock
from ..errors import BusyError, IntegrityError
from ..texts import Outcome, PdfReader
from .recording import words_of


PDF = "application/pdf"

_AT_ONCE = 200
"""Changes of the ledger that are looked at together."""


@dataclass(slots=True)
class TextsRead:
    """
    What came of one going through: *shipments* entered, *files* by outcome, and whether it got to the end.
    """

    shipments: int = 0
    files: Counter[Outcome] = field(default_factory=Counter)
    whole: bool = False


def read_texts(
    archive: Archive,
    queries: Queries,
    *,
    seconds: float | None = None,
    anew: bool = False,
    stop: Callable[[], object] = lambda: None,
    step: Callable[[str], None] = lambda _: None,
) -> TextsRead:
    """
    Read what has been stored since the last time, and enter what it says; begin nothing new after *seconds*, or
    once *stop* returns something.

    *anew* forgets everything first.  *step* is told of each thing done.  Raises
    :class:`~bipro_sync.errors.BusyError` while another process does this, and
    :class:`~bipro_sync.errors.StorageError` where the index cannot be written.
    """
    end = None if seconds is None else time.monotonic() + seconds
    with _alone(archive.layout), Texts.begun(archive.layout.texts, anew=anew) as texts, PdfReader() as reader:
        reading = _Reading(archive, queries, texts, reader, step)
        reading.run(lambda: bool(stop()) or (end is not None and time.monotonic() >= end))
    return reading.done


@dataclass(slots=True)
class _Reading:
    archive: Archive
    queries: Queries
    texts: Texts
    reader: PdfReader
    step: Callable[[str], None]
    done: TextsRead = field(default_factory=TextsRead)

    def run(self, is_over: Callable[[], bool]) -> None:
        newest = self.queries.newest_place()
        for place, entry in self._changed():
            shipment = ReadShipment(entry.insurer, entry.id, entry.kind, entry.manifest_sha256 or "")
            if not self.texts.has(shipment):
                if is_over():
                    return
                self._read(entry, shipment)
                self.texts.reach(place)
        if newest:
            self.texts.reach(newest)
        self.done.whole = True

    def _changed(self) -> Iterator[tuple[HistoryPlace, Entry]]:
        """
        Yield what was stored or has moved since the place that was reached; everything where that is not known.
        """
        place = self.texts.place()
        after = place.step if place and self.queries.has_place(place) else 0
        while some := self.queries.stored_after(after, media_type=PDF, limit=_AT_ONCE):
            yield from some
            after = some[-1][0].step

    def _read(self, entry: Entry, shipment: ReadShipment) -> None:
        assert entry.path is not None  # it is stored
        try:
            manifest, digest = self.archive.manifest(entry.path)
        except IntegrityError:
            return  # `archive verify` tells of that
        if digest != shipment.manifest_sha256:
            return
        said = [entry.id, *words_of(manifest)]
        for file in manifest.files:
            if file.media_type == PDF:
                reading = self.reader.read(self.archive.layout.root / entry.path / file.stored)
                self.done.files[reading.outcome] += 1
                said.append(reading.text)
                self.step("files")
        self.texts.enter(shipment, "\n".join(said))
        self.done.shipments += 1


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    lock = FileLock(layout.state / "texts.lock")
    if not lock.acquire(wait=False):
        raise BusyError(
            "What documents say is being read by another process.", hint="It does the work; nothing is missed."
        )
    try:
        yield
    finally:
        lock.release()
