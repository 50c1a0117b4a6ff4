"""Turns a request into what goes back over the wire, and writes the call log in between; it knows no sockets."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

from .answers import fault_answer
from .assertions import Assertions
from .calls import Call, CallLog, read_calls
from .certificates import Certificates
from .clock import Clock
from .envelope import open_envelope, root_part
from .exchange import Delivery, Desk, Reply, Request
from .faults import RefusedCallError, TurnedAwayError
from .framing import plain
from .hub import Hub
from .insurer import Insurer
from .mailbox import Mailbox
from .misbehaviour import Misbehaviour
from .rate import Rate
from .requests import check_soap_action
from .scenario import Scenario
from .script import Script
from .sessions import Sessions
from .sts import Sts
from .tgic import Tgic
from .transfer import TransferService
from .words import Action, LoginMethod, Operation


_PAGE = b"<!DOCTYPE html><html><body><h1>Wartungsarbeiten</h1><p>Das ist eine erfundene Seite.</p></body></html>\n"
_DOCTYPE = b'<!DOCTYPE Envelope [<!ENTITY a "a">]>\n'


class _DroppedError(Exception):
    """
    The connection ends without an answer.
    """


def _insurer(scenario: Scenario, log: Path, authority: bytes) -> Insurer:
    history = list(read_calls(log))
    clock = Clock(scenario.http.clock_skew)
    return Insurer(
        scenario=scenario,
        clock=clock,
        script=Script(scenario.misbehaviours),
        sessions=Sessions(scenario, clock, history),
        certificates=Certificates(authority, scenario.account.certificate_serial, clock),
        assertions=Assertions(clock),
        mailbox=Mailbox(scenario, clock, history),
    )


def _desks(insurer: Insurer) -> dict[str, Desk]:
    """
    Return the services that this account's login leads to, by path.
    """
    scenario = insurer.scenario
    desks: dict[str, Desk] = {scenario.transfer.path: TransferService(insurer)}
    if scenario.account.login is LoginMethod.TGIC:
        desks[scenario.tgic.path] = Tgic(insurer)
    elif scenario.account.login is not LoginMethod.TLS:
        desks[scenario.sts.path] = Sts(insurer)
    return desks


class Service:
    """
    The practice insurer behind its sockets; *log* outlives it, *authority* (PEM) issues its clients' certificates.

    Safe for several threads.
    """

    def __init__(self, scenario: Scenario, log: Path, authority: bytes) -> None:
        self.stopping = threading.Event()
        self._insurer = _insurer(scenario, log, authority)
        self._http = scenario.http
        self._clock = self._insurer.clock
        self._script = self._insurer.script
        self._rate = Rate(scenario.http.calls_per_second)
        self._hub = Hub(scenario.hub, self._clock)
        self._desks = _desks(self._insurer)
        self._log = CallLog(log)

    def answer(self, request: Request) -> Delivery | None:
        """
        Return what to send, None for a connection that just ends; the call stands in the log already.
        """
        call = Call(operation="unknown", received=len(request.body))
        try:
            delivery = self._deliver(self._reply(request, call), request, call)
            call.status = delivery.status
            call.sent = len(delivery.body)
        except _DroppedError:
            return None
        else:
            return delivery
        finally:
            self._log.write(call)

    def note_broken_handshake(self) -> None:
        """
        Log a connection that ended before a call, as one with a refused certificate does.
        """
        self._log.write(Call(operation="handshake", received=0))

    def close(self) -> None:
        """
        Wake whoever stalls, and close the log.
        """
        self.stopping.set()
        self._log.close()

    def _reply(self, request: Request, call: Call) -> Reply:
        desk = self._desks.get(request.path)
        try:
            if request.method == "HEAD":
                call.operation = Operation.CLOCK
                return self._misbehave_first(call) or Reply.word(405, "Only POST is answered.", Allow="POST")
            if request.path == self._hub.path:
                call.operation = Operation.HUB
                return self._misbehave_first(call) or self._hub.login(request, call)
            if desk is None:
                return Reply.word(404, "There is no service here.")
            return self._serve(desk, request, call)
        except TurnedAwayError as refusal:
            headers = {"WWW_Authenticate": refusal.challenge} if refusal.challenge else {}
            return Reply.word(refusal.status, "Not with this proof.", **headers)

    def _serve(self, desk: Desk, request: Request, call: Call) -> Reply:
        try:
            envelope = open_envelope(root_part(request.content_type, request.body))
            call.operation, call.shipment = desk.identify(envelope)
            early = self._misbehave_first(call, desk.fault)
            if early is not None:
                return early
            self._hub.check(request.authorization)
            check_soap_action(request.soap_action, Operation(call.operation), self._http.soap_action)
            return desk.answer(envelope, request, call)
        except RefusedCallError as refusal:
            call.codes = refusal.codes
            code = "VersionMismatch" if refusal.version_mismatch else "Client"
            text = fault_answer(refusal.codes, refusal.detail, desk.version, self._clock.local(), code=code)
            return Reply(refusal.status, *desk.fault(text))

    def _misbehave_first(self, call: Call, framed: Callable[[str], tuple[str, bytes]] = plain) -> Reply | None:
        if seconds := self._rate.wait():
            call.fired.append("rate-limit")
            return Reply.word(429, "Too many calls.", Retry_After=str(seconds))
        if rule := self._script.fire(Action.STALL, call):
            self.stopping.wait(rule.seconds)
        if self._script.fire(Action.CLOSE, call):
            raise _DroppedError
        if rule := self._script.fire(Action.STATUS, call):
            return Reply.word(rule.status, "Not now.", **self._wishes(rule))
        if rule := self._script.fire(Action.HTML, call):
            return Reply(rule.status, "text/html; charset=utf-8", _PAGE)
        if rule := self._script.fire(Action.FAULT, call):
            call.codes = rule.codes
            text = fault_answer(rule.codes, "", "2.6.1.1.0", self._clock.local(), code="Server", detail=rule.detail)
            return Reply(500, *framed(text))
        if rule := self._script.fire(Action.CLOCK_JUMP, call):
            self._clock.jump(rule.seconds)
        if self._script.fire(Action.FORGET_TOKENS, call):
            self._insurer.sessions.forget()
            self._insurer.assertions.forget()
        if self._script.fire(Action.LOCK, call):
            self._insurer.sessions.lock(call)
        return None

    def _wishes(self, rule: Misbehaviour) -> dict[str, str]:
        headers = {} if rule.location is None else {"Location": rule.location}
        if rule.retry_after is not None:
            moment = self._clock.now() + timedelta(seconds=rule.retry_after)
            in_words = format_datetime(moment, usegmt=True) if rule.retry_after_date else str(rule.retry_after)
            headers["Retry_After"] = in_words
        return headers

    def _deliver(self, reply: Reply, request: Request, call: Call) -> Delivery:
        body = reply.body
        if b"?>\n" in body and self._script.fire(Action.DOCTYPE, call):
            body = body.replace(b"?>\n", b"?>\n" + _DOCTYPE, 1)
        headers = {"Date": format_datetime(self._clock.now(), usegmt=True), "Content-Type": reply.content_type}
        headers |= reply.headers
        if self._http.gzip and request.accepts_gzip:
            body = gzip.compress(body, compresslevel=1)
            headers["Content-Encoding"] = "gzip"
        length = len(body)
        if rule := self._script.fire(Action.TRUNCATE, call):
            body = body[: int(length * rule.keep)]
            length = len(body) if rule.clean else length
        drip = self._script.fire(Action.DRIP, call)
        slow_head = self._script.fire(Action.DRIP_HEADERS, call)
        reset = self._script.fire(Action.RESET, call)
        if self._script.fire(Action.LOSE_ANSWER, call):
            raise _DroppedError
        return Delivery(
            status=reply.status,
            headers=headers,
            body=body,
            length=length,
            chunked=self._http.chunked,
            trailers=self._http.trailers,
            head_rate=slow_head.rate if slow_head else None,
            rate=drip.rate if drip else None,
            reset_after=reset.after if reset else None,
        )
