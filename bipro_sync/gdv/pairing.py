"""Which group of an older delivery is which of a newer one; groups with the same bytes are set aside undecoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .group import Group, Key, Kind


_COUNTED = frozenset({Kind.PARTNER, Kind.CLAIM, Kind.COMMISSION})
"""Kinds whose keys end with an ordinal, which says nothing where one of several has come or gone."""


class Left:
    """
    The groups of an older delivery that have found nobody yet; *same* counts those that were set aside.
    """

    def __init__(self, groups: Iterable[Group]) -> None:
        self.same = 0
        self._held: dict[tuple[str, ...], list[Group]] = {}
        for group in groups:
            self._held.setdefault(_stem(group.kind, group.key), []).append(group)

    def takes_same(self, group: Group) -> bool:
        """
        Set a group with the same bytes aside, if there is one.
        """
        held = self._held.get(_stem(group.kind, group.key))
        if held:
            digest = group.digest()
            for place, each in enumerate(held):
                if each.digest() == digest:
                    del held[place]
                    self.same += 1
                    return True
        return False

    def take(self, key: Key) -> Group | None:
        """
        Give the contract with this key away.
        """
        held = self._held.get(_stem(Kind.CONTRACT, key))
        return held.pop(0) if held else None

    def find(self, key: Key) -> Group | None:
        """
        Return the contract with this key.
        """
        held = self._held.get(_stem(Kind.CONTRACT, key))
        return held[0] if held else None

    def paired(self, groups: list[Group], moved: Mapping[Key, Key]) -> Iterator[tuple[Group, Group | None]]:
        """
        Yield each of *groups* with the older one that it was, if any: that of its key, else one that only its ordinal
        tells from it; a partner's may stand under the policy number that the contract *moved* from.
        """
        exact = [self._take(_stem(group.kind, group.key), group.key) for group in groups]
        for group, found in zip(groups, exact, strict=True):
            origin = moved.get(group.key[:2]) if group.kind is Kind.PARTNER else None
            stem = _stem(group.kind, (*(origin or group.key[:2]), *group.key[2:]))
            yield group, found or self._take(stem, None)

    def rest(self) -> Iterator[Group]:
        """
        Yield who found nobody.
        """
        for held in self._held.values():
            yield from held

    def _take(self, stem: tuple[str, ...], key: Key | None) -> Group | None:
        held = self._held.get(stem, [])
        for place, each in enumerate(held):
            if key is None or each.key == key:
                return held.pop(place)
        return None


def _stem(kind: Kind, key: Key) -> tuple[str, ...]:
    return (kind, *key[:-1]) if kind in _COUNTED else (kind, *key)
