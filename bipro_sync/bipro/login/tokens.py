"""Get tokens from the insurer's STS (norm 410) and share them; no login is ever repeated here (invariant I7).

Everything that is neither a recognised token nor positively temporary counts as refused: insurers lock an
account, portal included, at the third wrong password.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from ...errors import (
    BiproSyncError,
    Family,
    FramingError,
    LoginRefusedError,
    LoginUnknownError,
    ProtocolError,
    TemporaryError,
    UnreachableError,
)
from ...model.ports import Clock, LoginGate, LoginVerdict, Outcome
from ..answers import Fault, soap_body, temporary
from ..calls.call import TEMPORARY_STATUS, Answer, Call
from ..calls.line import Line
from ..calls.unkept import Unkept
from ..codes import is_temporary
from ..soap.element import Element
from ..wire import Connection, PasswordLogin
from .issue import issue
from .refusal import refusal
from .session import Session, context_token
from .token_answer import token_identifier, token_life


_RENEW_AT = 0.8
_FORBIDDEN_STATUS = frozenset({401, 403})
_GATEWAY_STATUS = frozenset({502, 504})
"""A gateway speaks for a server behind it, which may have seen the login."""


@dataclass(frozen=True, slots=True)
class _Token:
    """
    A session and the monotonic second from which on it is renewed.
    """

    session: Session
    renew_at: float


@dataclass(slots=True)
class _Attempt:
    """
    What is known of a login attempt, for the gate.
    """

    verdict: LoginVerdict = LoginVerdict.NOT_SENT
    reason: str = "The login was not sent."


class TokenKeeper:
    """
    Holds one account's token in memory; whoever asks first renews it, all others wait for that.
    """

    def __init__(
        self, connection: Connection, login: PasswordLogin, *, line: Line, gate: LoginGate, clock: Clock
    ) -> None:
        self._connection = connection
        self._login = login
        self._line = line
        self._gate = gate
        self._clock = clock
        self._lock = threading.Lock()
        self._token: _Token | None = None
        self._given_up = False

    def current(self) -> Session:
        """
        Return a token that is fresh, after a login where there is none.

        Raises :class:`LoginRefusedError`, :class:`LoginUnknownError`, :class:`BreakerOpenError`,
        :class:`TemporaryError`, :class:`UnreachableError` (nothing was sent), :class:`StorageError`.
        """
        with self._lock:
            if self._given_up:
                raise UnreachableError(
                    f"{self._connection.insurer}: the insurer refused a token it had just given; nothing was sent.",
                    sent=False,
                    hint="The next run logs in anew; if this lasts, ask the insurer's support why its tokens fail.",
                    family=Family.STS,
                )
            if self._token is None or self._clock.monotonic() >= self._token.renew_at:
                self._token = None
                self._token = self._renewed()
            return self._token.session

    def instead_of(self, refused: Session) -> Session:
        """
        Return another token than the *refused* one; a login only where nobody renewed it meanwhile.
        """
        with self._lock:
            if self._token is not None and self._token.session is refused:
                self._token = None
        return self.current()

    def give_up(self) -> None:
        """
        Let no login follow: a new token was refused as well, and the next would be.
        """
        with self._lock:
            self._given_up = True

    def forget(self) -> None:
        """
        Drop the token.
        """
        with self._lock:
            self._token = None

    def _renewed(self) -> _Token:
        request = issue(self._connection, self._login)
        self._gate.attempt(self._login.username, self._login.password)
        attempt = _Attempt()
        try:
            with self._line.call(request, exchange="auth") as call:
                return self._ask(call, attempt)
        finally:
            self._gate.conclude(attempt.verdict, attempt.reason)

    def _ask(self, call: Call, attempt: _Attempt) -> _Token:
        attempt.verdict, attempt.reason = LoginVerdict.UNKNOWN, "The login may have been sent; no answer was seen."
        try:
            token = self._exchange(call)
        except LoginRefusedError as error:
            attempt.verdict, attempt.reason = LoginVerdict.REFUSED, error.message
            raise
        except LoginUnknownError as error:
            attempt.reason = error.message
            raise
        except TemporaryError as error:
            attempt.verdict, attempt.reason = LoginVerdict.TEMPORARY, error.message
            raise
        except UnreachableError as error:
            attempt.verdict, attempt.reason = LoginVerdict.NOT_SENT, error.message
            raise
        attempt.verdict, attempt.reason = LoginVerdict.ACCEPTED, "The insurer gave a token."
        return token

    def _exchange(self, call: Call) -> _Token:
        """
        Send the login and give its answer's meaning, one error for each.
        """
        try:
            return self._judge(call, call.send(Unkept()))
        except UnreachableError as error:
            if not error.sent:
                raise
            raise self._unknown(call) from None
        except ProtocolError as error:
            cut = isinstance(error, FramingError) and call.http_status not in _FORBIDDEN_STATUS
            if cut or call.http_status in _GATEWAY_STATUS:
                raise self._unknown(call) from None
            raise self._refused(call, ()) from None

    def _judge(self, call: Call, answer: Answer) -> _Token:
        content = None if answer.message is None else soap_body(answer.message.root)
        if answer.positive and isinstance(content, Element):
            identifier = token_identifier(content)
            if identifier is not None:
                return _Token(
                    Session(context_token(identifier)), self._clock.monotonic() + _RENEW_AT * token_life(content)
                )
        raise self._without_token(call, answer, content)

    def _without_token(self, call: Call, answer: Answer, content: Element | Fault | None) -> BiproSyncError:
        if isinstance(content, Fault):
            call.outcome, call.status = Outcome.FAULT, content.status
            if is_temporary(content.codes):
                return temporary(answer, content.codes)
            if content.status is not None:
                return self._refused(call, content.codes)
        if answer.http_status in _GATEWAY_STATUS:
            return self._unknown(call)
        if answer.http_status in TEMPORARY_STATUS:
            return temporary(answer, ())
        return self._refused(call, ())

    def _unknown(self, call: Call) -> LoginUnknownError:
        call.outcome = Outcome.UNKNOWN
        gateway = call.http_status in _GATEWAY_STATUS
        came = f"only a gateway answered (HTTP {call.http_status})" if gateway else "no complete answer came"
        insurer = self._connection.insurer
        return LoginUnknownError(
            f"{insurer}: the login was sent and {came}; it may have counted.",
            hint="A run repeats it once by itself, after 15 minutes at the earliest, and then no more.  "
            f"`bipro-sync insurers show {insurer}` tells what is known.",
        )

    def _refused(self, call: Call, codes: tuple[str, ...]) -> LoginRefusedError:
        call.outcome = Outcome.REFUSED
        insurer = self._connection.insurer
        message, hint = refusal(insurer, codes, call.http_status)
        return LoginRefusedError(f"{insurer}: {message}", hint=hint)
