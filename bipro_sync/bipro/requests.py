"""Write the four requests of the norms 410 and 430; a secret stands in the body only, never in digest or repr."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from ..errors import ConfigurationError
from ..model.ports import Operation
from ..model.secret import Secret
from . import namespaces as ns
from .wire import Connection, PasswordLogin


REDACTED = "***"
"""Stands for a password or token in the bytes that are hashed for the audit log."""

_NAMESPACES = {"nachrichten": ns.MESSAGES, "allgemein": ns.GENERAL, "transfer": ns.TRANSFER}

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_ENVELOPE = f"""<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="{ns.SOAP_11}"><soapenv:Header>{{header}}</soapenv:Header>\
<soapenv:Body>{{body}}</soapenv:Body></soapenv:Envelope>"""

_USERNAME = f"""<wsse:Security xmlns:wsse="{ns.SECURITY}"{{attributes}}><wsse:UsernameToken>\
<wsse:Username>{{username}}</wsse:Username>\
<wsse:Password Type="{ns.PASSWORD_TEXT}">{{password}}</wsse:Password></wsse:UsernameToken></wsse:Security>"""

_CONTEXT_TOKEN = f"""<wsse:Security xmlns:wsse="{ns.SECURITY}">\
<wsc:SecurityContextToken xmlns:wsc="{ns.SECURE_CONVERSATION}"><wsc:Identifier>{{token}}</wsc:Identifier>\
</wsc:SecurityContextToken></wsse:Security>"""

_ISSUE = f"""<RequestSecurityToken xmlns="{ns.TRUST}"><TokenType>{ns.SECURE_CONVERSATION}/sct</TokenType>\
<RequestType>{ns.TRUST}/Issue</RequestType>{{version}}</RequestSecurityToken>"""

_VEMA_ACTION = f"""<wsa:Action xmlns:wsa="{ns.ADDRESSING_SLASH}" soapenv:actor="" soapenv:mustUnderstand="0">\
{ns.TRUST}/RST/SCT</wsa:Action>"""

_VEMA_SECURITY = ' soapenv:actor="" soapenv:mustUnderstand="1"'


@dataclass(frozen=True, slots=True)
class Request:
    """
    A request ready to be sent: *body* holds secrets, *digest* is the SHA-256 of the same with them replaced.

    *soap_action* is the header's value without its quotes.
    """

    operation: Operation
    url: str
    soap_action: str
    body: bytes = field(repr=False)
    digest: str


def issue(connection: Connection, login: PasswordLogin) -> Request:
    """
    Write the login: a RequestSecurityToken with a UsernameToken (norm 410, WS-Trust February 2005).
    """
    form = connection.form
    vema = form.sts_form == "vema"
    attributes = _VEMA_SECURITY if vema else ' soapenv:mustUnderstand="1"' * form.must_understand
    version = ""
    if form.sts_version is not None:
        version = _element("BiPROVersion", form.sts_version, _NAMESPACES[form.sts_version_namespace])

    def write(reveal: Callable[[Secret], str]) -> str:
        security = _USERNAME.format(
            attributes=attributes,
            username=_text(login.username),
            password=_text(reveal(login.password)),
        )
        header = _VEMA_ACTION * vema + security
        return _ENVELOPE.format(header=header, body=_ISSUE.format(version=version))

    return _request(Operation.ISSUE, connection.sts_url, form.sts_soap_action, write)


def list_shipments(connection: Connection, token: Secret) -> Request:
    """
    Write listShipments; no category filter, since several insurers answer one with a schema error.
    """
    flag = ""
    if connection.confirmed_flag != "omit":
        flag = _element("BestaetigeLieferungen", connection.confirmed_flag, ns.TRANSFER)
    return _transfer(connection, Operation.LIST, token, flag)


def get_shipment(connection: Connection, token: Secret, shipment_id: str) -> Request:
    """
    Write getShipment.
    """
    return _transfer(connection, Operation.GET, token, _element("ID", shipment_id, ns.TRANSFER))


def acknowledge_shipment(connection: Connection, token: Secret, shipment_id: str) -> Request:
    """
    Write acknowledgeShipment.
    """
    return _transfer(connection, Operation.ACKNOWLEDGE, token, _element("ID", shipment_id, ns.TRANSFER))


def _transfer(connection: Connection, operation: Operation, token: Secret, rest: str) -> Request:
    form = connection.form
    name = operation.value
    if form.operations == "capital":
        name = name[0].upper() + name[1:]
    fields = _element("BiPROVersion", connection.bipro_version, _NAMESPACES[form.version_namespace])
    if connection.consumer_id:
        fields += _element("ConsumerID", connection.consumer_id, _NAMESPACES[form.consumer_namespace])
    body = f'<tran:{name} xmlns:tran="{ns.TRANSFER}"><tran:Request>{fields}{rest}</tran:Request></tran:{name}>'

    def write(reveal: Callable[[Secret], str]) -> str:
        return _ENVELOPE.format(header=_CONTEXT_TOKEN.format(token=_text(reveal(token))), body=body)

    action = f"urn:{name}" if form.soap_action == "urn" else ""
    return _request(operation, connection.transfer_url, action, write)


def _request(
    operation: Operation, url: str, soap_action: str, write: Callable[[Callable[[Secret], str]], str]
) -> Request:
    redacted = write(lambda _secret: REDACTED).encode()
    return Request(
        operation=operation,
        url=url,
        soap_action=soap_action,
        body=write(Secret.reveal).encode(),
        digest=hashlib.sha256(redacted).hexdigest(),
    )


def _element(name: str, value: str, namespace: str) -> str:
    return f'<{name} xmlns="{namespace}">{_text(value)}</{name}>'


def _text(value: str) -> str:
    if _NOT_XML.search(value):
        raise ConfigurationError(
            "A value for the insurer holds a character that XML cannot carry.",
            hint="Enter the user name, the password and the consumer id again, without control characters.",
        )
    return escape(value, {"\r": "&#13;"})
