"""Packs one shipment into the answer to getShipment, well or as badly as the script says; it changes no state."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from .answers import Writer, include
from .calls import Call
from .framing import Attachment, Framing, file_id, inline_text, multipart, plain, reference
from .scenario import File, Shipment, Transfer
from .script import Script
from .words import Action, Algorithm


_WRONG_CHECKSUM = "0123456789abcdef" * 2
_CHANGED = b"\n% other bytes under the same id\n"


@dataclass(slots=True)
class Package:
    """
    A shipment on its way out, for one call.
    """

    shipment: Shipment
    call: Call
    script: Script
    boundary: str
    attachments: list[Attachment] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, operation: str, version: str, moment: str) -> tuple[str, bytes]:
        """
        Return content type and body, and note in the call what files went out.
        """
        packing = self.shipment.packing
        text = self._text(operation, version, moment)
        if packing.framing is not Framing.MTOM:
            return plain(text)
        if self.attachments and self.script.fire(Action.MISSING_PART, self.call):
            del self.attachments[0]
            del self.sent[0]
        if self.attachments and self.script.fire(Action.WRONG_PART, self.call):
            self.attachments[0] = replace(self.attachments[0], content_id="Something-Else@practice-insurer.example")
        return multipart(text, self.attachments, packing.quirks, self.boundary)

    def _text(self, operation: str, version: str, moment: str) -> str:
        sent = [file for transfer in self.shipment.transfers for file in transfer.files if file.data is not None]
        changed = bool(sent) and self.script.fire(Action.OTHER_BYTES, self.call) is not None
        wrong = bool(sent) and self.script.fire(Action.WRONG_CHECKSUM, self.call) is not None
        self.call.files = self.sent
        writer = Writer(self.shipment.packing.prefixes)
        transfers = "".join(
            self._transfer(writer, transfer, changed=changed, wrong=wrong) for transfer in self.shipment.transfers
        )
        shipment, count = self.shipment, None
        if rule := self.script.fire(Action.OTHER_ID, self.call):
            shipment = replace(shipment, id=rule.id)
        if rule := self.script.fire(Action.WRONG_COUNT, self.call):
            count = rule.count
        status = writer.status("OK", self.call.codes, moment)
        return writer.response(operation, version, status + writer.shipment(shipment, transfers, count))

    def _transfer(self, writer: Writer, transfer: Transfer, *, changed: bool, wrong: bool) -> str:
        files = "".join(self._file(writer, file, changed=changed, wrong=wrong) for file in transfer.files)
        return writer.transfer(transfer, files)

    def _file(self, writer: Writer, file: File, *, changed: bool, wrong: bool) -> str:
        if file.data is None:
            return writer.file(file, None, Algorithm.NONE, "")
        data = file.data + (_CHANGED if changed else b"")
        packing = self.shipment.packing
        content_id = file_id(len(self.sent) + 1, packing.quirks)
        self.attachments.append(Attachment(content_id, file.media_type or "application/octet-stream", data))
        self.sent.append({"name": file.name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()})
        content = (
            include(reference(content_id, packing.quirks))
            if packing.framing is Framing.MTOM
            else inline_text(data, packing.framing)
        )
        if wrong:
            return writer.file(file, content, file.checksum or Algorithm.SHA1, _WRONG_CHECKSUM)
        return writer.file(file, content, file.checksum, _checksum(data, file.checksum))


def _checksum(data: bytes, algorithm: Algorithm) -> str:
    if algorithm is Algorithm.NONE:
        return ""
    return hashlib.new(algorithm.value.lower(), data, usedforsecurity=False).hexdigest()
