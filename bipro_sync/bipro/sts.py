"""Get tokens from the insurer's STS (norm 410) and share them; no login is ever repeated here (invariant I7).

Everything that is neither a recognised token nor positively temporary counts as refused: insurers lock an
account, portal included, at the third wrong password.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from ..errors import FramingError, LoginRefusedError, LoginUnknownError, ProtocolError, TemporaryError, UnreachableError
from ..model.ports import Clock, LoginGate, LoginVerdict, Outcome
from ..model.secret import Secret
from . import namespaces as ns
from .answers import Fault, soap_body, temporary
from .call import TEMPORARY_STATUS, Answer, Call
from .codes import is_temporary
from .element import Element
from .http import Line
from .refusal import refusal
from .requests import issue
from .times import parse_time
from .unkept import Unkept
from .wire import Connection, PasswordLogin


_FALLBACK_LIFE = 600.0
_LONGEST_LIFE = 86_400.0
_RENEW_AT = 0.8
_FORBIDDEN_STATUS = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class _Token:
    """
    A token and the monotonic second from which on it is renewed.
    """

    secret: Secret
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

    def current(self) -> Secret:
        """
        Return a token that is fresh, after a login where there is none.

        Raises :class:`LoginRefusedError`, :class:`LoginUnknownError`, :class:`BreakerOpenError`,
        :class:`TemporaryError`, :class:`UnreachableError` (nothing was sent), :class:`StorageError`.
        """
        with self._lock:
            if self._token is None or self._clock.monotonic() >= self._token.renew_at:
                self._token = None
                self._token = self._renewed()
            return self._token.secret

    def instead_of(self, refused: Secret) -> Secret:
        """
        Return another token than the *refused* one; a login only where nobody renewed it meanwhile.
        """
        with self._lock:
            if self._token is not None and self._token.secret is refused:
                self._token = None
        return self.current()

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
        except FramingError:
            if call.http_status in _FORBIDDEN_STATUS:
                raise self._refused(call, ()) from None
            raise self._unknown(call) from None
        except ProtocolError:
            raise self._refused(call, ()) from None

    def _judge(self, call: Call, answer: Answer) -> _Token:
        if answer.message is None:
            raise temporary(answer, ())
        content = soap_body(answer.message.root)
        if isinstance(content, Fault):
            call.outcome, call.status = Outcome.FAULT, content.status
            if is_temporary(content.codes) or (content.status is None and answer.http_status in TEMPORARY_STATUS):
                raise temporary(answer, content.codes)
            raise self._refused(call, content.codes)
        identifier = _identifier(content) if answer.positive else None
        if identifier is None:
            raise self._refused(call, ())
        renew_at = self._clock.monotonic() + _RENEW_AT * _life(content)
        return _Token(Secret(identifier), renew_at)

    def _unknown(self, call: Call) -> LoginUnknownError:
        call.outcome = Outcome.UNKNOWN
        return LoginUnknownError(
            f"{self._connection.insurer}: the login was sent and no complete answer came; it may have counted."
        )

    def _refused(self, call: Call, codes: tuple[str, ...]) -> LoginRefusedError:
        call.outcome = Outcome.REFUSED
        message, hint = refusal(codes, call.http_status)
        return LoginRefusedError(f"{self._connection.insurer}: {message}", hint=hint)


def _identifier(content: Element) -> str | None:
    """
    Return the token of a RequestSecurityTokenResponse, None where *content* is none or has none.
    """
    if (content.namespace, content.name) != (ns.TRUST, "RequestSecurityTokenResponse"):
        return None
    path = (
        (ns.TRUST, "RequestedSecurityToken"),
        (ns.SECURE_CONVERSATION, "SecurityContextToken"),
        (ns.SECURE_CONVERSATION, "Identifier"),
    )
    element = _at(content, path)
    return element.value or None if element is not None else None


def _life(content: Element) -> float:
    """
    Return the token's life in seconds, from its own two times; ten minutes where they are missing or absurd.
    """
    times = []
    for name in ("Created", "Expires"):
        element = _at(content, ((ns.TRUST, "Lifetime"), (ns.UTILITY, name)))
        times.append(parse_time(element.value) if element is not None else None)
    created, expires = times
    if created is None or expires is None:
        return _FALLBACK_LIFE
    life = (expires - created).total_seconds()
    return life if 0 < life <= _LONGEST_LIFE else _FALLBACK_LIFE


def _at(element: Element, path: tuple[tuple[str, str], ...]) -> Element | None:
    for namespace, name in path:
        below = (each for each in element.children if (each.namespace, each.name) == (namespace, name))
        found = next(below, None)
        if found is None:
            return None
        element = found
    return element
