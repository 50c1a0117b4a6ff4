"""Write SOAP 1.1 envelopes as text; whatever comes from outside is escaped, and what XML cannot carry is refused."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from ...errors import ConfigurationError
from . import namespaces as ns


NAMESPACES = {"nachrichten": ns.MESSAGES, "allgemein": ns.GENERAL, "transfer": ns.TRANSFER}
"""The namespaces that a profile names by their last word."""

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_ENVELOPE = f"""<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="{ns.SOAP_11}"><soapenv:Header>{{header}}</soapenv:Header>\
<soapenv:Body>{{body}}</soapenv:Body></soapenv:Envelope>"""


def envelope(*, header: str, body: str) -> str:
    """
    Return the envelope around two pieces of XML, which may use the prefix `soapenv`.
    """
    return _ENVELOPE.format(header=header, body=body)


def security(content: str, attributes: str = "") -> str:
    """
    Return a WS-Security header around *content*, which is XML and may use the prefix `wsse`.
    """
    return f'<wsse:Security xmlns:wsse="{ns.SECURITY}"{attributes}>{content}</wsse:Security>'


def element(name: str, value: str, namespace: str) -> str:
    """
    Return an element around a text.  Raises :class:`ConfigurationError` as :func:`text`.
    """
    return f'<{name} xmlns="{namespace}">{text(value)}</{name}>'


def text(value: str) -> str:
    """
    Return *value* as XML text.  Raises :class:`ConfigurationError` for a character that XML cannot carry.
    """
    if _NOT_XML.search(value):
        raise ConfigurationError(
            "A value for the insurer holds a character that XML cannot carry.",
            hint="Enter the user name, the password and the consumer id again, without control characters.",
        )
    return escape(value, {"\r": "&#13;"})
