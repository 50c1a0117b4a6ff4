"""Keep the HTTP connections of one account, and announce each call on them before a byte of it leaves.

The environment's proxies and .netrc are never asked, no redirect is followed and no cookie kept: requests go to the
transport itself, not through a client that knows such things.  Plain HTTP is for loopback only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

import httpx2

from ...errors import ConfigurationError, InsurerError
from ...model.address import is_loopback
from ...model.ports import CallIntent, CallObserver, Clock, Operation
from ..certificate import ClientCertificate
from ..wire import Connection
from .call import Call
from .exchange import Exchange, Patience
from .insurer_clock import InsurerClock
from .pace import Pace
from .pause import Pause
from .request import Request
from .rest import Rest
from .tls import tls_context
from .transport import Transport


class Line:
    """
    The HTTP connections to an account's services, shared by its threads and used again.

    *certificate* is shown to a server that asks for one, *serial* names for the audit log the one that the account
    proves itself with, shown or not; *pause* is how a call waits for its turn.  Raises
    :class:`ConfigurationError` where an address, the CA file, the certificate or the proxy cannot be used.
    """

    def __init__(
        self,
        connection: Connection,
        observer: CallObserver,
        clock: Clock,
        *,
        certificate: ClientCertificate | None = None,
        serial: str | None = None,
        pause: Pause | None = None,
    ) -> None:
        for url in filter(None, (connection.sts_url, connection.transfer_url)):
            _endpoint(url)
        self._connection = connection
        self._observer = observer
        self._clock = clock
        self._certified = certificate is not None
        self._serial = serial
        self._insurer_clock = InsurerClock(clock)
        self._pace = Pace(connection.calls_per_second, clock=clock, pause=pause or Pause())
        self._rest = Rest(clock)
        self._transport = _transport(connection, certificate)

    @property
    def clock_skew(self) -> float | None:
        """
        The insurer's clock minus ours in seconds, by its last answer; None before the first.
        """
        return self._insurer_clock.skew

    def demand_rested(self) -> None:
        """
        Raise :class:`TemporaryError` while the insurer wants no call: whoever calls asks here first.
        """
        self._rest.demand_over(self._connection.insurer)

    def measure_clock(self, url: str) -> None:
        """
        Ask *url* for its time, without a body or a credential, be it only one that the connection would show; a failure
        of any kind is only the call's outcome.

        Raises :class:`StorageError` where the intent cannot be recorded.
        """
        request = Request(
            operation=Operation.CLOCK,
            service="sts",
            url=url,
            soap_action=None,
            body=b"",
            digest=hashlib.sha256(b"").hexdigest(),
            headers={},
        )
        bare = _transport(self._connection, None) if self._certified else nullcontext(self._transport)
        with suppress(InsurerError), bare as transport, self._call(request, transport, exchange="auth") as call:
            call.send_head()

    def call(self, request: Request, *, exchange: str, shipment: str | None = None) -> AbstractContextManager[Call]:
        """
        Announce a call, give it to be made, and report its outcome exactly once, however the block ends.

        Raises :class:`StorageError` where the intent cannot be recorded, :class:`ConfigurationError` where the
        address must not be used: then nothing was sent.
        """
        return self._call(request, self._transport, exchange=exchange, shipment=shipment)

    @contextmanager
    def _call(
        self, request: Request, transport: Transport, *, exchange: str, shipment: str | None = None
    ) -> Iterator[Call]:
        connection = self._connection
        endpoint = _endpoint(request.url)
        self._pace.wait()
        name = self._observer.intent(
            CallIntent(
                insurer=connection.insurer,
                account=connection.account,
                service=request.service,
                operation=request.operation,
                exchange=exchange,
                endpoint=endpoint,
                shipment=shipment,
                request_sha256=request.digest,
                certificate=self._serial if transport is self._transport else None,
            )
        )
        place = f"{connection.insurer}, {request.operation.value}"
        patience = _patience(connection, request.operation)
        http = Exchange(
            transport,
            request,
            patience=patience,
            certified=self._certified and transport is self._transport,
            clock=self._clock,
            insurer_clock=self._insurer_clock,
        )
        call = Call(
            http,
            request.operation,
            place=place if shipment is None else f"{place} of shipment {shipment!r}",
            max_bytes=patience.max_bytes,
            clock=self._clock,
        )
        try:
            yield call
        except BaseException as error:
            call.fail(error)
            raise
        finally:
            self._pace.heed(call.http_status, begun=http.begun)
            if call.rest is not None:
                self._rest.heed(call.rest)
            self._observer.outcome(name, call.result())

    def close(self) -> None:
        """
        Close all connections.
        """
        self._transport.close()


def _transport(connection: Connection, certificate: ClientCertificate | None) -> Transport:
    return Transport(tls_context(connection.ca_file, certificate), proxy=_proxy(connection.proxy))


def _patience(connection: Connection, operation: Operation) -> Patience:
    read = {
        Operation.LIST: connection.list_timeout,
        Operation.GET: connection.get_timeout,
        Operation.ACKNOWLEDGE: connection.ack_timeout,
    }.get(operation, connection.sts_timeout)
    fetching = operation is Operation.GET
    return Patience(
        connect=connection.connect_timeout,
        read=read,
        deadline=connection.get_deadline if fetching else connection.call_deadline,
        minimum_rate=connection.minimum_rate,
        max_bytes=connection.max_body_bytes if fetching else connection.max_answer_bytes,
    )


@lru_cache(maxsize=64)
def _endpoint(url: str) -> str:
    """
    Return the address without its query, for the audit log; refuse one that must not be used.
    """
    parts, port = _parts(url, "An insurer's")
    host = parts.hostname or ""
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(f"{host} must be asked over https; plain http is for this machine only.")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}{parts.path}"


def _proxy(url: str) -> str:
    """
    Return the proxy's address, empty for none; refuse one that cannot be used.
    """
    if url:
        _parts(url, "A proxy's")
    return url


def _parts(url: str, whose: str) -> tuple[SplitResult, str]:
    """
    Return the parts of a web address, and its port as written.
    """
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
        # What Python's resolver and the HTTP client find wrong only once the call's intent is recorded.
        (parts.hostname or "").encode("idna")
        httpx2.URL(url)
    except (ValueError, httpx2.InvalidURL):
        raise ConfigurationError(f"{whose} address is no URL.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ConfigurationError(f"{whose} address must begin with https:// and name a host.")
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(f"{whose} address must not hold a user name or password.")
    return parts, port
