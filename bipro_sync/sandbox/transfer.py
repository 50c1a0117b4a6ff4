"""The insurer's transfer service, norm 430; it never answers a call without a valid session."""

from __future__ import annotations

from .answers import Writer
from .calls import Call
from .envelope import Envelope
from .exchange import Reply, Request
from .faults import NotOkError, RefusedCallError
from .framing import Quirk, multipart, plain
from .insurer import Insurer
from .packing import Package
from .requests import TransferCall, identify_transfer, read_token, read_transfer
from .words import Action, LoginMethod, MissingRight, Operation


_LISTING = "list"


class TransferService:
    """
    Answers what is sent to the transfer address.
    """

    def __init__(self, insurer: Insurer) -> None:
        self.version = insurer.scenario.transfer.bipro_version
        self._insurer = insurer
        self._habits = insurer.scenario.transfer

    def identify(self, envelope: Envelope) -> tuple[Operation, str | None]:
        """
        Tell the three operations apart.
        """
        return identify_transfer(envelope, release1=self._habits.release1)

    def fault(self, text: str) -> tuple[str, bytes]:
        """
        Return a fault as XML alone, or as the root of a multipart message.
        """
        quirks = self._habits.packing.quirks
        return multipart(text, (), quirks, self._habits.boundary) if Quirk.FAULT_IN_MULTIPART in quirks else plain(text)

    def answer(self, envelope: Envelope, request: Request, call: Call) -> Reply:
        """
        Return what a call with a valid session gets.
        """
        self._check_session(envelope, request)
        call.user = self._insurer.scenario.account.username
        asked = read_transfer(envelope, Operation(call.operation), self._insurer.scenario)
        try:
            if rule := self._insurer.script.fire(Action.NOK, call):
                raise NotOkError(rule.code)
            if self._insurer.script.fire(Action.VANISH, call):
                self._insurer.mailbox.let_vanish(call)
            return Reply(200, *self._operate(asked, envelope.payload.name, call))
        except NotOkError as refusal:
            call.codes = (refusal.code,)
            return Reply(200, *self._plain_answer(envelope.payload.name, "NOK", call))

    def _check_session(self, envelope: Envelope, request: Request) -> None:
        match self._insurer.scenario.account.login:
            case LoginMethod.TLS:
                if envelope.proves("SecurityContextToken"):
                    raise RefusedCallError("00900", "00907")
                self._insurer.certificates.check_connection(request.certificate)
                self._insurer.sessions.check_unlocked()
            case LoginMethod.TGIC:
                self._insurer.assertions.check(envelope)
            case _:
                self._insurer.sessions.check_token(read_token(envelope))

    def _operate(self, asked: TransferCall, name: str, call: Call) -> tuple[str, bytes]:
        call.codes = ("04000",)
        if asked.operation is Operation.GET:
            shipment = self._insurer.mailbox.fetch(asked.shipment)
            self._check_right(shipment.category or "", call)
            package = Package(shipment, call, self._insurer.script, self._habits.boundary)
            return package.answer(name, self.version, self._insurer.clock.local())
        if asked.operation is Operation.ACKNOWLEDGE:
            self._insurer.mailbox.acknowledge(call)
            return self._plain_answer(name, "OK", call)
        self._check_right(_LISTING, call)
        again = self._insurer.script.fire(Action.RELIST, call) is not None
        shipments = self._insurer.mailbox.listing(asked, again=again)
        call.listed = [shipment.id for shipment in shipments]
        call.codes = ("04000",) if shipments else ("04001",)
        rule = self._insurer.script.fire(Action.WRONG_COUNT, call) if shipments else None
        writer = Writer(self._habits.packing.prefixes)
        entries = [writer.shipment(each, count=rule.count if rule else None) for each in shipments]
        return self._plain_answer(name, "OK", call, "".join(entries))

    def _check_right(self, wanted: str, call: Call) -> None:
        """
        Refuse what the account has no right to: a category, or listing.
        """
        if not wanted.startswith(self._insurer.scenario.account.missing_rights):
            return
        call.fired.append("missing-right")
        match self._habits.missing_right:
            case MissingRight.FAULT:
                raise RefusedCallError("00900", "00920")
            case MissingRight.NOK:
                raise NotOkError("00920")
            case MissingRight.FORBIDDEN:
                raise RefusedCallError("00930", status=403)

    def _plain_answer(self, name: str, status_id: str, call: Call, content: str = "") -> tuple[str, bytes]:
        writer = Writer(self._habits.packing.prefixes)
        status = writer.status(status_id, call.codes, self._insurer.clock.local())
        return plain(writer.response(name, self.version, status + content))
