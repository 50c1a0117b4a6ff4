"""Takes a SOAP 1.1 request apart with expat; it never judges more than its outer form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from .faults import RefusedCallError


ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
TRUST = "http://schemas.xmlsoap.org/ws/2005/02/trust"
UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
TRUST_1_3 = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
CONVERSATION = "http://schemas.xmlsoap.org/ws/2005/02/sc"

LOGIN = "RequestSecurityToken"
"""The element that asks for a token, in each version of WS-Trust."""

_SOAP_1_2 = "http://www.w3.org/2003/05/soap-envelope"


@dataclass(slots=True)
class Element:
    """
    One element with its namespace, attributes, children, and its own text.
    """

    namespace: str
    name: str
    attributes: Mapping[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def child(self, namespace: str, name: str) -> Element | None:
        """
        Return the first child of that name.
        """
        return next((each for each in self.children if (each.namespace, each.name) == (namespace, name)), None)

    def value(self, namespace: str, name: str) -> str | None:
        """
        Return the text of the first child of that name, without blanks around it.
        """
        found = self.child(namespace, name)
        return None if found is None else found.text.strip()


def parse(document: bytes) -> Element:
    """
    Return the root element; what is not well-formed or carries a DOCTYPE is refused.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    top = Element("", "", {})
    stack = [top]

    def start(tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition(" ")
        element = Element(namespace, name, attributes)
        stack[-1].children.append(element)
        stack.append(element)

    def end(_tag: str) -> None:
        stack.pop()

    def text(data: str) -> None:
        stack[-1].text += data

    def doctype(*_facts: object) -> None:
        raise RefusedCallError.schema("A DOCTYPE is not accepted")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise RefusedCallError.schema(f"The request is not well-formed XML: {error}") from error
    return top.children[0]


def root_part(content_type: str, body: bytes) -> bytes:
    """
    Return the XML of a request, whether it is sent alone or as the first part of an MTOM message.
    """
    if not content_type.lower().startswith("multipart/related"):
        return body
    found = re.search(r'boundary=(?:"([^"]+)"|([^;\s]+))', content_type, re.IGNORECASE)
    if found is None:
        raise RefusedCallError.schema("The multipart request names no boundary")
    parts = (b"\r\n" + body).split(b"\r\n--" + (found[1] or found[2]).encode())
    if len(parts) < 3 or not parts[-1].startswith(b"--"):  # noqa: PLR2004  preamble, root, end
        raise RefusedCallError.schema("The multipart request is incomplete")
    return parts[1].partition(b"\r\n\r\n")[2]


@dataclass(frozen=True, slots=True)
class Envelope:
    """
    A SOAP request taken apart, nothing checked yet; *document* is the XML as it came.
    """

    header: Element | None
    payload: Element
    document: bytes

    @property
    def security(self) -> Element:
        """
        The WS-Security header; where there is none to be used the call is refused.
        """
        if self.header is None or not self.header.children:
            raise RefusedCallError("00900", "00901")
        security = self.header.child(SECURITY, "Security")
        if security is None:
            raise RefusedCallError("00900", "00905")
        if not security.children:
            raise RefusedCallError("00900", "00906")
        return security

    def proves(self, name: str) -> bool:
        """
        Say whether the security header, if there is one, holds an element of that name.
        """
        security = None if self.header is None else self.header.child(SECURITY, "Security")
        return security is not None and any(each.name == name for each in security.children)


def open_envelope(document: bytes) -> Envelope:
    """
    Return the envelope of a request; what is no SOAP 1.1 with one element in its body is refused.
    """
    root = parse(document)
    if root.namespace == _SOAP_1_2:
        raise RefusedCallError("00930", detail="Only SOAP 1.1 is understood", version_mismatch=True)
    body = root.child(ENVELOPE, "Body")
    if (root.namespace, root.name) != (ENVELOPE, "Envelope") or body is None or len(body.children) != 1:
        raise RefusedCallError.schema("A SOAP 1.1 envelope with one element in its body is expected")
    return Envelope(root.child(ENVELOPE, "Header"), body.children[0], document)
