"""End a session at the STS (norm 410, WS-Trust of February 2005); it never starts one."""

from __future__ import annotations

from ...errors import FaultError, ProtocolError
from ...model.ports import Operation, Outcome
from ...model.secret import Secret
from ..answers import Fault, content_of
from ..calls.call import Call
from ..calls.request import Request, Reveal, soap_request
from ..calls.unkept import Unkept
from ..codes import spoken
from ..soap import namespaces as ns
from ..soap.writing import envelope, security
from ..wire import Connection
from .session import context_token
from .token_answer import below


_ID = f' xmlns:wsu="{ns.UTILITY}" wsu:Id="session"'

_CANCEL = f"""<RequestSecurityToken xmlns="{ns.TRUST}"><TokenType>{ns.SECURE_CONVERSATION}/sct</TokenType>\
<RequestType>{ns.TRUST}/Cancel</RequestType><CancelTarget><wsse:SecurityTokenReference xmlns:wsse="{ns.SECURITY}">\
<wsse:Reference URI="#session"/></wsse:SecurityTokenReference></CancelTarget></RequestSecurityToken>"""


def cancel(connection: Connection, identifier: Secret) -> Request:
    """
    Write the end of the session named *identifier*; header and body refer to each other.
    """

    def write(reveal: Reveal) -> str:
        token = context_token(reveal(identifier), _ID)
        return envelope(header=security(token.reveal()), body=_CANCEL)

    action = connection.form.sts_soap_action
    return soap_request(Operation.CANCEL, "sts", connection.sts_url, soap_action=action, write=write)


def demand_cancelled(call: Call) -> None:
    """
    Send the request, and demand the STS's word that the session has ended.  Raises :class:`InsurerError`.
    """
    answer = call.send(Unkept())
    content = content_of(answer)
    if isinstance(content, Fault):
        call.outcome, call.status = Outcome.FAULT, content.status
        raise FaultError(f"The session was not ended, {spoken(content.codes)}.", codes=content.codes)
    named = content is not None and (content.namespace, content.name) == (ns.TRUST, "RequestSecurityTokenResponse")
    if content is None or not named or below(content, ((ns.TRUST, "RequestedTokenCancelled"),)) is None:
        raise ProtocolError("The answer does not say that the session has ended.")
