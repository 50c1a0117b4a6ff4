"""Where the files of a shipment appear, and in which order: a watching system finds a file before what names it."""

from __future__ import annotations

from pathlib import PurePosixPath

from ..model.naming import NameTemplate
from .contents import Delivery, Item
from .describing import side_car
from .target import Target


def bring(target: Target, names: NameTemplate, delivery: Delivery, *, side_cars: bool) -> None:
    """
    Let the files of one shipment appear, each before its side-car.
    """
    for item in delivery.items:
        path = path_of(names, delivery, item)
        target.bring(item, path)
        if side_cars:
            target.put(side_car(delivery, item, path), path.with_name(f"{path.name}.json"))


def path_of(names: NameTemplate, delivery: Delivery, item: Item) -> PurePosixPath:
    """
    Return where a file of a shipment appears, relative to the target.
    """
    return names.path(delivery.values(item))


def index_path(insurer: str, day: str) -> PurePosixPath:
    """
    Return where the index of an insurer's day stands, relative to the target.
    """
    return PurePosixPath("index", insurer, f"{day}.csv")
