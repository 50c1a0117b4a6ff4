"""Judge what came of a login, one error for each meaning; nothing is a success here that is not positively one.

Everything that is neither a recognised token nor positively temporary counts as refused (invariant I7): insurers
lock an account, portal included, at the third wrong password.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import (
    BiproSyncError,
    FramingError,
    InsurerError,
    LoginRefusedError,
    LoginUnknownError,
    RejectedError,
    TemporaryError,
    UnreachableError,
)
from ...model.ports import Outcome
from ..answers import Fault, temporary
from ..calls.call import TEMPORARY_STATUS, Call, RefusedCertificateError
from ..codes import is_temporary, references
from ..soap.element import Element
from ..wire import Connection
from .credential import Credential
from .refusal import CERTIFICATE_DEMANDED, CERTIFICATE_REFUSED, Reason, reason_of, refusal


FORBIDDEN_STATUS = frozenset({401, 403})
_GATEWAY_STATUS = frozenset({502, 504})
"""A gateway speaks for a server behind it, which may have seen the login."""


class Judge:
    """
    Knows whose login it is, and turns what a call brought into the error that the account's owner needs.

    *certified* says that the connection shows a client certificate.
    """

    def __init__(self, connection: Connection, credential: Credential, *, certified: bool) -> None:
        self._connection = connection
        self._credential = credential
        self._certified = certified

    @contextmanager
    def judging(self, call: Call) -> Iterator[None]:
        """
        Surround the sending of a login.  Raises what :meth:`meaning` gives.
        """
        try:
            yield
        except InsurerError as error:
            raise self.meaning(call, error) from None

    def meaning(self, call: Call, error: InsurerError) -> BiproSyncError:
        """
        Return what *error* says of the login; the error itself where that is temporary, or nothing was sent.
        """
        match error:
            case TemporaryError() | UnreachableError(sent=False):
                return error
            case RefusedCertificateError():
                return self.refused(call, reason=CERTIFICATE_REFUSED if self._certified else CERTIFICATE_DEMANDED)
            case RejectedError():
                return self.refused(call, error.codes)
            case UnreachableError():
                return self.unknown(call)
        cut = isinstance(error, FramingError) and call.http_status not in FORBIDDEN_STATUS
        return self.unknown(call) if cut or call.http_status in _GATEWAY_STATUS else self.refused(call)

    def without_token(self, call: Call, content: Element | Fault | None) -> BiproSyncError:
        """
        Return the error for an answer that was read and gives no token.
        """
        if isinstance(content, Fault):
            call.outcome, call.status = Outcome.FAULT, content.status
            if is_temporary(content.codes):
                return temporary(content.codes)
            if content.status is not None:
                return self.refused(call, content.codes)
        if call.http_status in _GATEWAY_STATUS:
            return self.unknown(call)
        if call.http_status in TEMPORARY_STATUS:
            return temporary((), call.http_status)
        return self.refused(call)

    def unknown(self, call: Call) -> LoginUnknownError:
        """
        Return the error for a login that may have counted, and no one saw.
        """
        call.outcome = Outcome.UNKNOWN
        gateway = call.http_status in _GATEWAY_STATUS
        came = f"only a gateway answered (HTTP {call.http_status})" if gateway else "no complete answer came"
        insurer = self._connection.insurer
        return LoginUnknownError(
            f"{insurer}: the login was sent and {came}; it may have counted.",
            hint="A run repeats it once by itself, after 15 minutes at the earliest, and then no more.  "
            f"`bipro-sync insurers show {insurer}` tells what is known.",
        )

    def refused(self, call: Call, codes: tuple[str, ...] = (), *, reason: Reason | None = None) -> LoginRefusedError:
        """
        Return the error for a login that counts as refused, for *reason* or else for what codes and status say.
        """
        call.outcome = Outcome.REFUSED
        insurer = self._connection.insurer
        message, hint = refusal(
            reason or reason_of(codes, call.http_status),
            insurer,
            codes=codes,
            http_status=call.http_status,
            credential=self._credential.called,
            unlock_contact=self._connection.unlock_contact,
            note=self._credential.note,
        )
        return LoginRefusedError(f"{insurer}: {message}  {references(call.status)}".rstrip(), hint=hint)
