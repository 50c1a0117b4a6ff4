"""The same by hand: deliveries that somebody asks for, into a new directory, in the form in which targets get them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from ..archive import Archive
from ..catalog import Entry
from ..durable import exists, make_directory
from ..errors import IntegrityError, UsageError
from ..model.naming import USUAL, NameTemplate
from .bringing import bring, index_path, path_of
from .contents import Delivery, delivery_of
from .describing import index, index_row
from .target import Target, target_errors


_NAMES = NameTemplate.parse(USUAL)


@dataclass(frozen=True, slots=True)
class Exported:
    """
    How many shipments and files lie in the new directory, and why others do not.
    """

    shipments: int
    files: int
    lacking: tuple[str, ...]


def demand_new(directory: Path) -> None:
    """
    Raise :class:`~bipro_sync.errors.UsageError` where there is something at *directory* already.
    """
    if exists(directory):
        raise UsageError(f"{directory} is there already; an export needs a new directory.")


def export(archive: Archive, entries: Sequence[Entry], directory: Path) -> Exported:
    """
    Bring these shipments into a new *directory*, with side-cars, and an index of each insurer's days as the last.

    Who is given what must stand in the log before.  Raises :class:`~bipro_sync.errors.HandoverError` where the disk
    takes no more.
    """
    demand_new(directory)
    make_directory(directory)
    target = Target("export", directory)
    lacking: list[str] = []
    brought: list[Delivery] = []
    target.demand(begun=False)
    for entry in entries:
        try:
            delivery = delivery_of(archive, entry)
            with target_errors(target.name):
                bring(target, _NAMES, delivery, side_cars=True)
        except IntegrityError as error:
            lacking.append(error.message)
        else:
            brought.append(delivery)
    with target_errors(target.name):
        _write_indices(target, brought)
        target.end()
    return Exported(len(brought), sum(len(each.items) for each in brought), tuple(lacking))


def _write_indices(target: Target, brought: Sequence[Delivery]) -> None:
    def insurer_and_day(delivery: Delivery) -> tuple[str, str]:
        return delivery.manifest.insurer, delivery.day

    for (insurer, day), group in groupby(sorted(brought, key=insurer_and_day), key=insurer_and_day):
        rows = [index_row(each, item, path_of(_NAMES, each, item)) for each in group for item in each.items]
        target.put(index(rows), index_path(insurer, day))
