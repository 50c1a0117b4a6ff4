"""How a contract stands at its end, read from its general record without decoding the rest."""

from __future__ import annotations

from .codes import Gone, Status
from .group import Group, Kind
from .layouts import part
from .record import Record


def is_cancelled(group: Group) -> bool:
    """
    Say whether the group is a contract whose status is that it has ended.
    """
    general = _general(group)
    return general is not None and general.text(69, 1) == Status.CANCELLED


def ending(group: Group) -> str | None:
    """
    Return the code for why a contract ended (Abgangsgrund), where it says so.
    """
    general = _general(group)
    return general.text(70, 2).strip() or None if general is not None else None


def is_linked(group: Group) -> bool:
    """
    Say whether a contract may tell of another that it goes on as, or was before.
    """
    general = _general(group)
    return general is not None and (general.text(226, 1) in {"1", "2"} or general.text(70, 2) in set(Gone))


def _general(group: Group) -> Record | None:
    if group.kind is not Kind.CONTRACT:
        return None
    first = part("0200", 1)
    return next((each for each in group.records if each.part is first), None)
