"""Get tokens from the insurer's STS (norm 410) and share them; no login is ever repeated here (invariant I7).

Every login is asked of the gate first.  Tokens live in memory only, and neither clock has a say in when they end.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from ...errors import Family, InsurerError, UnreachableError
from ...model.ports import Clock, LoginGate
from ...model.secret import Secret
from ..answers import content_of
from ..calls.call import Call
from ..calls.line import Line
from ..calls.request import Request
from ..codes import refuses_login
from ..soap.element import Element
from ..wire import CertificateLogin, Connection, HubLogin, Login, PasswordLogin, SignatureLogin, TgicLogin, TlsLogin
from .attempt import attempted
from .cancel import cancel, demand_cancelled
from .credential import credential_of
from .hub import MAX_ANSWER, authorization, hub_grant, hub_request
from .issue import issue
from .judging import Judge
from .kept import KeptEnvelope
from .later_refusal import LaterRefusal
from .session import Grant, Session
from .shelf import Token, TokenShelf
from .signature import signed_issue
from .tgic import tgic_grant, tgic_issue
from .tls_proof import TlsProof
from .token_answer import context_grant


_RENEW_AT = 0.8
_TokenLogin = PasswordLogin | CertificateLogin | SignatureLogin | TgicLogin
_Receive = Callable[[Call, Judge], Grant]


class TokenKeeper:
    """
    Keeps one account's token on *shelf*; whoever asks first renews it, all others wait for that.

    Where *hub* is given its bearer token is asked for first, and both are renewed when the first of them is due.
    """

    def __init__(
        self,
        connection: Connection,
        login: Login,
        *,
        hub: HubLogin | None = None,
        line: Line,
        gate: LoginGate,
        clock: Clock,
        shelf: TokenShelf,
    ) -> None:
        self._connection = connection
        self._login = login
        self._hub = hub
        self._line = line
        self._gate = gate
        self._clock = clock
        self._slot = shelf.slot(connection.account, login.service_id if isinstance(login, TgicLogin) else "")
        self._given_up = False
        credential, judge = credential_of(login), self._judge(login)
        self._proof = TlsProof(credential, judge, line=line, gate=gate) if isinstance(login, TlsLogin) else None
        self._later = LaterRefusal(credential, judge, gate=gate, lock=self._slot.lock, forget=self._forget)

    def current(self) -> Session:
        """
        Return a token that is fresh, after a login where there is none; a login by TLS alone needs none.

        Raises :class:`LoginRefusedError`, :class:`LoginUnknownError`, :class:`BreakerOpenError`,
        :class:`CredentialMissingError` (the certificate has expired; nothing was sent), :class:`TemporaryError`,
        :class:`UnreachableError` (nothing was sent), :class:`StorageError`.
        """
        slot = self._slot
        with slot.lock:
            if self._given_up:
                raise UnreachableError(
                    f"{self._connection.insurer}: the insurer refused a token it had just given; nothing was sent.",
                    sent=False,
                    hint="The next run logs in anew; if this lasts, ask the insurer's support why its tokens fail.",
                    family=Family.STS,
                )
            if slot.token is not None and self._clock.monotonic() >= slot.token.renew_at:
                slot.put_away()
            if slot.token is None:
                slot.token = self._renewed()
            return slot.token.session

    def instead_of(self, refused: Session) -> Session:
        """
        Return another token than the *refused* one; a login only where nobody renewed it meanwhile.
        """
        with self._slot.lock:
            if self._slot.token is not None and self._slot.token.session is refused:
                self._slot.token = None
        return self.current()

    def give_up(self) -> None:
        """
        Let no login follow: a new token was refused as well, and the next would be.
        """
        with self._slot.lock:
            self._given_up = True

    def transfer_call(
        self, request: Request, *, exchange: str, shipment: str | None = None
    ) -> AbstractContextManager[Call]:
        """
        Open a call to the transfer service, as the line does; one that is a login itself is asked of the gate.

        With :class:`TlsLogin` it raises what :meth:`current` does for the other logins.  With those it raises
        :class:`LoginRefusedError` where the answer says that the password is wrong or the account locked.
        """
        if self._proof is not None:
            return self._proof.call(request, exchange=exchange, shipment=shipment)
        return self._later.watching(self._line.call(request, exchange=exchange, shipment=shipment), _refuses_login)

    def close(self) -> None:
        """
        Forget all tokens, and end them at the STS where the profile says that it can, also those that were renewed.

        A failure is the call's outcome, and none follows it.  Raises :class:`StorageError` where the audit log cannot
        be written.
        """
        with self._slot.lock:
            tokens = self._slot.take_all()
        if not self._connection.form.sts_cancels:
            return
        with suppress(InsurerError):
            for token in tokens:
                if token.identifier is not None:
                    self._end(token.identifier, tokens[0].session.bearer)

    def _forget(self) -> None:
        self._slot.token = None

    def _end(self, identifier: Secret, bearer: Secret | None) -> None:
        self._line.demand_rested()
        request = self._through_hub(cancel(self._connection, identifier), bearer)
        with self._line.call(request, exchange="auth") as call:
            demand_cancelled(call)

    def _renewed(self) -> Token:
        if self._login.certificate is not None:
            self._login.certificate.demand_valid(self._connection.insurer, self._clock.now())
        bearer, renew_at = None, math.inf
        if self._hub is not None:
            grant = self._granted(self._hub, hub_request(self._hub), _bearer)
            bearer, renew_at = grant.token, self._due(grant)
        if isinstance(self._login, TlsLogin):
            return Token(Session(None, bearer), renew_at, None)
        request = self._through_hub(self._request(self._login), bearer)
        grant = self._granted(self._login, request, self._token_received)
        return Token(Session(grant.token, bearer), min(renew_at, self._due(grant)), grant.identifier)

    def _granted(self, login: Login | HubLogin, request: Request, receive: _Receive) -> Grant:
        judge = self._judge(login)
        with (
            attempted(self._gate, credential_of(login)) as attempt,
            self._line.call(request, exchange="auth") as call,
            attempt.under_way(),
            judge.judging(call),
        ):
            return receive(call, judge)

    def _judge(self, login: Login | HubLogin) -> Judge:
        certified = self._login.certificate is not None and not isinstance(self._login, SignatureLogin)
        return Judge(self._connection, credential_of(login), certified=certified)

    def _due(self, grant: Grant) -> float:
        return self._clock.monotonic() + _RENEW_AT * grant.life

    def _request(self, login: _TokenLogin) -> Request:
        match login:
            case SignatureLogin():
                return signed_issue(self._connection, login, self._their_time(self._connection.sts_url))
            case TgicLogin():
                return tgic_issue(login, self._their_time(login.url))
            case _:
                return issue(self._connection, login)

    def _through_hub(self, request: Request, bearer: Secret | None) -> Request:
        """
        Return a request to the STS as the hub before it wants it; other services never see the hub's token.
        """
        if self._hub is None or bearer is None or request.service != "sts":
            return request
        # An STS elsewhere is the insurer's own: behind the hub are its own host and that of the transfer service.
        behind = {urlsplit(url).netloc for url in (self._hub.url, self._connection.transfer_url)}
        headers = authorization(bearer) if urlsplit(request.url).netloc in behind else {}
        return replace(request, headers={**request.headers, **headers})

    def _their_time(self, url: str) -> datetime:
        """
        Return the time by the insurer's clock, which is asked at *url* where no answer has told it yet.
        """
        if self._line.clock_skew is None:
            self._line.measure_clock(url)
        return self._clock.now() + timedelta(seconds=self._line.clock_skew or 0.0)

    def _token_received(self, call: Call, judge: Judge) -> Grant:
        kept = KeptEnvelope()
        answer = call.send(kept)
        content = content_of(answer)
        if answer.positive and isinstance(content, Element):
            central = isinstance(self._login, TgicLogin)
            grant = tgic_grant(content, bytes(kept.data)) if central else context_grant(content)
            if isinstance(grant, Grant):
                return grant
            if grant is not None:
                raise judge.refused(call, reason=grant)
        raise judge.without_token(call, content)


def _refuses_login(call: Call, _error: InsurerError) -> bool:
    return call.status is not None and refuses_login(call.status.codes)


def _bearer(call: Call, judge: Judge) -> Grant:
    answer = call.send_plain(MAX_ANSWER)
    grant = hub_grant(answer.body) if answer.http_status == HTTPStatus.OK else None
    if grant is None:
        raise judge.without_token(call, None)
    return grant
