"""Gathers what bears witness to the log: checkpoints beside it and in anchors outside; it compares nothing with it.

What is gathered is believed as far as its signatures go, and no further: keys that are not known prove nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..durable import children, is_directory, read_whole
from ..errors import IntegrityError, UsageError
from ..model.verifier import Verifier
from .checkpoint import Checkpoint
from .checkpoints import Checkpoints
from .note import opened


_ANCHORED = re.compile(r"(.+)-(\d{12})\.note")


@dataclass(frozen=True, slots=True)
class Witness:
    """
    A checkpoint of the log, where it was found, and the keys known that have signed it.
    """

    checkpoint: Checkpoint
    path: Path
    anchored: bool
    signed_by: tuple[Verifier, ...]

    @property
    def is_vouched_for(self) -> bool:
        """
        Whether more speaks for it than that it lies beside the log.
        """
        return self.anchored or bool(self.signed_by)

    @property
    def name(self) -> str:
        """
        What people call it by.
        """
        where = "anchored checkpoint" if self.anchored else "checkpoint"
        return f"{where} of {self.checkpoint.size} records"


@dataclass(frozen=True, slots=True)
class Unbelievable:
    """
    A file that should be a checkpoint of *size* records (0: it does not say) and cannot be believed.
    """

    size: int
    reason: str


@dataclass(frozen=True, slots=True)
class Testimony:
    """
    All that bears witness to a log, the smallest checkpoint first; with *pinned*, keys were known to hold them against.
    """

    witnesses: Sequence[Witness]
    unbelievable: Sequence[Unbelievable]
    pinned: bool

    @property
    def beside(self) -> dict[int, Witness]:
        """
        The witnesses beside the log, by size.
        """
        return {each.checkpoint.size: each for each in self.witnesses if not each.anchored}

    @property
    def anchored(self) -> list[Witness]:
        """
        The witnesses outside.
        """
        return [each for each in self.witnesses if each.anchored]


def gather(directory: Path, known: Collection[Verifier], anchors: Collection[Path]) -> Testimony:
    """
    Return what there is beside the log in *directory* and in *anchors*: directories, or notes of single checkpoints.

    An anchor may hold other logs' checkpoints, too: of this log are those under the name of a key that is *known*; with
    none known there may be only one log's.  Raises :class:`~bipro_sync.errors.UsageError` where there are several,
    :class:`~bipro_sync.errors.StorageError` where something cannot be read.
    """
    witnesses: list[Witness] = []
    unbelievable: list[Unbelievable] = []
    for place in [*_beside(directory), *_outside(anchors, {verifier.name for verifier in known})]:
        try:
            witnesses.append(_witness(place, known))
        except IntegrityError as error:
            unbelievable.append(Unbelievable(place.size or 0, f"{place.path}: {error.message.rstrip('.')}"))
    _demand_one_log({each.checkpoint.origin for each in witnesses if each.anchored})
    witnesses.sort(key=lambda each: each.checkpoint.size)
    return Testimony(witnesses, unbelievable, pinned=bool(known))


@dataclass(frozen=True, slots=True)
class _Place:
    """
    A file with a note, and the size that its name tells.
    """

    path: Path
    size: int | None
    anchored: bool


def _beside(directory: Path) -> Iterator[_Place]:
    for path in Checkpoints(directory).paths():
        yield _Place(path, int(path.stem), anchored=False)


def _outside(anchors: Collection[Path], names: Collection[str]) -> Iterator[_Place]:
    for anchor in anchors:
        if not is_directory(anchor):
            yield _Place(anchor, None, anchored=True)
            continue
        for path in children(anchor):
            found = _ANCHORED.fullmatch(path.name)
            if found and (not names or found[1] in names):
                yield _Place(path, int(found[2]), anchored=True)


def _witness(place: _Place, known: Collection[Verifier]) -> Witness:
    note = opened(read_whole(place.path), known)
    if known and not note.signed_by:
        raise IntegrityError("it bears no signature of a key that is known")
    checkpoint = Checkpoint.parse(note.text)
    if place.size is not None and checkpoint.size != place.size:
        raise IntegrityError(f"it is one of {checkpoint.size} records, not of as many as its name says")
    return Witness(checkpoint, place.path, place.anchored, note.signed_by)


def _demand_one_log(origins: Collection[str]) -> None:
    if len(origins) > 1:
        raise UsageError(
            f"The anchor holds checkpoints of several logs: {', '.join(sorted(origins))}.",
            hint="Name the key of the log in question with `--pubkey`.",
        )
