"""The insurers' central identity service in small; UNPROVEN: norms 261 and 411 are not public, only some messages are.

WS-Trust 1.3 (OASIS): Issue with user and password, or with a client certificate and the user id; the answer is a
SAML 2.0 assertion whose encryption is for the insurer, so nobody here ever looks into it.
"""

from __future__ import annotations

from datetime import timedelta
from xml.sax.saxutils import escape

from .assertions import DECLARED
from .calls import Call
from .envelope import ENVELOPE, LOGIN, SECURITY, TRUST_1_3, UTILITY, Envelope
from .exchange import Reply, Request
from .faults import RefusedCallError
from .framing import plain
from .insurer import Insurer
from .requests import read_username
from .words import Operation, Proof


_ADDRESSING = "http://www.w3.org/2005/08/addressing"
_POLICY = "http://www.w3.org/ns/ws-policy"
_TRUST_1_4 = "http://docs.oasis-open.org/ws-sx/ws-trust/200802"
_SAML_TOKEN = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0"  # noqa: S105  a URI
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Tgic:
    """
    Answers what is sent to the central service.
    """

    version = ""

    def __init__(self, insurer: Insurer) -> None:
        self._insurer = insurer
        self._habits = insurer.scenario.tgic

    def identify(self, envelope: Envelope) -> tuple[Operation, str | None]:
        """
        Accept a request for a token only.
        """
        if (envelope.payload.namespace, envelope.payload.name) != (TRUST_1_3, LOGIN):
            raise RefusedCallError.schema(f"{LOGIN} of WS-Trust 1.3 is expected")
        return Operation.TGIC, None

    def fault(self, text: str) -> tuple[str, bytes]:
        """
        Return a fault as XML alone.
        """
        return plain(text)

    def answer(self, envelope: Envelope, request: Request, call: Call) -> Reply:
        """
        Return an assertion for the insurer's service, or ask for a one-time password.
        """
        self._check_form(envelope)
        self._prove(envelope, request, call)
        if self._habits.challenge:
            call.fired.append("challenge")
            return Reply(200, *plain(_response(_challenge(), collection=self._habits.collection)))
        self._insurer.sessions.proved(call)
        created = self._insurer.clock.now().replace(microsecond=0)
        expires = created + timedelta(seconds=self._habits.token_life)
        content = (
            f"<wst:TokenType>{_SAML_TOKEN}</wst:TokenType>"
            f"<wst:RequestedSecurityToken>{self._insurer.assertions.give(expires)}</wst:RequestedSecurityToken>"
            f'<wsp:AppliesTo xmlns:wsp="{_POLICY}"><wsp:URI>{escape(self._habits.service_id)}</wsp:URI></wsp:AppliesTo>'
            f'<wst:Lifetime xmlns:wsu="{UTILITY}"><wsu:Created>{created.strftime(_TIME)}</wsu:Created>'
            f"<wsu:Expires>{expires.strftime(_TIME)}</wsu:Expires></wst:Lifetime>"
        )
        return Reply(200, *plain(_response(content, collection=self._habits.collection)))

    def _check_form(self, envelope: Envelope) -> None:
        header, payload = envelope.header, envelope.payload
        if header is None or header.value(_ADDRESSING, "Action") != f"{TRUST_1_3}/RST/Issue":
            raise RefusedCallError.schema("The header Action is missing or wrong")
        if not header.value(_ADDRESSING, "MessageID"):
            raise RefusedCallError.schema("The header MessageID is missing")
        if payload.value(TRUST_1_3, "TokenType") != _SAML_TOKEN:
            raise RefusedCallError("00900", "00910")
        if payload.value(TRUST_1_3, "RequestType") != f"{TRUST_1_3}/Issue":
            raise RefusedCallError("00900", "00911")
        applies_to = payload.child(_POLICY, "AppliesTo")
        if applies_to is None or applies_to.value(_POLICY, "URI") != self._habits.service_id:
            raise RefusedCallError.schema("AppliesTo does not name a service that is known here")
        lifetime = payload.child(TRUST_1_3, "Lifetime")
        wanted = None if lifetime is None else lifetime.value(UTILITY, "Expires")
        if wanted is not None and wanted <= self._insurer.clock.now().strftime(_TIME):
            raise RefusedCallError("00960", "00963", detail="The Lifetime asked for is over")

    def _prove(self, envelope: Envelope, request: Request, call: Call) -> None:
        account = self._insurer.scenario.account
        if self._habits.proof is Proof.PASSWORD:
            call.user, password = read_username(envelope, typed=False)
            self._insurer.sessions.check_password(call.user, password, call)
            return
        token = envelope.security.child(SECURITY, "UsernameToken")
        if token is None or token.child(SECURITY, "Password") is not None:
            raise RefusedCallError("00900", "00908")
        self._insurer.certificates.check_connection(request.certificate)
        if token.value(SECURITY, "Username") != account.username:
            raise RefusedCallError("00960", "00961")
        self._insurer.sessions.check_unlocked()
        call.user = account.username


def _challenge() -> str:
    return (
        f'<wst14:InteractiveChallenge xmlns:wst14="{_TRUST_1_4}">'
        f'<wst14:TextChallenge RefId="{_TRUST_1_4}/challenge/OTP" Label="Einmalpasswort" MaxLen="8"/>'
        "</wst14:InteractiveChallenge>"
    )


def _response(content: str, *, collection: bool) -> str:
    response = f"<wst:RequestSecurityTokenResponse>{content}</wst:RequestSecurityTokenResponse>"
    if collection:
        name = "wst:RequestSecurityTokenResponseCollection"
        response = f"<{name}>{response}</{name}>"
    declared = f'xmlns:S="{ENVELOPE}" xmlns:wst="{TRUST_1_3}" {DECLARED}'
    return f"<S:Envelope {declared}><S:Body>{response}</S:Body></S:Envelope>"
