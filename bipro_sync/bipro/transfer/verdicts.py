"""Conclude from how a transfer call ended what became of it; doubt is never resolved in our favour."""

from __future__ import annotations

from http import HTTPStatus

from ...errors import (
    BiproSyncError,
    InsurerError,
    LoginRefusedError,
    MissingRightError,
    RejectedError,
    TemporaryError,
    UnreachableError,
)
from ...model.shipment import Acknowledgement, AckVerdict, Status
from ..answers import has_error
from ..calls.call import Call
from ..codes import UNKNOWN_ID, advice, is_about_login, is_decided, is_session_over, references, spoken
from ..login.judging import FORBIDDEN_STATUS


def surely_not_carried_out(error: BiproSyncError, call: Call) -> bool:
    """
    Tell whether an acknowledgement may be sent once more without harm.

    It never left, it was one call too many, or, where the call was the login itself, the insurer did not let us in.
    """
    match error:
        case UnreachableError():
            return not error.sent
        case TemporaryError():
            return call.http_status == HTTPStatus.TOO_MANY_REQUESTS
        case LoginRefusedError():
            shut_out = call.http_status is None or call.http_status in FORBIDDEN_STATUS
            return shut_out or (call.status is not None and is_about_login(call.status.codes))
    return False


def refuses_session(error: InsurerError, http_status: int | None) -> bool:
    """
    Tell whether a transfer call failed for its session: by a code of the norm, or by HTTP alone where there is none.
    """
    if isinstance(error, MissingRightError):
        return False
    if isinstance(error, RejectedError) and error.codes:
        return is_session_over(error.codes)
    return http_status in FORBIDDEN_STATUS


def server_broke(error: InsurerError, http_status: int | None) -> bool:
    """
    Tell whether a server failed without a word of the norm, so that the same call may succeed soon.
    """
    spoken_of = isinstance(error, RejectedError) and error.codes
    return http_status == HTTPStatus.INTERNAL_SERVER_ERROR and not spoken_of


def acknowledgement_of(status: Status) -> Acknowledgement:
    """
    Return what an answer to acknowledgeShipment says by its Status.
    """
    if status.ok and has_error(status):
        detail = f"The insurer answered OK and reports an error, {spoken(status.codes)}.  {references(status)}".rstrip()
        return Acknowledgement(AckVerdict.UNCLEAR, detail, status)
    if status.ok:
        return Acknowledgement(AckVerdict.CONFIRMED, "The insurer confirmed the acknowledgement.", status)
    return _refused("NOK", status)


def acknowledgement_despite(error: BiproSyncError, status: Status | None) -> Acknowledgement:
    """
    Return what is known of an acknowledgement that ended in *error*, *status* being that of the fault, if it was one.

    A fault says by its codes what NOK says by them, and never that the shipment is acknowledged.
    """
    if isinstance(error, RejectedError) and status is not None and is_decided(status.codes):
        return _refused("with a fault", status)
    return Acknowledgement(AckVerdict.UNCLEAR, error.message, None)


def _refused(said: str, status: Status) -> Acknowledgement:
    sentences = f"The insurer answered {said}, {spoken(status.codes)}.", references(status), advice(status.codes)
    verdict = AckVerdict.UNKNOWN_ID if UNKNOWN_ID in status.codes else AckVerdict.REFUSED
    return Acknowledgement(verdict, "  ".join(filter(None, sentences)), status)
