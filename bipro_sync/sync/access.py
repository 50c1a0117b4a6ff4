"""Whether anything may be sent to an insurer now, and the way to it; nothing is sent before the first call."""

from __future__ import annotations

from collections.abc import Callable

from ..audit import RecordType
from ..errors import NotPermittedError
from ..insurers import Insurer, Provider, TokenShelf, open_provider, owner_objection
from .breaker import Breaker
from .stop_switch import suspension_of
from .workplace import Workplace


def demand_service(place: Workplace, insurer: Insurer) -> None:
    """
    Raise :class:`~bipro_sync.errors.NotPermittedError`, recorded, where the contract has ended, or an operator has
    suspended it.
    """
    if insurer.contract_end and place.clock.now().date() >= insurer.contract_end:
        raise _recorded(
            place,
            insurer,
            NotPermittedError(
                f"The contract with {insurer.name} ended on {insurer.contract_end}, so nothing was sent.",
                hint="If it goes on, correct contract_end in the configuration.",
            ),
        )
    if suspended := suspended_error(place, insurer, "nothing was sent"):
        raise _recorded(place, insurer, suspended)


def suspended_error(place: Workplace, insurer: Insurer, consequence: str) -> NotPermittedError | None:
    """
    Return the error that says that an operator has suspended the insurer, and the *consequence*; None where nobody has.
    """
    suspension = suspension_of(place.layout, insurer.name)
    if suspension is None:
        return None
    return NotPermittedError(
        f"{insurer.name} is {suspension}, so {consequence}.",
        hint=f"`bipro-sync insurers resume {insurer.name} --reason …` lifts it.",
        code="suspended",
    )


def demand_owner(place: Workplace, insurer: Insurer) -> None:
    """
    Let nobody but its owner use a personal certificate.

    Raises :class:`~bipro_sync.errors.NotPermittedError`, recorded.
    """
    session = place.session
    if objection := owner_objection(insurer, session.principal, session.actor == "schedule"):
        hint = "Let its owner do it, or ask the insurer for a certificate of your own."
        raise _recorded(place, insurer, NotPermittedError(objection, hint=hint))


def _recorded(place: Workplace, insurer: Insurer, error: NotPermittedError) -> NotPermittedError:
    place.audit.write(
        RecordType.ACCESS_REFUSED,
        insurer=insurer.name,
        account=insurer.account,
        operation=place.verb,
        outcome=error.code,
        detail=error.message,
    )
    return error


def way_to(
    place: Workplace,
    insurer: Insurer,
    *,
    shelf: TokenShelf | None = None,
    stop: Callable[[], bool] = lambda: False,
    waiting: Callable[[float], None] = lambda _seconds: None,
    repeats: bool = True,
) -> Provider:
    """
    Return the way to *insurer*, its calls recorded in the audit log and its logins guarded by the breaker.

    The rest is as in :func:`~bipro_sync.insurers.open_provider`.
    """
    gate = Breaker(
        place.layout,
        insurer.account,
        insurer=insurer.name,
        log=place.audit,
        clock=place.clock,
        unlock_contact=insurer.profile.facts.unlock_contact,
    )
    return open_provider(
        insurer,
        observer=place.audit,
        gate=gate,
        clock=place.clock,
        shelf=shelf,
        stop=stop,
        waiting=waiting,
        repeats=repeats,
    )
