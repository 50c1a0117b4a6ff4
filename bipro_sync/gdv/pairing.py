"""Which group of an older delivery is which of a newer one, under one policy number or where a contract moved to."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Sequence

from .group import Group, Key, Kind


_COUNTED = frozenset({Kind.PARTNER, Kind.CLAIM, Kind.COMMISSION})
"""Kinds whose keys end with an ordinal, which says nothing where one of several has come or gone."""


def paired(older: Iterable[Group], newer: Sequence[Group]) -> tuple[list[Group | None], list[Group]]:
    """
    Return, for each newer group, the older one that it was, and the older ones that found nobody.

    One with the same bytes is preferred, then one of the same key, then one that only its ordinal tells from it;
    insurer's number and policy number are left out of account.
    """
    found: list[Group | None] = [None] * len(newer)
    left = list(older)
    for sign in (_bytes, _key, _stem):
        waiting: dict[Hashable, deque[Group]] = {}
        for group in left:
            waiting.setdefault(sign(group), deque()).append(group)
        for place, group in enumerate(newer):
            if found[place] is None and (held := waiting.get(sign(group))):
                found[place] = held.popleft()
        left = [group for held in waiting.values() for group in held]
    return found, left


def _stem(group: Group) -> tuple[Kind, Key]:
    key = group.key[2:]
    return group.kind, key[:-1] if group.kind in _COUNTED else key


def _key(group: Group) -> tuple[Kind, Key]:
    return group.kind, group.key[2:]


def _bytes(group: Group) -> tuple[Kind, Key, bytes]:
    return *_stem(group), group.digest()
