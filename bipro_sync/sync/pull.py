"""Pulling several insurers, each under its account's lock; one insurer's failure stops no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..durable import storage_error
from ..errors import (
    BiproSyncError,
    ConfigurationError,
    InterruptedRunError,
    ReserveReachedError,
    StorageError,
    unexpected,
)
from ..insurers import Insurer, MisconfiguredInsurer, TokenShelf
from .access import demand_service
from .holding import held
from .insurer_pull import InsurerPull
from .progress import Progress
from .results import InsurerResult, PullResult
from .selection import PullOptions
from .workplace import Workplace


def pull(
    place: Workplace,
    insurers: Sequence[Insurer | MisconfiguredInsurer],
    options: PullOptions,
    *,
    progress: Progress,
    stop: Callable[[], BiproSyncError | None],
) -> PullResult:
    """
    Pull these insurers one after the other.

    One insurer's failure stops no other, except that a storage error ends all fetching below this root
    (invariant I5).  *stop* is asked between shipments; what it returns ends the run with a clean state.
    """
    results = []
    shelf = TokenShelf()
    broken: BiproSyncError | None = None
    for number, insurer in enumerate(insurers, start=1):
        result = InsurerResult(insurer.name)
        results.append(result)
        if isinstance(insurer, MisconfiguredInsurer):
            result.errors.append(_misconfigured(insurer))
        elif broken is None:
            progress.insurer(insurer.name)
            keep = any(isinstance(each, Insurer) and each.account == insurer.account for each in insurers[number:])
            try:
                _pull_one(InsurerPull(place, insurer, options, result, progress, stop, shelf, keep_session=keep))
            except BiproSyncError as error:
                result.errors.append(error)
                # A wait that was ended by the wish to stop ends in the error that was waited out.
                if (reason := stop()) and reason is not error:
                    result.errors.append(reason)
            except OSError as error:
                result.errors.append(storage_error("use", place.layout.root, error))
            except Exception as error:  # noqa: BLE001 - a bug at one insurer must not leave the others' mail unfetched
                result.errors.append(unexpected(error))
            broken = next((error for error in result.errors if _ends_all(error)), None)
        else:
            result.errors.append(broken)
    _miss_unlisted(results, options)
    return PullResult(tuple(results))


def _miss_unlisted(results: Sequence[InsurerResult], options: PullOptions) -> None:
    """
    Where a shipment that was asked for is at none of these insurers, let each that was listed say so.
    """
    unlisted = [
        shipment
        for shipment in sorted(options.shipments)
        if not any(shipment in result.mailbox or shipment in result.touched for result in results)
    ]
    for result in results:
        if unlisted and result.mailbox_seen:
            result.unlisted = unlisted
            result.remarks.append(f"{result.insurer} lists no shipment {', '.join(unlisted)}, which was asked for.")


def _misconfigured(insurer: MisconfiguredInsurer) -> ConfigurationError:
    message = f"The configuration of {insurer.name} cannot be used: {'; '.join(insurer.problems)}"
    return ConfigurationError(message, problems=insurer.problems)


def _ends_all(error: BiproSyncError) -> bool:
    return isinstance(error, StorageError | InterruptedRunError) and not isinstance(error, ReserveReachedError)


def _pull_one(insurer_pull: InsurerPull) -> None:
    place, insurer = insurer_pull.place, insurer_pull.insurer
    with held(place.layout, insurer.account, insurer=insurer.name):
        demand_service(place, insurer)
        insurer_pull.run()
