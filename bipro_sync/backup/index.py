"""What a backup says of itself: which objects are which files; it names no customer, and no secret."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import msgspec

from ..errors import IntegrityError


FORMAT = 1
"""The format of all that is written into a backup's directory; readers accept this one only."""


class KeptShipment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One shipment of a month: its directory's name, the object that is its pack, and whether a tombstone stood for some
    of its files then.
    """

    name: str
    object: str
    erased: bool = False


class KeptMonth(msgspec.Struct, frozen=True, kw_only=True):
    """
    Where shipments of one month lie, relative to the root, and the object that lists them, each a
    :class:`KeptShipment`.
    """

    path: str
    object: str
    shipments: int


class KeptSegment(msgspec.Struct, frozen=True, kw_only=True):
    """
    A segment of the audit log: its name, how many bytes of it, and the object that they are.
    """

    name: str
    size: int
    object: str


class KeptPack(msgspec.Struct, frozen=True, kw_only=True):
    """
    Small files from below *path* (relative to the root), in one pack; *state* changes with any of them.
    """

    path: str
    object: str
    state: str


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """
    One backup, whole: what is needed to restore it are the objects named here and nothing else.

    The audit log goes as far as *records*, the last of the time *log_ts*.  *missing* are sentences on what is not in
    it.
    """

    format: int
    name: str
    made_at: datetime
    software: str
    environment: str
    configuration: str
    records: int
    log_ts: str
    segments: tuple[KeptSegment, ...]
    packs: tuple[KeptPack, ...]
    months: tuple[KeptMonth, ...]
    missing: tuple[str, ...]

    @property
    def shipments(self) -> int:
        """
        How many shipments are in it, those in quarantine included.
        """
        return sum(month.shipments for month in self.months)


_Read = TypeVar("_Read")
BACKUPS = msgspec.json.Decoder(Backup)
MONTHS = msgspec.json.Decoder(list[KeptShipment])


def read(data: bytes, decoder: msgspec.json.Decoder[_Read]) -> _Read:
    """
    Return what *data* says.  Raises :class:`~bipro_sync.errors.IntegrityError` where it is not what was written.
    """
    try:
        found = decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise IntegrityError(
            f"An index of the backup cannot be read ({type(error).__name__}).", hint="An older backup may be whole."
        ) from error
    if isinstance(found, Backup) and found.format != FORMAT:
        raise IntegrityError(f"The backup has format {found.format}; this version reads {FORMAT}.")
    return found


def written(index: Backup | list[KeptShipment]) -> bytes:
    """
    Return the bytes that say it, the same for the same.
    """
    return msgspec.json.encode(index)
