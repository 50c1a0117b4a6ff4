"""Write the request for a token with user name and password (norm 410, WS-Trust of February 2005)."""

from __future__ import annotations

from ...model.ports import Operation
from ..calls.request import Request, Reveal, soap_request
from ..soap import namespaces as ns
from ..soap.writing import NAMESPACES, element, envelope, security, text
from ..wire import Connection, PasswordLogin


_USERNAME = f"""<wsse:UsernameToken><wsse:Username>{{username}}</wsse:Username>\
<wsse:Password Type="{ns.PASSWORD_TEXT}">{{password}}</wsse:Password></wsse:UsernameToken>"""

_ISSUE = f"""<RequestSecurityToken xmlns="{ns.TRUST}"><TokenType>{ns.SECURE_CONVERSATION}/sct</TokenType>\
<RequestType>{ns.TRUST}/Issue</RequestType>{{version}}</RequestSecurityToken>"""

_VEMA_ACTION = f"""<wsa:Action xmlns:wsa="{ns.ADDRESSING_SLASH}" soapenv:actor="" soapenv:mustUnderstand="0">\
{ns.TRUST}/RST/SCT</wsa:Action>"""

_VEMA_SECURITY = ' soapenv:actor="" soapenv:mustUnderstand="1"'


def issue(connection: Connection, login: PasswordLogin) -> Request:
    """
    Write the login: a RequestSecurityToken with a UsernameToken.
    """
    form = connection.form
    vema = form.sts_form == "vema"
    attributes = _VEMA_SECURITY if vema else ' soapenv:mustUnderstand="1"' * form.must_understand
    version = ""
    if form.sts_version is not None:
        version = element("BiPROVersion", form.sts_version, NAMESPACES[form.sts_version_namespace])

    def write(reveal: Reveal) -> str:
        token = _USERNAME.format(username=text(login.username), password=text(reveal(login.password)))
        header = _VEMA_ACTION * vema + security(token, attributes)
        return envelope(header=header, body=_ISSUE.format(version=version))

    return soap_request(Operation.ISSUE, "sts", connection.sts_url, soap_action=form.sts_soap_action, write=write)
