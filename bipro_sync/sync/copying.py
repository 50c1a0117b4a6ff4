"""The second copy in a run: everything stored is copied or owed; a copy that fails holds up acknowledgements alone."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath

from ..archive import (
    Acknowledgement,
    Archive,
    CopyDebts,
    CopyPlace,
    Debt,
    Manifest,
    SecondCopy,
    SpooledShipment,
    Stored,
    acknowledgement_of,
)
from ..catalog import Entry
from ..errors import BiproSyncError, IntegrityError, SecondCopyError
from ..model.ports import Clock
from ..model.shipment import FetchedShipment


class Copying:
    """
    What one run does about the second copy at *place*.

    Once the copy has failed, this run leaves it alone: what is stored then is owed, durably, and a later run pays.
    *writer* names whose drafts in the copy are this run's; None: each insurer's, whose account the run holds.
    """

    def __init__(self, place: CopyPlace, clock: Clock, *, writer: str | None = None) -> None:
        self._clock = clock
        self._writer = writer
        self._archive = Archive(place.layout)
        self._copy = SecondCopy(place)
        self._debts = CopyDebts(place)
        self._copied: set[PurePosixPath] = set()
        self._failed: SecondCopyError | None = None
        self._troubles: dict[str, dict[str, BiproSyncError]] = defaultdict(dict)
        self._threads = threading.Lock()

    def keep(self, path: PurePosixPath) -> None:
        """
        Copy what was just stored; where that fails, it is owed durably when this returns.
        """
        if not self._works(path.parts[1], partial(self._copy_once, path)):
            self._debts.owe(path)

    def before_acknowledging(self, entry: Entry, *, waits: bool) -> bool:
        """
        Have the shipment copied and read back there, and noted as about to be acknowledged.

        Says whether it may be acknowledged: where the copy fails, only what does not wait for it; that is owed then.
        """
        assert entry.path is not None
        acknowledgement = acknowledgement_of(self._archive, entry.path, self._clock.now())
        done = self._works(entry.insurer, partial(self._copy_and_note, entry.path, acknowledgement))
        if not done and not waits:
            self._debts.owe(entry.path, acknowledgement)
        return done or not waits

    def settle(self, insurer: str, stop: Callable[[], object]) -> None:
        """
        Copy what earlier runs could not, and note what they acknowledged; it looks at nothing else.
        """
        self._debts.clear(insurer)
        for file in self._debts.of(insurer):
            if stop():
                return
            if debt := self._debts.read(file):
                self._works(insurer, partial(self._pay, file, debt))
            if self._failed:
                return

    def troubles(self, insurer: str) -> list[BiproSyncError]:
        """
        Return what went wrong with this insurer's copies since it was last asked, each trouble once.
        """
        with self._threads:
            return list(self._troubles.pop(insurer, {}).values())

    def _works(self, insurer: str, action: Callable[[], None]) -> bool:
        """
        Do something with the copy and say whether that went well; what did not is told as the insurer's.

        A storage error of the archive itself is none of the copy's, and is raised.
        """
        trouble: BiproSyncError | None = self._failed
        if trouble is None:
            try:
                action()
            except SecondCopyError as error:
                trouble = self._failed = error
            except IntegrityError as error:
                trouble = error
            else:
                return True
        with self._threads:
            self._troubles[insurer].setdefault(trouble.message, trouble)
        return False

    def _copy_once(self, path: PurePosixPath) -> None:
        if path not in self._copied:
            self._copy.copy(path, writer=self._writer or path.parts[1])
            self._copied.add(path)

    def _copy_and_note(self, path: PurePosixPath, acknowledgement: Acknowledgement) -> None:
        self._copy_once(path)
        self._copy.note(acknowledgement)

    def _pay(self, file: Path, debt: Debt) -> None:
        self._copy_once(PurePosixPath(debt.path))
        if debt.acknowledgement:
            self._copy.note(debt.acknowledgement)
        self._debts.paid(file, debt)


class CopiedArchive(Archive):
    """
    An archive whose shipments are copied, or owed, before anything is said of them in the catalogue.
    """

    def __init__(self, place: CopyPlace, copying: Copying) -> None:
        super().__init__(place.layout)
        self._copying = copying

    def store(
        self, received: SpooledShipment, draft: Manifest, fetched: FetchedShipment, path: PurePosixPath
    ) -> Stored:
        """
        Store as an :class:`~bipro_sync.archive.Archive` does, and copy.
        """
        stored = super().store(received, draft, fetched, path)
        self._copying.keep(path)
        return stored

    def adopt(self, path: PurePosixPath) -> Stored:
        """
        Adopt as an :class:`~bipro_sync.archive.Archive` does, and copy.
        """
        stored = super().adopt(path)
        self._copying.keep(path)
        return stored
