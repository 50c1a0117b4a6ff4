"""Ask the GDV's trusted identity service for an assertion (norms 261 and 411); it never answers a challenge.

Unproven: built from public facts only, over WS-Trust 1.3 and SAML 2.0, and never tried against the real service.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from lxml import etree

from ...model.ports import Operation
from ...model.secret import Secret
from ..calls.request import Request, Reveal, soap_request
from ..soap import namespaces as ns
from ..soap.element import Element
from ..soap.writing import envelope, security, text
from ..wire import TgicLogin
from .refusal import ONE_TIME_PASSWORD, Reason
from .session import Grant
from .signature import moment
from .token_answer import below, token_life


LIFE = timedelta(minutes=5)
"""How long an assertion lives at most."""

_ANSWER = (ns.TRUST_13, "RequestSecurityTokenResponse")
_ANSWERS = (ns.TRUST_13, "RequestSecurityTokenResponseCollection")

_HEADER = f"""<wsa:To xmlns:wsa="{ns.ADDRESSING}">{{url}}</wsa:To>\
<wsa:Action xmlns:wsa="{ns.ADDRESSING}">{ns.TRUST_13}/RST/Issue</wsa:Action>\
<wsa:MessageID xmlns:wsa="{ns.ADDRESSING}">{{message}}</wsa:MessageID>"""

_USER = f"""<wsse:UsernameToken xmlns:wsu="{ns.UTILITY}" wsu:Id="PartnerId"><wsse:Username>{{user}}</wsse:Username>\
{{password}}</wsse:UsernameToken>"""

_CLAIMS = "".join(
    f'<saml2:Attribute Name="urn:tgic:names:ISTS:1.0:user:{name}" '
    'NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri"/>'
    for name in ("PartnerId", "PartnerRolle", "EMail")
)

_ISSUE = f"""<wst:RequestSecurityToken xmlns:wst="{ns.TRUST_13}" Context="{{message}}">\
<wst:TokenType>{ns.SAML_TOKEN}</wst:TokenType>\
<wst:RequestType>{ns.TRUST_13}/Issue</wst:RequestType>\
<wsp:AppliesTo xmlns:wsp="{ns.POLICY}"><wsp:URI>{{service}}</wsp:URI></wsp:AppliesTo>\
<wst:Claims Dialect="{ns.SAML}:AttributeStatementType">\
<saml2:AttributeStatement xmlns:saml2="{ns.SAML}">{_CLAIMS}</saml2:AttributeStatement></wst:Claims>\
<wst:Lifetime xmlns:wsu="{ns.UTILITY}"><wsu:Created>{{created}}</wsu:Created><wsu:Expires>{{expires}}</wsu:Expires>\
</wst:Lifetime></wst:RequestSecurityToken>"""


def tgic_issue(login: TgicLogin, now: datetime) -> Request:
    """
    Write the request for an assertion for the service configured; *now* is the service's time.

    With a certificate the TLS connection is the proof, and the user id stands in the message alone.
    """
    message = f"uuid:{uuid4()}"
    body = _ISSUE.format(
        message=message, service=text(login.service_id), created=moment(now), expires=moment(now + LIFE)
    )

    def write(reveal: Reveal) -> str:
        password = ""
        if login.password is not None:
            password = f"<wsse:Password>{text(reveal(login.password))}</wsse:Password>"
        token = _USER.format(user=text(login.user_id), password=password)
        return envelope(header=_HEADER.format(url=text(login.url), message=message) + security(token), body=body)

    return soap_request(Operation.ISSUE, "tgic", login.url, soap_action=f"{ns.TRUST_13}/RST/Issue", write=write)


def tgic_grant(content: Element, received: bytes) -> Grant | Reason | None:
    """
    Return the assertion that the answer *content* gives, as it stands in the envelope *received*.

    A challenge is a :class:`Reason`; None is an answer that is neither.
    """
    if (content.namespace, content.name) == _ANSWERS:
        content = below(content, (_ANSWER,)) or content
    if (content.namespace, content.name) != _ANSWER:
        return None
    if below(content, ((ns.TRUST_14, "InteractiveChallenge"),)) is not None:
        return ONE_TIME_PASSWORD
    assertion = _assertion(received)
    if assertion is None:
        return None
    longest = LIFE.total_seconds()
    return Grant(Secret(assertion), min(token_life(content, ns.TRUST_13, longest), longest))


def _assertion(received: bytes) -> str | None:
    """
    Return the first EncryptedAssertion with every namespace that is in scope where it stands.
    """
    # The same bytes were read before by our own reader, which refuses what is dangerous in XML.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    path = f".//{{{ns.TRUST_13}}}RequestedSecurityToken/{{{ns.SAML}}}EncryptedAssertion"
    try:
        element = etree.fromstring(received, parser).find(path)
    except etree.XMLSyntaxError:
        # Well-formed only in the character set that MIME named.
        return None
    return None if element is None else etree.tostring(element, encoding="unicode", with_tail=False)
