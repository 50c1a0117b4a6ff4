"""From the audit log's records to words about single shipments; it concludes nothing from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from ..audit import Record, RecordType
from ..bipro.codes import UNKNOWN_ID, is_about_login, is_decided, is_session_over, is_temporary, refuses_login
from ..model.kinds import Kind
from ..model.marks import Done, Mark
from ..model.ports import Operation, Outcome
from ..model.told import Told, Word


_KINDS = frozenset(Kind)

_SHUT_OUT = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})

_DECISIONS: Mapping[tuple[RecordType, str | None], Word] = {
    (RecordType.ACK_DECISION, None): Word.DECIDED,
    (RecordType.ACK_DECISION, "leave"): Word.LEFT,
    (RecordType.OPERATOR_DECISION, "hold"): Word.HOLD,
    (RecordType.OPERATOR_DECISION, "release"): Word.RELEASE,
    (RecordType.OPERATOR_DECISION, "retry"): Word.RETRY,
}

_INTENTS: Mapping[str | None, Word] = {Operation.GET: Word.FETCH, Operation.ACKNOWLEDGE: Word.SENT}


def told_by(record: Record) -> Told | None:
    """
    Return what a record tells of one shipment; None where it tells of none, or nothing that matters for its state.
    """
    word = _word(record)
    if word is None or record.shipment is None or record.insurer is None:
        return None
    return Told(
        insurer=record.insurer,
        account=record.account or record.insurer,
        shipment=record.shipment,
        seq=record.seq,
        word=word,
        at=datetime.fromisoformat(record.ts),
        run=record.run,
        kind=Kind(record.exchange) if record.exchange in _KINDS else None,
        detail=record.detail,
    )


def mark_told_by(record: Record) -> Mark | None:
    """
    Return the mark of a hand-over that a record tells of; None where it tells of none.
    """
    if record.type is not RecordType.HANDOVER or record.insurer is None or record.shipment is None:
        return None
    return Mark.told(
        record.insurer,
        record.shipment,
        detail=record.detail or "",
        outcome=record.outcome or "",
        at=datetime.fromisoformat(record.ts),
    )


def done_told_by(record: Record) -> Done | None:
    """
    Return what a record tells of somebody's worklist; None where it tells of none.
    """
    if record.type is not RecordType.OPERATOR_DECISION or record.insurer is None or record.shipment is None:
        return None
    return Done.told(
        record.insurer,
        record.shipment,
        person=record.principal or record.os_user,
        detail=record.detail or "",
        outcome=record.outcome,
        at=datetime.fromisoformat(record.ts),
    )


def _word(record: Record) -> Word | None:
    match record.type:
        case RecordType.CALL_INTENT:
            return _INTENTS.get(record.operation)
        case RecordType.CALL_OUTCOME if record.operation == Operation.GET:
            return _fetched(record)
        case RecordType.CALL_OUTCOME if record.operation == Operation.ACKNOWLEDGE:
            return _acknowledged(record)
        case RecordType.SHIPMENT_VANISHED:
            return Word.VANISHED
    return _DECISIONS.get((record.type, record.outcome))


def _fetched(record: Record) -> Word | None:
    _, *codes = (record.bipro_status or "-").split()
    if record.outcome == Outcome.OK:
        return None
    let_in = record.outcome != Outcome.NOT_SENT and not is_session_over(codes) and not refuses_login(codes)
    return Word.FAILED if let_in else Word.UNFETCHED


def _acknowledged(record: Record) -> Word:
    """
    Return what the outcome of an acknowledgement says, as the run that made the call had concluded from its answer.
    """
    said, *codes = (record.bipro_status or "-").split()
    if record.outcome == Outcome.OK:
        return Word.CONFIRMED
    if record.outcome == Outcome.NOT_SENT or _turned_away(record, codes):
        return Word.NOT_CARRIED_OUT
    says_no = record.outcome == Outcome.NOK and said == "NOK" and not is_temporary(codes)
    if says_no or (record.outcome == Outcome.FAULT and is_decided(codes)):
        return Word.UNKNOWN_ID if UNKNOWN_ID in codes else Word.REFUSED
    return Word.UNCLEAR


def _turned_away(record: Record, codes: list[str]) -> bool:
    """
    Say whether the insurer did not let the call in, so that it carried out nothing.
    """
    if is_session_over(codes) or refuses_login(codes):
        return True
    if record.outcome == Outcome.REFUSED:
        return record.http_status is None or record.http_status in _SHUT_OUT or is_about_login(codes)
    passing = record.http_status == HTTPStatus.TOO_MANY_REQUESTS and (not codes or is_temporary(codes))
    return passing or (record.http_status in _SHUT_OUT and not codes)
