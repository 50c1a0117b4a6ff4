"""What an operator decides about shipments: on record before it takes effect, never past what is not stored (I4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from ..audit import RecordType
from ..catalog import Entry
from ..errors import (
    BiproSyncError,
    ExitCode,
    InsurerError,
    IntegrityError,
    StorageError,
    TemporaryError,
    UnreachableError,
    UsageError,
)
from ..insurers import Insurer, MisconfiguredInsurer
from ..model.decisions import Decision, destination, possible
from ..model.states import ShipmentState
from .acknowledging_now import acknowledging_now, demand_delivered
from .holding import DECIDE_LATER, held
from .recovery import recover
from .workplace import Workplace


CarryOut = Callable[[Entry, ShipmentState, str], Entry]
"""Takes a shipment to the state a decision leads to, for the reason given, and returns where it stands then."""


@dataclass(frozen=True, slots=True)
class Decided:
    """
    What became of a decision about one shipment: how it stood *before* and *after* it, and why nothing was done.
    """

    before: Entry
    after: Entry
    error: BiproSyncError | None = None

    @property
    def exit_code(self) -> ExitCode:
        """
        The error's code; 3 where the insurer did not confirm an acknowledgement.
        """
        if self.error:
            return self.error.exit_code
        unconfirmed = {ShipmentState.ACK_UNKNOWN, ShipmentState.ACK_REFUSED}
        return ExitCode.PARTIAL if self.after.state in unconfirmed else ExitCode.OK


def decide(
    place: Workplace,
    insurers: Mapping[str, Insurer | MisconfiguredInsurer],
    decision: Decision,
    chosen: Sequence[Entry],
    reason: str,
) -> list[Decided]:
    """
    Carry out an operator's decision about the *chosen* shipments, each insurer's under its account's lock.

    What cannot be done for one shipment stops no other, except that a lost login or connection ends its insurer.
    Raises :class:`~bipro_sync.errors.StorageError`, after which nothing more is done below this root (I5).
    """
    decided = []
    for name in dict.fromkeys(entry.insurer for entry in chosen):
        waiting = [entry for entry in chosen if entry.insurer == name]
        section = insurers.get(name)
        account = section.account if isinstance(section, Insurer) else waiting[0].account
        try:
            with held(place.layout, account, insurer=name, hint=DECIDE_LATER):
                # What a dead run left behind is put right before anybody decides; the next pull tells of damage.
                recover(place, name)
                with _means(place, decision, name, section) as carry_out:
                    while waiting:
                        decided.append(_decide_one(place, decision, waiting[0], reason, carry_out))
                        del waiting[0]
        except StorageError:
            raise
        except BiproSyncError as error:
            decided += [Decided(entry, _as_it_stands(place, entry), error) for entry in waiting]
    return decided


@contextmanager
def _means(
    place: Workplace, decision: Decision, name: str, section: Insurer | MisconfiguredInsurer | None
) -> Iterator[CarryOut]:
    if decision is Decision.ACK:
        with acknowledging_now(place, name, section) as acknowledge:
            yield acknowledge
    else:
        yield partial(_move, place)


def _decide_one(place: Workplace, decision: Decision, entry: Entry, reason: str, carry_out: CarryOut) -> Decided:
    before = _as_it_stands(place, entry)
    try:
        new = _demand_possible(decision, before)
        if decision is Decision.ACK:
            demand_delivered(place, before)
        place.audit.write(
            RecordType.OPERATOR_DECISION,
            insurer=before.insurer,
            account=before.account,
            shipment=before.id,
            outcome=decision,
            detail=reason,
        )
        return Decided(before, carry_out(before, new, f"{decision} by an operator: {reason}"))
    except (UnreachableError, TemporaryError):
        raise
    except (UsageError, IntegrityError, InsurerError) as error:
        return Decided(before, _as_it_stands(place, before), error)


def _as_it_stands(place: Workplace, entry: Entry) -> Entry:
    return place.ledger.entries(entry.insurer, [entry.id])[entry.id]


def _demand_possible(decision: Decision, entry: Entry) -> ShipmentState:
    """
    Return the state that the decision leads to at once.  Raises :class:`~bipro_sync.errors.UsageError`.
    """
    stored = entry.stored_at is not None
    new = destination(decision, entry.state, stored=stored)
    if new is None:
        unstored = decision is Decision.ACK and not stored
        why = "not stored, and nothing is acknowledged unfetched" if unstored else f"not one to {decision}"
        allowed = ", ".join(possible(entry.state, stored=stored)) or "nothing"
        raise UsageError(
            f"Shipment {entry.id} of {entry.insurer} is {entry.state}, {why}.",
            hint=f"Possible now: {allowed}.{_GOES_BY_ITSELF.get(entry.state, '')}",
        )
    return new


def _move(place: Workplace, entry: Entry, new: ShipmentState, reason: str) -> Entry:
    if entry.state is ShipmentState.CONFLICT:
        # What the insurer lists is fetched and compared anew, however it is listed.
        place.ledger.note_listed_as(entry, None)
    elif entry.state is ShipmentState.QUARANTINED:
        reason = f"{reason}; what came before stays at {entry.path}"
    return place.ledger.move(entry, new, place.clock.now(), reason=reason)


_GOES_BY_ITSELF: Mapping[ShipmentState, str] = {
    ShipmentState.LISTED: "  The next pull fetches it.",
    ShipmentState.STORED: '  The next pull acknowledges it, where `acknowledge` is "auto".',
    ShipmentState.ACK_UNKNOWN: "  The next pull finds out whether the acknowledgement had arrived.",
    ShipmentState.LEFT: "  `bipro-sync pull --shipment ID` fetches it in spite of the rule that leaves it.",
    ShipmentState.VANISHED: "  It is fetched by itself as soon as the insurer lists it again.",
}
"""What happens to a shipment without any decision, as the end of a hint."""
