"""Which releases of the norm are spoken here; nothing here looks at a message."""

from __future__ import annotations


def release_problem(version: str) -> str | None:
    """
    Return why a service of this BiPROVersion cannot be used, be it written with four numbers or with five, or None.
    """
    if version.partition(".")[0] != "1":
        return None
    return (
        "Release 1 is not supported, because its messages have another shape throughout; "
        "ask the insurer for the address of its service of release 2"
    )
