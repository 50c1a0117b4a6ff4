"""Turns a request into what goes back over the wire, and writes the call log in between; it knows no sockets."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass, field
from email.utils import format_datetime
from pathlib import Path

from .answers import Writer, fault_answer, login_answer
from .calls import Call, CallLog, read_calls
from .clock import Clock
from .envelope import Envelope, open_envelope, root_part
from .faults import NotOkError, RefusedCallError
from .framing import plain
from .mailbox import Mailbox
from .packing import Package
from .requests import TransferCall, check_soap_action, read_login, read_token, read_transfer
from .scenario import Scenario
from .script import Script
from .words import Action, Operation


_PAGE = b"<!DOCTYPE html><html><body><h1>Wartungsarbeiten</h1><p>Das ist eine erfundene Seite.</p></body></html>\n"
_DOCTYPE = b'<!DOCTYPE Envelope [<!ENTITY a "a">]>\n'


@dataclass(frozen=True, slots=True)
class Request:
    """
    One HTTP POST.
    """

    path: str
    content_type: str
    soap_action: str | None
    accepts_gzip: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """
    An HTTP answer as it should be.
    """

    status: int
    content_type: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    What the server sends.  It announces *length* bytes; where *body* has fewer, the connection ends after it.
    *rate* is in bytes a second.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    length: int
    chunked: bool
    rate: int | None


class _DroppedError(Exception):
    """
    The connection ends without an answer.
    """


class Service:
    """
    The practice insurer behind its sockets; *log* outlives it.  Safe for several threads.
    """

    def __init__(self, scenario: Scenario, log: Path) -> None:
        self.stopping = threading.Event()
        self._scenario = scenario
        self._clock = Clock(scenario.http.clock_skew)
        self._mailbox = Mailbox(scenario, self._clock, read_calls(log))
        self._script = Script(scenario.misbehaviours)
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

    def close(self) -> None:
        """
        Wake whoever stalls, and close the log.
        """
        self.stopping.set()
        self._log.close()

    def _reply(self, request: Request, call: Call) -> Reply:
        sts, transfer = self._scenario.sts, self._scenario.transfer
        if request.path not in (sts.path, transfer.path):
            return Reply(404, "text/plain; charset=utf-8", b"There is no service here.\n")
        login = request.path == sts.path
        try:
            envelope = open_envelope(root_part(request.content_type, request.body), login=login)
            call.operation, call.shipment = envelope.operation.value, envelope.shipment
            early = self._misbehave_first(call)
            if early is not None:
                return early
            check_soap_action(request.soap_action, envelope.operation, self._scenario.http.soap_action)
            return self._login(envelope, call) if login else self._transfer(envelope, call)
        except RefusedCallError as refusal:
            call.codes = refusal.codes
            version = sts.bipro_version if login else transfer.bipro_version
            code = "VersionMismatch" if refusal.version_mismatch else "Client"
            text = fault_answer(refusal.codes, refusal.detail, version, self._clock.local(), code=code)
            return Reply(500, *plain(text))

    def _misbehave_first(self, call: Call) -> Reply | None:
        if rule := self._script.fire(Action.STALL, call):
            self.stopping.wait(rule.seconds)
        if self._script.fire(Action.CLOSE, call):
            raise _DroppedError
        if rule := self._script.fire(Action.STATUS, call):
            headers = {} if rule.retry_after is None else {"Retry-After": str(rule.retry_after)}
            return Reply(rule.status, "text/plain; charset=utf-8", b"Not now.\n", headers)
        if rule := self._script.fire(Action.HTML, call):
            return Reply(rule.status, "text/html; charset=utf-8", _PAGE)
        if rule := self._script.fire(Action.FAULT, call):
            call.codes = rule.codes
            text = fault_answer(rule.codes, "", "2.6.1.1.0", self._clock.local(), code="Server", detail=rule.detail)
            return Reply(500, *plain(text))
        if rule := self._script.fire(Action.CLOCK_JUMP, call):
            self._clock.jump(rule.seconds)
        if self._script.fire(Action.FORGET_TOKENS, call):
            self._mailbox.forget_tokens()
        if self._script.fire(Action.LOCK, call):
            self._mailbox.lock_account(call)
        return None

    def _login(self, envelope: Envelope, call: Call) -> Reply:
        login = read_login(envelope, self._scenario)
        call.user = login.username
        token = self._mailbox.login(login, call)
        habits = self._scenario.sts
        return Reply(200, *plain(login_answer(token, habits.lifetime, habits.bipro_version)))

    def _transfer(self, envelope: Envelope, call: Call) -> Reply:
        self._mailbox.check_token(read_token(envelope))
        call.user = self._scenario.account.username
        request = read_transfer(envelope, self._scenario)
        try:
            if rule := self._script.fire(Action.NOK, call):
                raise NotOkError(rule.code)
            if self._script.fire(Action.VANISH, call):
                self._mailbox.let_vanish(call)
            return Reply(200, *self._operate(request, envelope.payload.name, call))
        except NotOkError as refusal:
            call.codes = (refusal.code,)
            return Reply(200, *self._plain_answer(envelope.payload.name, "NOK", call))

    def _operate(self, request: TransferCall, name: str, call: Call) -> tuple[str, bytes]:
        call.codes = ("04000",)
        if request.operation is Operation.GET:
            shipment = self._mailbox.fetch(request.shipment)
            habits = self._scenario.transfer
            package = Package(shipment, call, self._script, habits.boundary)
            return package.answer(name, habits.bipro_version, self._clock.local())
        if request.operation is Operation.ACKNOWLEDGE:
            self._mailbox.acknowledge(call)
            return self._plain_answer(name, "OK", call)
        again = self._script.fire(Action.RELIST, call) is not None
        shipments = self._mailbox.listing(request, again=again)
        call.listed = [shipment.id for shipment in shipments]
        call.codes = ("04000",) if shipments else ("04001",)
        rule = self._script.fire(Action.WRONG_COUNT, call) if shipments else None
        writer = Writer(self._scenario.transfer.packing.prefixes)
        entries = [writer.shipment(each, count=rule.count if rule else None) for each in shipments]
        return self._plain_answer(name, "OK", call, "".join(entries))

    def _plain_answer(self, name: str, status_id: str, call: Call, content: str = "") -> tuple[str, bytes]:
        habits = self._scenario.transfer
        writer = Writer(habits.packing.prefixes)
        status = writer.status(status_id, call.codes, self._clock.local())
        return plain(writer.response(name, habits.bipro_version, status + content))

    def _deliver(self, reply: Reply, request: Request, call: Call) -> Delivery:
        body = reply.body
        if b"?>\n" in body and self._script.fire(Action.DOCTYPE, call):
            body = body.replace(b"?>\n", b"?>\n" + _DOCTYPE, 1)
        headers = {"Date": format_datetime(self._clock.now(), usegmt=True), "Content-Type": reply.content_type}
        headers |= reply.headers
        if self._scenario.http.gzip and request.accepts_gzip:
            body = gzip.compress(body, compresslevel=1)
            headers["Content-Encoding"] = "gzip"
        length = len(body)
        if rule := self._script.fire(Action.TRUNCATE, call):
            body = body[: int(length * rule.keep)]
            length = len(body) if rule.clean else length
        drip = self._script.fire(Action.DRIP, call)
        if self._script.fire(Action.LOSE_ANSWER, call):
            raise _DroppedError
        return Delivery(reply.status, headers, body, length, self._scenario.http.chunked, drip.rate if drip else None)
