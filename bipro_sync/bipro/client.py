"""One account at one insurer, as the rest of the house sees it; it neither stores nor decides what to fetch.

A transfer call whose token the insurer refuses is repeated once with a new one; nothing else is ever repeated.
Where the new one is refused as well, no call and no login follows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..errors import InsurerError, RejectedError, UnreachableError
from ..model.ports import CallObserver, Clock, LoginGate, Operation, Outcome, PartSink
from ..model.shipment import Acknowledgement, AckVerdict, FetchedShipment, Listing, Status
from .answers import has_error, require_ok, response
from .calls.line import Line
from .calls.unkept import Unkept
from .codes import NO_SHIPMENTS, UNKNOWN_ID, is_session_over, spoken
from .login.session import Session
from .login.tokens import TokenKeeper
from .transfer import requests
from .transfer.shipments import fetched_shipment, listed_shipments
from .wire import Connection, PasswordLogin


Result = TypeVar("Result")


class BiproClient:
    """
    The three operations of norm 430 for one account, with tokens of norm 410; may be shared by threads.

    Each call is announced to *observer* before it is sent, each login is asked of *gate*.  Every method may raise
    :class:`StorageError` from the observer; those that need a token raise what :meth:`login` raises, and then
    nothing of the transfer call itself was carried out.  Raises :class:`ConfigurationError` where *connection*
    cannot be used.
    """

    def __init__(
        self,
        connection: Connection,
        login: PasswordLogin,
        *,
        observer: CallObserver,
        gate: LoginGate,
        clock: Clock,
    ) -> None:
        self._connection = connection
        self._line = Line(connection, observer, clock)
        self._tokens = TokenKeeper(connection, login, line=self._line, gate=gate, clock=clock)

    def login(self) -> None:
        """
        See that a fresh token is at hand.

        Raises :class:`LoginRefusedError`, :class:`LoginUnknownError`, :class:`BreakerOpenError`,
        :class:`TemporaryError`, or :class:`UnreachableError` where nothing was sent, be it for want of a connection
        or because the insurer refused a new token before.
        """
        self._tokens.current()

    def list_shipments(self) -> Listing:
        """
        Return what lies in the mailbox; an empty listing is the insurer's positive word (invariant I11).

        Raises :class:`InsurerError` in one of its kinds for everything else.
        """
        return self._with_session(self._list)

    def fetch(self, shipment_id: str, *, exchange: str, sink: PartSink) -> FetchedShipment:
        """
        Fetch one shipment, its bytes streamed to *sink*; *exchange* is its kind, for the audit log.

        What is returned is complete: every file announced is there.  Its id, counts and checksums are not
        compared with anything.  A refused token may open the sink's envelope twice, the last one counts.
        Raises :class:`InsurerError` in one of its kinds, and what the sink raises.
        """
        return self._with_session(lambda session: self._fetch(session, shipment_id, exchange, sink))

    def acknowledge(self, shipment_id: str) -> Acknowledgement:
        """
        Acknowledge one shipment: the insurer may delete it at once and for ever.

        Raises :class:`UnreachableError` where surely nothing was sent, and :class:`FaultError` or
        :class:`NotOkError` where the insurer refused two tokens in a row: neither was carried out.  Whatever
        else is no clear answer is the verdict `UNCLEAR`.
        """
        return self._with_session(lambda session: self._acknowledge(session, shipment_id))

    def close(self) -> None:
        """
        Drop the token and all connections.
        """
        self._tokens.forget()
        self._line.close()

    def _with_session(self, make: Callable[[Session], Result]) -> Result:
        session = self._tokens.current()
        try:
            return make(session)
        except RejectedError as error:
            if not is_session_over(error.codes):
                raise
        session = self._tokens.instead_of(session)
        try:
            return make(session)
        except RejectedError as error:
            if is_session_over(error.codes):
                self._tokens.give_up()
            raise

    def _list(self, session: Session) -> Listing:
        with self._line.call(requests.list_shipments(self._connection, session), exchange="list") as call:
            element, status = response(call, call.send(Unkept()), Operation.LIST)
            shipments = listed_shipments(element)
            empty = not shipments and NO_SHIPMENTS in status.codes
            if not (empty and self._connection.form.nok_04001_is_empty):
                require_ok(status)
            call.outcome, call.count = Outcome.OK, len(shipments)
            return Listing(status, shipments)

    def _fetch(self, session: Session, shipment_id: str, exchange: str, sink: PartSink) -> FetchedShipment:
        request = requests.get_shipment(self._connection, session, shipment_id)
        with self._line.call(request, exchange=exchange, shipment=shipment_id) as call:
            answer = call.send(sink)
            element, status = response(call, answer, Operation.GET)
            require_ok(status)
            fetched = fetched_shipment(element, status, answer)
            call.count = len(fetched.files)
            return fetched

    def _acknowledge(self, session: Session, shipment_id: str) -> Acknowledgement:
        request = requests.acknowledge_shipment(self._connection, session, shipment_id)
        try:
            with self._line.call(request, exchange="ack", shipment=shipment_id) as call:
                _, status = response(call, call.send(Unkept()), Operation.ACKNOWLEDGE)
                if is_session_over(status.codes):
                    require_ok(status)
        except InsurerError as error:
            if _surely_not_carried_out(error):
                raise
            return Acknowledgement(AckVerdict.UNCLEAR, error.message, None)
        return _verdict(status)


def _surely_not_carried_out(error: InsurerError) -> bool:
    if isinstance(error, RejectedError):
        return is_session_over(error.codes)
    return isinstance(error, UnreachableError) and not error.sent


def _verdict(status: Status) -> Acknowledgement:
    if status.ok and has_error(status):
        detail = f"The insurer answered OK and reports an error, {spoken(status.codes)}."
        return Acknowledgement(AckVerdict.UNCLEAR, detail, status)
    if status.ok:
        return Acknowledgement(AckVerdict.CONFIRMED, "The insurer confirmed the acknowledgement.", status)
    detail = f"The insurer answered NOK, {spoken(status.codes)}."
    verdict = AckVerdict.UNKNOWN_ID if UNKNOWN_ID in status.codes else AckVerdict.REFUSED
    return Acknowledgement(verdict, detail, status)
