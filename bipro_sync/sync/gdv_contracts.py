"""What the catalogue knows of a contract: its latest state, and what changed from one to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from ..catalog import GdvQueries, State
from ..config import Config
from ..errors import UsageError
from ..gdv.book import Contract, contract
from ..gdv.changes import Change, changes
from ..gdv.entities import Entity
from ..gdv.grouping import Kind
from ..gdv.policy_numbers import FORMS, Form, KnownNumbers, Match, Method
from ..insurers import Insurer, effective
from ..model.policy_number import normalised


KINDS = (Kind.CONTRACT, Kind.PARTNER, Kind.CLAIM, Kind.COMMISSION)
"""What is known under a policy number, in the order in which people ask for it."""


@dataclass(frozen=True, slots=True)
class Version:
    """
    One state of something, and what is different in it from the state before; nothing in the first.
    """

    state: State
    changes: tuple[Change, ...]


def contract_of(state: State) -> Contract:
    """
    Return the contract that a state of one says.
    """
    return contract(Entity(Kind.CONTRACT, state.key, state.content, state.records, state.status))


def versions(states: Iterable[State]) -> Iterator[list[Version]]:
    """
    Yield the versions of each thing that the *states* are of, oldest first; they come sorted, as the catalogue gives
    them.
    """
    for _, mine in groupby(states, key=lambda state: (state.insurer, state.kind, state.key)):
        found: list[Version] = []
        for state in mine:
            before = found[-1].state if found else None
            changed = changes(before.content, state.content) if before else ()
            found.append(Version(state, tuple(changed)))
        yield found


def policy_meant(config: Config, queries: GdvQueries, number: str, insurers: Iterable[str]) -> Match:
    """
    Return the policy number that somebody means by *number*, among those of these insurers, or of all without any.

    Raises :class:`~bipro_sync.errors.UsageError` where none is meant, or which one cannot be told: nothing is guessed.
    """
    wanted = list(insurers)
    plain = normalised(number)
    if not plain:
        raise UsageError("A policy number has digits or letters.")
    forms = {name: form for name, form in _forms(config) if not wanted or name in wanted}
    theirs = {each.insurer for each in queries.states([Kind.CONTRACT], insurers=wanted, policy=plain, latest=False)}
    if theirs:
        unknown_area = any(form.has_unknown_area(plain) for name, form in forms.items() if name in theirs)
        return Match(Method.EXACT if plain == number.strip() else Method.NORMALISED, (plain,), unknown_area)
    found = [KnownNumbers(queries.policies(name), form).find(number) for name, form in forms.items()]
    meant = {each for match in found for each in match.numbers}
    if len(meant) > 1:
        raise UsageError(
            f"{len(meant)} contracts may be meant.", hint="Give the number in full, area included, or the insurer."
        )
    for match in found:
        if match.number is not None:
            return match
    raise UsageError("No contract with this number is known.", hint="See `bipro-sync contracts list`.")


def _forms(config: Config) -> Iterator[tuple[str, Form]]:
    """
    Yield the insurers whose numbers have a form of their own.
    """
    for name, insurer in effective(config).items():
        if isinstance(insurer, Insurer) and insurer.profile.name in FORMS:
            yield name, FORMS[insurer.profile.name]
