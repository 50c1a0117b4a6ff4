"""What the second copy is still owed, durable in the archive's `state/`: a file a shipment, gone once it is paid."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

import msgspec

from ..durable import FileLock, children, exists, make_directory, remove_drafts, remove_file, replace
from .acknowledged import Acknowledgement
from .copy_place import CopyPlace
from .state_file import read_state


class Debt(msgspec.Struct, frozen=True, kw_only=True):
    """
    A shipment that is to be copied, and what is to be noted of it if it was acknowledged meanwhile.
    """

    path: str
    acknowledgement: Acknowledgement | None = None


_DECODER = msgspec.json.Decoder(Debt)


class CopyDebts:
    """
    The debts of one archive, by insurer.
    """

    def __init__(self, place: CopyPlace) -> None:
        self._lock = place.lock
        self._root = place.state / "owed"

    def owe(self, path: PurePosixPath, acknowledgement: Acknowledgement | None = None) -> None:
        """
        Note that the shipment at *path* is to be copied; durable when it returns.

        Without an *acknowledgement*, one that was noted before stays.
        """
        file = self._root / path.parts[1] / f"{hashlib.sha256(str(path).encode()).hexdigest()[:32]}.json"
        make_directory(file.parent)
        with FileLock(self._lock):
            if acknowledgement or not exists(file):
                replace(file, msgspec.json.encode(Debt(path=str(path), acknowledgement=acknowledgement)))

    def clear(self, insurer: str) -> None:
        """
        Remove what processes that died were about to note of one insurer.
        """
        if exists(self._root / insurer):
            with FileLock(self._lock):
                remove_drafts(self._root / insurer, r"[0-9a-f]{32}\.json")

    def insurers(self) -> list[str]:
        """
        Return the insurers that shipments are owed of.
        """
        return [directory.name for directory in children(self._root) if children(directory)]

    def of(self, insurer: str) -> list[Path]:
        """
        Return the files of what is owed of one insurer; its cost does not grow with the archive.
        """
        return [file for file in children(self._root / insurer) if file.suffix == ".json"]

    def read(self, file: Path) -> Debt | None:
        """
        Return the debt in *file*; None where somebody has paid it meanwhile.

        Raises :class:`~bipro_sync.errors.StorageError` where it is garbage.
        """
        with FileLock(self._lock):
            return _debt_in(file)

    def paid(self, file: Path, debt: Debt) -> None:
        """
        Remove a debt, unless somebody has added to it since it was read.
        """
        with FileLock(self._lock):
            if _debt_in(file) == debt:
                remove_file(file)


def _debt_in(file: Path) -> Debt | None:
    return read_state(
        file,
        _DECODER,
        problem=f"{file} cannot be read, so which shipment is still to be copied cannot be told.",
        hint="Remove it and type `bipro-sync archive copy`, which finds what the copy lacks by itself.",
    )
