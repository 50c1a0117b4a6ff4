"""The login by TLS alone: no call asks for a token, each transfer call shows the certificate; none follows a refusal.

The first call of a process is the login in the gate's eyes, and all others wait for its end.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ...errors import InsurerError, MissingRightError
from ...model.ports import LoginGate, Outcome
from ..calls.call import Call, RefusedCertificateError
from ..calls.line import Line
from ..calls.request import Request
from ..codes import is_about_login
from .attempt import Attempt, attempted
from .credential import Credential
from .judging import FORBIDDEN_STATUS, Judge


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

    @contextmanager
    def call(self, request: Request, *, exchange: str, shipment: str | None = None) -> Iterator[Call]:
        """
        Announce a call, give it to be made, and report its outcome, as the line itself does.

        Raises :class:`LoginRefusedError` for a refused certificate; the first call raises all that a login does.
        """
        with self._lock:
            if not self._proved:
                with (
                    attempted(self._gate, self._credential) as attempt,
                    self._line.call(request, exchange=exchange, shipment=shipment) as call,
                    attempt.under_way(),
                    self._proving(call, attempt),
                ):
                    yield call
                return
        # The stack ends last: the gate concludes once the call's outcome is recorded, as with every login.
        with ExitStack() as noted, self._line.call(request, exchange=exchange, shipment=shipment) as call:
            try:
                yield call
            except InsurerError as error:
                if not _refuses_us(call, error):
                    raise
                noted.enter_context(self._lock)
                self._proved = False
                noted.enter_context(noted.enter_context(attempted(self._gate, self._credential)).under_way())
                raise self._judge.meaning(call, error) from None

    @contextmanager
    def _proving(self, call: Call, attempt: Attempt) -> Iterator[None]:
        try:
            yield
        except InsurerError as error:
            if not _knows_us(call, error):
                raise self._judge.meaning(call, error) from None
            attempt.accept()
            self._proved = True
            raise
        self._proved = True


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
