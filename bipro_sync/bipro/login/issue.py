"""Write the request for a token (norm 410, WS-Trust of February 2005), with a password or over mutual TLS."""

from __future__ import annotations

from collections.abc import Callable

from ...model.ports import Operation
from ..calls.request import Request, Reveal, soap_request
from ..soap import namespaces as ns
from ..soap.writing import NAMESPACES, element, envelope, security, text
from ..wire import CertificateLogin, Connection, PasswordLogin


_USERNAME = f"""<wsse:UsernameToken><wsse:Username>{{username}}</wsse:Username>\
<wsse:Password Type="{ns.PASSWORD_TEXT}">{{password}}</wsse:Password></wsse:UsernameToken>"""

_ISSUE = f"""<RequestSecurityToken xmlns="{ns.TRUST}"><TokenType>{ns.SECURE_CONVERSATION}/sct</TokenType>\
<RequestType>{ns.TRUST}/Issue</RequestType>{{version}}</RequestSecurityToken>"""

_VEMA_ACTION = f"""<wsa:Action xmlns:wsa="{ns.ADDRESSING_SLASH}" soapenv:actor="" soapenv:mustUnderstand="0">\
{ns.TRUST}/RST/SCT</wsa:Action>"""

_MUST = ' soapenv:mustUnderstand="1"'
_NEXT = f' soapenv:actor="{ns.NEXT_ACTOR}"'
_VEMA_SECURITY = f' soapenv:actor=""{_MUST}'


def issue(connection: Connection, login: PasswordLogin | CertificateLogin) -> Request:
    """
    Write the login: a RequestSecurityToken with a UsernameToken.

    Where the TLS connection's certificate is the proof there is no security header at all.
    """

    def write(reveal: Reveal) -> str:
        if isinstance(login, CertificateLogin):
            return issue_text(connection, "")
        token = _USERNAME.format(username=text(login.username), password=text(reveal(login.password)))
        return issue_text(connection, token)

    return issue_request(connection, write)


def issue_request(connection: Connection, write: Callable[[Reveal], str]) -> Request:
    """
    Return the request to the insurer's STS whose text *write* gives.
    """
    action = connection.form.sts_soap_action
    return soap_request(Operation.ISSUE, "sts", connection.sts_url, soap_action=action, write=write)


def issue_text(connection: Connection, token: str) -> str:
    """
    Return the envelope with *token* in its security header, in the form that the insurer's release demands.
    """
    form = connection.form
    vema = form.sts_form == "vema"
    attributes = _VEMA_SECURITY if vema else _NEXT * (form.actor == "next") + _MUST * form.must_understand
    version = ""
    if form.sts_version is not None:
        version = element("BiPROVersion", form.sts_version, NAMESPACES[form.sts_version_namespace])
    header = _VEMA_ACTION * vema + (security(token, attributes) if token else "")
    return envelope(header=header, body=_ISSUE.format(version=version))
