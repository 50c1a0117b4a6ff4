"""The login by TLS alone: no call asks for a token, each transfer call shows the certificate; none follows a refusal.

The first call of a process is the login in the gate's eyes, and all others wait for its end.  Behind a hub a refusal
by HTTP alone may mean the hub's token, if that was taken before: then the session is refused, and not the certificate.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import InsurerError, MissingRightError
from ...model.ports import LoginGate, Outcome
from ..calls.call import Call, RefusedCertificateError
from ..calls.line import Line
from ..calls.request import Request
from ..codes import is_about_login
from .attempt import Attempt, attempted
from .credential import Credential
from .hub import AUTHORIZATION
from .judging import FORBIDDEN_STATUS, Judge
from .later_refusal import LaterRefusal


_TRANSFER_CODES = "04"
"""What the codes begin with by which a transfer service answers a caller that it knows."""
_NOT_CALLABLE = "0093"
"""What the codes begin with by which it answers one that it lets do nothing, for whatever reason."""


class TlsProof:
    """
    Opens transfer calls, and tells the gate what the first one says of the certificate, and any refusal later.
    """

    def __init__(self, credential: Credential, judge: Judge, *, line: Line, gate: LoginGate) -> None:
        self._credential = credential
        self._judge = judge
        self._line = line
        self._gate = gate
        self._lock = threading.Lock()
        self._proved = False
        self._taken: str | None = None
        self._later = LaterRefusal(credential, judge, gate=gate, lock=self._lock, forget=self._forget)

    @contextmanager
    def call(self, request: Request, *, exchange: str, shipment: str | None = None) -> Iterator[Call]:
        """
        Announce a call, give it to be made, and report its outcome, as the line itself does.

        Raises :class:`LoginRefusedError` for a refused certificate; the first call raises all that a login does.
        """
        bearer = request.headers.get(AUTHORIZATION)
        with self._lock:
            if not self._proved:
                with (
                    attempted(self._gate, self._credential) as attempt,
                    self._line.call(request, exchange=exchange, shipment=shipment) as call,
                    attempt.under_way(),
                    self._proving(call, attempt, bearer),
                ):
                    yield call
                return

        def refuses(call: Call, error: InsurerError) -> bool:
            return _refuses_us(call, error) and not self._may_mean_bearer(call, bearer)

        opened = self._line.call(request, exchange=exchange, shipment=shipment)
        with self._later.watching(opened, refuses) as call, self._noting(call, bearer):
            yield call

    @contextmanager
    def _noting(self, call: Call, bearer: str | None) -> Iterator[None]:
        try:
            yield
        except InsurerError as error:
            if _knows_us(call, error):
                self._taken = bearer
            raise
        self._taken = bearer

    def _forget(self) -> None:
        self._proved = False

    def _may_mean_bearer(self, call: Call, bearer: str | None) -> bool:
        return bearer is not None and bearer == self._taken and not _codes(call)

    @contextmanager
    def _proving(self, call: Call, attempt: Attempt, bearer: str | None) -> Iterator[None]:
        try:
            yield
        except InsurerError as error:
            if not _knows_us(call, error):
                raise self._judge.meaning(call, error) from None
            attempt.accept()
            self._proved, self._taken = True, bearer
            raise
        self._proved, self._taken = True, bearer


def _codes(call: Call) -> tuple[str, ...]:
    return () if call.status is None else call.status.codes


def _knows_us(call: Call, error: InsurerError) -> bool:
    """
    Tell whether an answer that is no success shows all the same that the insurer took the certificate.
    """
    if isinstance(error, MissingRightError):
        return not any(code.startswith(_NOT_CALLABLE) for code in _codes(call))
    if call.status is None or is_about_login(_codes(call)):
        return False
    return call.outcome is not Outcome.FAULT or any(code.startswith(_TRANSFER_CODES) for code in _codes(call))


def _refuses_us(call: Call, error: InsurerError) -> bool:
    if isinstance(error, MissingRightError):
        return False
    forbidden = call.http_status in FORBIDDEN_STATUS or is_about_login(_codes(call))
    return forbidden or isinstance(error, RefusedCertificateError)
