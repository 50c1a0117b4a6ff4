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
from ..gdv.policy_numbers import FORMS, KnownNumbers, Match, Method
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
    return contract(Entity(Kind.CONTRACT, state.key, state.content, state.records))


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
    if any(queries.states([Kind.CONTRACT], insurers=wanted, policy=plain, latest=False, limit=1)):
        return Match(Method.EXACT if plain == number else Method.NORMALISED, (plain,))
    for name, insurer in effective(config).items():
        form = FORMS.get(insurer.profile.name) if isinstance(insurer, Insurer) else None
        if form is None or (wanted and name not in wanted):
            continue
        match = KnownNumbers(queries.policies(name), form).find(number)
        if match.number is not None:
            return match
        if match.method is Method.AMBIGUOUS:
            raise UsageError(
                f"{len(match.numbers)} contracts of {name} may be meant.",
                hint="Give the number in full, area included.",
            )
    raise UsageError("No contract with this number is known.", hint="See `bipro-sync contracts list`.")
