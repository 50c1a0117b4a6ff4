"""Keep the HTTP connections of one account, and announce each call on them before a byte of it leaves.

The environment's proxies, .netrc and redirects are never followed; plain HTTP is for loopback only.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx2

from ... import __version__
from ...errors import ConfigurationError
from ...model.address import is_loopback
from ...model.ports import CallIntent, CallObserver, Clock, Operation
from ..wire import Connection
from .call import Call, Patience
from .request import Request


class Line:
    """
    The HTTP connections to an account's two services.

    Raises :class:`ConfigurationError` where an address or the CA file cannot be used.
    """

    def __init__(self, connection: Connection, observer: CallObserver, clock: Clock) -> None:
        self._connection = connection
        self._observer = observer
        self._clock = clock
        self._endpoints = {url: _endpoint(url) for url in (connection.sts_url, connection.transfer_url)}
        self._client = httpx2.Client(
            verify=_tls(connection.ca_file),
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": f"bipro-sync/{__version__}"},
        )

    @contextmanager
    def call(self, request: Request, *, exchange: str, shipment: str | None = None) -> Iterator[Call]:
        """
        Announce a call, give it to be made, and report its outcome exactly once, however the block ends.

        Raises :class:`StorageError` where the intent cannot be recorded: then nothing was sent.
        """
        connection = self._connection
        name = self._observer.intent(
            CallIntent(
                insurer=connection.insurer,
                account=connection.account,
                service=request.service,
                operation=request.operation,
                exchange=exchange,
                endpoint=self._endpoints[request.url],
                shipment=shipment,
                request_sha256=request.digest,
            )
        )
        place = f"{connection.insurer}, {request.operation.value}"
        call = Call(
            self._client,
            request,
            place=place if shipment is None else f"{place} of shipment {shipment!r}",
            patience=_patience(connection, request.operation),
            clock=self._clock,
        )
        try:
            yield call
        except BaseException as error:
            call.fail(error)
            raise
        finally:
            self._observer.outcome(name, call.result())

    def close(self) -> None:
        """
        Close all connections.
        """
        self._client.close()


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
        max_bytes=connection.max_body_bytes if fetching else connection.max_answer_bytes,
    )


def _endpoint(url: str) -> str:
    """
    Return the address without its query, for the audit log; refuse one that must not be used.
    """
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        raise ConfigurationError("An insurer's address is no URL.") from None
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not host:
        raise ConfigurationError("An insurer's address must begin with https:// and name a host.")
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError("An insurer's address must not hold a user name or password.")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(f"{host} must be asked over https; plain http is for this machine only.")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}{parts.path}"


def _tls(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(f"The CA file {ca_file} cannot be used: {error.strerror or error}.") from None
    return context
