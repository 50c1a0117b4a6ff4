"""Contracts that went on elsewhere: under a new number, or with the insurer that took a portfolio over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .book import Contract
from .group import Key


class Contracts:
    """
    The keys of a delivery's contracts, found by what other contracts say of them.
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        self._by_number: dict[str, list[Key]] = {}
        for key in keys:
            self._by_number.setdefault(key[1], []).append(key)

    def find(self, number: str, beside: Key, *, elsewhere: bool) -> Key | None:
        """
        Return the contract with this number that stands for the one *beside* it: of the same line, or the only one; of
        the same insurer, or of another where *elsewhere*.  Between several, None.
        """
        numbered = [key for key in self._by_number.get(number, []) if key != beside]
        candidates = [key for key in numbered if (key[0] != beside[0]) == elsewhere]
        chosen = [key for key in candidates if key[2] == beside[2]] or candidates
        return chosen[0] if len(chosen) == 1 else None


def moves(told: Mapping[Key, Contract], old: Contracts, new: Contracts) -> dict[Key, Key]:
    """
    Return where contracts went to, by what those of a new delivery tell of themselves; each leads to the last of its
    chain.

    A cancelled contract names its new number, or is taken to another insurer under its own; a contract names the number
    that it had before.
    """
    steps: dict[Key, Key] = {}
    for key, contract in told.items():
        if contract.went_to_another_insurer:
            number = contract.new_number or contract.policy_number
            _note(steps, key, new.find(number, key, elsewhere=True))
        elif contract.new_number:
            after = new.find(contract.new_number, key, elsewhere=False)
            _note(steps, key, after or new.find(contract.new_number, key, elsewhere=True))
        if contract.old_number:
            before = old.find(contract.old_number, key, elsewhere=False)
            before = before or new.find(contract.old_number, key, elsewhere=False)
            if before is not None:
                _note(steps, before, key)
    return {key: _end(steps, key) for key in steps}


def _note(steps: dict[Key, Key], before: Key, after: Key | None) -> None:
    if after is not None and before != after:
        steps.setdefault(before, after)


def _end(steps: Mapping[Key, Key], key: Key) -> Key:
    seen = {key}
    while key in steps and steps[key] not in seen:
        key = steps[key]
        seen.add(key)
    return key
