"""See how a provider's answers travel and what it refuses, by calls of our own, without bipro-sync."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable, Mapping
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from providers import Provider
from pulls import MAILBOX
from verdict import demand


FRAMINGS: Mapping[str, Callable[[Message], bool]] = {
    "inline": lambda headers: headers.get_content_type() == "text/xml",
    "plain": lambda headers: _is_mtom(headers) and "Content-Length" in headers,
    "chunked": lambda headers: _is_mtom(headers) and headers["Transfer-Encoding"] == "chunked",
    "gzip": lambda headers: _is_mtom(headers) and headers["Content-Encoding"] == "gzip",
    "until closed": lambda headers: _is_mtom(headers) and not {"Content-Length", "Transfer-Encoding"} & set(headers),
}
"""How an answer to getShipment travels, and by which of its headers that is seen."""

_GET = """\
<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header><s:Security
xmlns:s="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><c:SecurityContextToken
xmlns:c="http://schemas.xmlsoap.org/ws/2005/02/sc"><c:Identifier>bipro:interop-0001</c:Identifier>\
</c:SecurityContextToken></s:Security></e:Header><e:Body><t:getShipment
xmlns:t="http://www.bipro.net/namespace/transfer"><t:Request><n:BiPROVersion
xmlns:n="http://www.bipro.net/namespace/nachrichten">2.6.1.1.0</n:BiPROVersion><t:ID>{id}</t:ID></t:Request>\
</t:getShipment></e:Body></e:Envelope>"""


def check(provider: Provider, framing: str, ca_file: Path) -> None:
    """
    The provider answers a caller with the headers of bipro-sync in this framing.
    """
    _, headers = get_shipment(provider, ca_file)
    demand(FRAMINGS[framing](headers), f"the answer does not travel as {framing}: {dict(headers)}")


def check_validation(provider: Provider, ca_file: Path) -> None:
    """
    The provider does compare what it receives with the schemas: an ID of 25 characters is taken, one of 26 is not.
    """
    for length, expected in ((25, HTTPStatus.OK), (26, HTTPStatus.INTERNAL_SERVER_ERROR)):
        status, _ = get_shipment(provider, ca_file, "X" * length)
        demand(status == expected, f"an ID of {length} characters was answered with {status}")


def get_shipment(provider: Provider, ca_file: Path, shipment: str = next(iter(MAILBOX))) -> tuple[int, Message]:
    """
    Fetch a shipment without bipro-sync; return the status and the headers.
    """
    address = urlsplit(provider.url)
    assert address.hostname is not None
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    if address.scheme == "https":
        context = ssl.create_default_context(cafile=ca_file)
        connection = http.client.HTTPSConnection(address.hostname, address.port, timeout=60, context=context)
    headers = {
        "Content-Type": "text/xml",
        "SOAPAction": '"urn:getShipment"',
        "Accept": "multipart/related, application/xop+xml, text/xml",
        "Accept-Encoding": "identity",
    }
    connection.request("POST", address.path, _GET.format(id=shipment).encode(), headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, response.headers


def _is_mtom(headers: Message) -> bool:
    return headers.get_content_type() == "multipart/related"
