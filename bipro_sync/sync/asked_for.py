"""What became of the shipments that a pull was asked for by their ids: nobody is left to guess why one did not come."""

from __future__ import annotations

from collections.abc import Sequence

from ..catalog import Entry
from ..model.states import ACK_OWED, TO_FETCH, ShipmentState
from .results import InsurerResult
from .selection import PullOptions, is_listed_otherwise
from .workplace import Workplace


def account_for(place: Workplace, results: Sequence[InsurerResult], options: PullOptions) -> None:
    """
    Let the results say, for each shipment that was asked for and that no insurer of the run worked on, why that is so.

    Where an insurer's mailbox was not seen its error says it.
    """
    asked = sorted(each for each in options.shipments if not any(each in result.touched for result in results))
    seen = [result for result in results if result.mailbox_seen]
    explained: set[str] = set()
    for result in seen if asked else ():
        for entry in place.ledger.entries(result.insurer, asked).values():
            if why := _why(result, entry, options):
                explained.add(entry.id)
                result.remarks.append(f"Shipment {entry.id} of {entry.insurer}, which was asked for, {why}")
                result.missed += [entry.id] if entry.state is not ShipmentState.ACKNOWLEDGED else []
    unlisted = [each for each in asked if each not in explained and not any(each in result.mailbox for result in seen)]
    for result in seen if unlisted else ():
        result.missed += unlisted
        result.remarks.append(f"{result.insurer} lists no shipment {', '.join(unlisted)}, which was asked for.")


def _why(result: InsurerResult, entry: Entry, options: PullOptions) -> str | None:
    """
    Return why the shipment was passed over and what to do about it; None where a pull like this one works on it.
    """
    listed = result.mailbox.shipments.get(entry.id)
    if listed and (entry.state in TO_FETCH | ACK_OWED or is_listed_otherwise(entry, listed)):
        return _narrowed_out(result, entry, options)
    decide = f"`bipro-sync shipments {{}} {entry.id} --reason …`"
    match entry.state:
        case ShipmentState.HELD:
            what = "fetched" if entry.stored_at is None else "acknowledged"
            return f"was not {what}, because an operator holds it; {decide.format('release')} ends that."
        case ShipmentState.QUARANTINED:
            return (
                f"was not fetched again, because what came is in quarantine ({entry.reason}); {decide.format('retry')} "
                "lets the next pull fetch and judge it anew."
            )
        case ShipmentState.CONFLICT:
            return (
                "was not fetched again, because the insurer delivered other contents under its id than those stored; "
                f"{decide.format('retry')} lets the next pull fetch and compare it anew."
            )
        case ShipmentState.ACK_REFUSED:
            return (
                f"is stored, and {entry.insurer} refused its acknowledgement; {decide.format('retry')} lets the next "
                "pull acknowledge it once more."
            )
        case ShipmentState.ACKNOWLEDGED:
            return f"is stored and acknowledged; `bipro-sync shipments show {entry.id}` shows what came."
        case ShipmentState.VANISHED if listed is None:
            return f"has vanished ({entry.reason}); ask {entry.insurer}, it is fetched once it is listed again."
    return None


def _narrowed_out(result: InsurerResult, entry: Entry, options: PullOptions) -> str | None:
    if not options.asks_for(entry.id, entry.posted_at):
        return f"was left alone, because it was posted before {options.since}; pull it without --since."
    if options.limit is not None and not options.dry_run and not result.errors:
        return f"was left alone, because {options.limit} other(s) came before it; pull again, or without --limit."
    return None
