"""One account at one insurer, as the rest of the house sees it; it neither stores nor decides what to fetch.

Whatever is repeated is repeated here, and nowhere below: a call whose session the insurer refuses, once with a new
one; a call that failed for a passing reason, within the run's budget.  An acknowledgement or a login that may have
been carried out is never repeated.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from ..errors import (
    ConfigurationError,
    InsurerError,
    LoginError,
    LoginRefusedError,
    LoginUnknownError,
)
from ..model.ports import CallObserver, Clock, LoginGate, Operation, Outcome, PartSink
from ..model.release import release_problem
from ..model.shipment import Acknowledgement, FetchedShipment, Listing
from .answers import require_ok, response
from .calls.call import Call
from .calls.line import Line
from .calls.pause import Pause, never
from .calls.repetition import PassingError, Repetition, silent
from .calls.request import Request
from .calls.unkept import Unkept
from .certificate import ClientCertificate
from .codes import NO_SHIPMENTS, is_session_over, is_temporary, refuses_login
from .login.session import Session
from .login.shelf import TokenShelf
from .login.tokens import TokenKeeper
from .schema import CheckedSink
from .transfer import requests
from .transfer.shipments import fetched_shipment, listed_shipments
from .transfer.verdicts import (
    acknowledgement_despite,
    acknowledgement_of,
    refuses_session,
    server_broke,
    surely_not_carried_out,
)
from .wire import Connection, HubLogin, Login, PasswordLogin, SignatureLogin


Result = TypeVar("Result")


class BiproClient:
    """
    The three operations of norm 430 for one account, with a login of norm 410; may be shared by threads.

    Each call is announced to *observer* before it is sent, each login is asked of *gate*.  *stop* is asked at least
    twice a second while a repetition is waited for; once it says True none follows, and the last error stands.
    *waiting* is told the seconds of each such wait before it begins, by whichever thread waits.  Clients of one account
    that are given the same *shelf* share its token.

    Every method may raise :class:`StorageError` from the observer; those that need a session raise what :meth:`login`
    raises, and then nothing of the transfer call itself was carried out.  Raises :class:`ConfigurationError` where
    *connection* cannot be used.
    """

    def __init__(
        self,
        connection: Connection,
        login: Login,
        *,
        hub: HubLogin | None = None,
        observer: CallObserver,
        gate: LoginGate,
        clock: Clock,
        shelf: TokenShelf | None = None,
        stop: Callable[[], bool] = never,
        waiting: Callable[[float], None] = silent,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if problem := release_problem(connection.bipro_version):
            raise ConfigurationError(
                f"{connection.insurer}: {problem}.",
                hint="Set transfer_url and bipro_version to a service of release 2.",
            )
        self._connection = connection
        self._rights = connection.form.missing_right_codes
        pause = Pause(stop, sleep)
        self._line = Line(connection, observer, clock, certificate=_shown(login), serial=_serial(login), pause=pause)
        self._tokens = TokenKeeper(
            connection, login, hub=hub, line=self._line, gate=gate, clock=clock, shelf=shelf or TokenShelf()
        )
        self._repetition = Repetition(connection.most_retries, pause=pause, waiting=waiting)

    @property
    def clock_skew(self) -> float | None:
        """
        The insurer's clock minus ours in seconds, by its last answer; None before the first.
        """
        return self._line.clock_skew

    @property
    def repeated(self) -> int:
        """
        How many calls were made once more after a trouble that passes; a new session is none.
        """
        return self._repetition.repeated

    def login(self) -> None:
        """
        See that a fresh session is at hand.

        Raises :class:`LoginRefusedError`, :class:`LoginUnknownError`, :class:`BreakerOpenError`,
        :class:`TemporaryError`, or :class:`UnreachableError` where nothing was sent, be it for want of a connection
        or because the insurer refused a new session before.
        """
        self._repeated(self._tokens.current)

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
        compared with anything.  What an answer that did not count has brought, the sink is told to forget.
        Raises :class:`InsurerError` in one of its kinds, and what the sink raises.
        """
        return self._with_session(lambda session: self._fetch(session, shipment_id, exchange, sink))

    def acknowledge(self, shipment_id: str) -> Acknowledgement:
        """
        Acknowledge one shipment: the insurer may delete it at once and for ever.

        Raises :class:`UnreachableError` where surely nothing was sent, :class:`TemporaryError` where the insurer
        turned it away as one call too many or wants a rest, and an :class:`InsurerError` where it refused two sessions
        in a row: none of them was carried out.  Whatever else is no clear answer is the verdict `UNCLEAR`.
        """
        return self._with_session(lambda session: self._acknowledge(session, shipment_id))

    def close(self, *, keep_session: bool = False) -> None:
        """
        End all connections, and the session unless another client of this shelf is to go on with it.
        """
        try:
            if not keep_session:
                self._tokens.close()
        finally:
            self._line.close()

    def _with_session(self, make: Callable[[Session], Result]) -> Result:
        return self._repeated(lambda: self._with_one_session_or_another(make))

    def _repeated(self, make: Callable[[], Result]) -> Result:
        def rested() -> Result:
            self._line.demand_rested()
            return make()

        return self._repetition.run(rested)

    def _with_one_session_or_another(self, make: Callable[[Session], Result]) -> Result:
        session = self._tokens.current()
        try:
            return make(session)
        except _SessionRefusedError:
            session = self._tokens.instead_of(session)
        try:
            return make(session)
        except _SessionRefusedError as refused:
            self._tokens.give_up()
            self._repetition.end()
            raise refused.error from None

    @contextmanager
    def _call(self, request: Request, *, exchange: str, shipment: str | None = None) -> Iterator[Call]:
        """
        Make one transfer call.

        Raises :class:`_SessionRefusedError` where another session might help, :class:`PassingError` where the server
        broke and the same call once more might.
        """
        try:
            with self._tokens.transfer_call(request, exchange=exchange, shipment=shipment) as call:
                yield call
        except InsurerError as error:
            if refuses_session(error, call.http_status):
                raise _SessionRefusedError(error) from None
            if request.operation is not Operation.ACKNOWLEDGE and server_broke(error, call.http_status):
                raise PassingError(error, call.rest) from None
            raise

    def _list(self, session: Session) -> Listing:
        with self._call(requests.list_shipments(self._connection, session), exchange="list") as call:
            checked = CheckedSink(Unkept())
            answer = call.send(checked)
            element, status = response(call, answer, Operation.LIST, missing_right=self._rights)
            shipments = listed_shipments(element)
            empty = not shipments and set(status.codes) == {NO_SHIPMENTS}
            if not (empty and self._connection.form.nok_04001_is_empty):
                require_ok(status, self._rights)
            call.outcome, call.count = Outcome.OK, len(shipments)
            return Listing(status, shipments, checked.remarks())

    def _fetch(self, session: Session, shipment_id: str, exchange: str, sink: PartSink) -> FetchedShipment:
        request = requests.get_shipment(self._connection, session, shipment_id)
        try:
            with self._call(request, exchange=exchange, shipment=shipment_id) as call:
                checked = CheckedSink(sink)
                answer = call.send(checked)
                element, status = response(call, answer, Operation.GET, missing_right=self._rights)
                require_ok(status, self._rights)
                fetched = fetched_shipment(element, status, answer, checked.remarks())
                call.count = len(fetched.files)
                return fetched
        except (InsurerError, LoginError, _SessionRefusedError, PassingError):
            sink.restart()
            raise

    def _acknowledge(self, session: Session, shipment_id: str) -> Acknowledgement:
        request = requests.acknowledge_shipment(self._connection, session, shipment_id)
        try:
            with self._call(request, exchange="ack", shipment=shipment_id) as call:
                _, status = response(call, call.send(Unkept()), Operation.ACKNOWLEDGE)
                if is_session_over(status.codes) or refuses_login(status.codes) or is_temporary(status.codes):
                    require_ok(status)
        except (InsurerError, LoginRefusedError, LoginUnknownError) as error:
            if surely_not_carried_out(error, call):
                raise
            return acknowledgement_despite(error, call.status)
        return acknowledgement_of(status)


class _SessionRefusedError(Exception):
    """
    The insurer refused the session and nothing else; *error* says how.
    """

    def __init__(self, error: InsurerError) -> None:
        super().__init__()
        self.error = error


def _serial(login: Login) -> str | None:
    """
    Return the serial number of the certificate that the login rests on.
    """
    certificate = None if isinstance(login, PasswordLogin) else login.certificate
    return certificate.serial if certificate else None


def _shown(login: Login) -> ClientCertificate | None:
    """
    Return the certificate that the TLS connections show; one that signs messages stays off them.
    """
    return None if isinstance(login, (PasswordLogin, SignatureLogin)) else login.certificate
