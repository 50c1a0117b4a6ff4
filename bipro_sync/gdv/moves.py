"""Contracts that went on elsewhere: under a new number, or with the insurer that took a portfolio over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .book import contract
from .deliveries import Delivery
from .endings import is_cancelled, is_linked
from .entities import entity
from .group import Group, Key


class Moves:
    """
    What contracts moved between two deliveries, as told by the *different* groups of the newer one.

    *arrived* are the older contracts by the key under which they go on, at the end of their chain; *reasons* are their
    codes (Abgangsgrund).  *passed* are the keys whose story is told by that.
    """

    def __init__(self, old: Delivery, new: Delivery, different: Iterable[Group]) -> None:
        self.arrived: dict[Key, list[Group]] = {}
        self.reasons: dict[Key, str | None] = {}
        self.passed: set[Key] = set()
        self.policies: dict[Key, Key] = {}
        """From the policy number that a contract is under now to the one it was under, where that is new."""
        for key, to in self._routes(old, new, different).items():
            origin = old.contract(key)
            if origin is None:
                self.passed.add(key)
            elif _has_ended(new.contract(key)) and (old.contract(to) is None or not is_cancelled(origin)):
                self.passed.add(key)
                self.arrived.setdefault(to, []).append(origin)
                if to[:2] not in old.policies:
                    self.policies.setdefault(to[:2], key[:2])

    def _routes(self, old: Delivery, new: Delivery, different: Iterable[Group]) -> dict[Key, Key]:
        """
        Return where contracts went; each leads to the last of its chain.

        A cancelled contract names its new number, or is taken to another insurer under its own; a contract names the
        number that it had before.
        """
        steps: dict[Key, Key] = {}
        for group in different:
            if not is_linked(group):
                continue
            key, told = group.key, contract(entity(group))
            self.reasons[key] = told.gone_because
            if told.went_to_another_insurer:
                _note(steps, key, _only(new, told.new_number or told.policy_number, key, elsewhere=True))
            elif told.new_number:
                _note(steps, key, _only(new, told.new_number, key) or _only(new, told.new_number, key, elsewhere=True))
            if told.old_number:
                _note(steps, _only(old, told.old_number, key) or _only(new, told.old_number, key), key)
        return {key: _end(steps, key) for key in steps}


def _has_ended(contract_now: Group | None) -> bool:
    return contract_now is None or is_cancelled(contract_now)


def _only(delivery: Delivery, number: str, beside: Key, *, elsewhere: bool = False) -> Key | None:
    """
    Return the contract with this number that can stand for the one *beside* it: of the same line, or the only one; of
    the same insurer, or of another where *elsewhere*.  Between several, None.
    """
    candidates = [key for key in delivery.numbered(number) if key != beside and (key[0] != beside[0]) == elsewhere]
    chosen = [key for key in candidates if key[2] == beside[2]] or candidates
    return chosen[0] if len(chosen) == 1 else None


def _note(steps: dict[Key, Key], before: Key | None, after: Key | None) -> None:
    if before is not None and after is not None and before != after:
        steps.setdefault(before, after)


def _end(steps: Mapping[Key, Key], key: Key) -> Key:
    seen = {key}
    while key in steps and steps[key] not in seen:
        key = steps[key]
        seen.add(key)
    return key
