"""The insurer's login service: Issue, Validate and Cancel; it never takes a proof that the account does not use.

WS-Trust of February 2005 and WS-Security 1.0, as norm 410 uses them.
"""

from __future__ import annotations

from .calls import Call
from .envelope import CONVERSATION, LOGIN, SECURITY, TRUST, UTILITY, Envelope
from .exchange import Reply, Request
from .faults import RefusedCallError
from .framing import plain
from .insurer import Insurer
from .requests import check_login_form, read_token, read_username
from .trust_answers import cancel_answer, login_answer, validate_answer
from .words import LoginMethod, Operation


_KINDS = {f"{TRUST}/Validate": Operation.VALIDATE, f"{TRUST}/Cancel": Operation.CANCEL}


class Sts:
    """
    Answers what is sent to the login address.
    """

    def __init__(self, insurer: Insurer) -> None:
        self.version = insurer.scenario.sts.bipro_version
        self._insurer = insurer

    def identify(self, envelope: Envelope) -> tuple[Operation, str | None]:
        """
        Tell Issue, Validate and Cancel apart.
        """
        if (envelope.payload.namespace, envelope.payload.name) != (TRUST, LOGIN):
            raise RefusedCallError.schema(f"{LOGIN} is expected")
        return _KINDS.get(envelope.payload.value(TRUST, "RequestType") or "", Operation.LOGIN), None

    def answer(self, envelope: Envelope, request: Request, call: Call) -> Reply:
        """
        Return a token, a verdict on one, or that it is cancelled.
        """
        if call.operation == Operation.VALIDATE and self._insurer.scenario.sts.validate:
            return Reply(200, *plain(validate_answer(valid=self._insurer.sessions.valid(read_token(envelope)))))
        if call.operation == Operation.CANCEL and self._insurer.scenario.sts.cancel:
            identifier = read_token(envelope)
            _check_target(envelope)
            self._insurer.sessions.cancel(identifier, call)
            return Reply(200, *plain(cancel_answer()))
        return self._issue(envelope, request, call)

    def fault(self, text: str) -> tuple[str, bytes]:
        """
        Return a fault as XML alone.
        """
        return plain(text)

    def _issue(self, envelope: Envelope, request: Request, call: Call) -> Reply:
        payload, habits = envelope.payload, self._insurer.scenario.sts
        if payload.value(TRUST, "TokenType") != f"{CONVERSATION}/sct":
            raise RefusedCallError("00900", "00910")
        if payload.value(TRUST, "RequestType") != f"{TRUST}/Issue":
            raise RefusedCallError("00900", "00911")
        check_login_form(envelope, habits.form)
        self._prove(envelope, request, call)
        token = self._insurer.sessions.begin(call)
        return Reply(200, *plain(login_answer(token, habits.lifetime, habits.bipro_version)))

    def _prove(self, envelope: Envelope, request: Request, call: Call) -> None:
        account = self._insurer.scenario.account
        if account.login is LoginMethod.PASSWORD:
            call.user, password = read_username(envelope, typed=True)
            self._insurer.sessions.check_password(call.user, password, call)
            return
        if envelope.proves("UsernameToken"):
            raise RefusedCallError("00900", "00907")
        if account.login is LoginMethod.SIGNATURE:
            self._insurer.certificates.check_signature(envelope.document)
        else:
            self._insurer.certificates.check_connection(request.certificate)
        self._insurer.sessions.check_unlocked()
        call.user = account.username


def _check_target(envelope: Envelope) -> None:
    """
    Refuse a Cancel that does not name the token of its header.
    """
    target = envelope.payload.child(TRUST, "CancelTarget")
    if target is None:
        raise RefusedCallError("00900", "00912")
    named = target.child(SECURITY, "SecurityTokenReference")
    if named is None:
        raise RefusedCallError("00900", "00913")
    reference = named.child(SECURITY, "Reference")
    if reference is None:
        raise RefusedCallError("00900", "00914")
    if "URI" not in reference.attributes:
        raise RefusedCallError("00900", "00915")
    token = envelope.security.child(CONVERSATION, "SecurityContextToken")
    identifier = None if token is None else token.attributes.get(f"{UTILITY} Id")
    if not identifier or reference.attributes["URI"] != f"#{identifier}":
        raise RefusedCallError("00900", "00916")
