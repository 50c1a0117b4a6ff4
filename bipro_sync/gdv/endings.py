"""How a contract stands, and how it ended, read from its general and specific records without decoding the rest."""

from __future__ import annotations

from .codes import Gone, Status
from .group import Group, Kind
from .layouts import part
from .record import Record


_STATUS = "Vertragsstatus"


def status_of(group: Group) -> str | None:
    """
    Return the code for a contract's status (Vertragsstatus), where it says so.

    A line of a bundle may end alone: where the general record is of the bundle, or of another line, and has not ended
    itself, the specific record's status counts.
    """
    general = _general(group)
    said = general.text(69, 1).strip() if general is not None else ""
    is_own = general is not None and general.text(11, 3).strip() == group.key[2]
    return (said if is_own or said == Status.CANCELLED else _specific_status(group) or said) or None


def is_cancelled(group: Group) -> bool:
    """
    Say whether the group is a contract whose status is that it has ended.
    """
    return status_of(group) == Status.CANCELLED


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


def _specific_status(group: Group) -> str:
    if group.kind is Kind.CONTRACT:
        for each in group.records:
            if each.part is not None and each.part.record_type == "0210" and _STATUS in each.part.by_key:
                field = each.part.field(_STATUS)
                return each.text(field.start, field.length).strip()
    return ""


def _general(group: Group) -> Record | None:
    if group.kind is not Kind.CONTRACT:
        return None
    first = part("0200", 1)
    return next((each for each in group.records if each.part is first), None)
