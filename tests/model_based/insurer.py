"""What the model knows of the insurer's side: what it offers, how it behaves, and what a scenario says of that."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime


ODD = ("", "/../..", " Ä%41~", "\"<&>'", "\N{INCOMING ENVELOPE}" * 20)
"""What stands after a number in the ids of shipments."""

USUAL, OTHER = "100007000", "150010000"
"""Two categories, of which a broker's rule may leave one."""

OURS, FOREIGN = "ERF-4711", "ERF-9999"
"""Broker numbers."""

FAULTS = {
    "login": [
        ("html", {}),
        ("status", {"status": 503}),
        ("fault", {"codes": ["00940"]}),
        ("fault", {"codes": ["00932"]}),
        ("close", {}),
        ("lose-answer", {}),
    ],
    "listShipments": [
        ("html", {}),
        ("status", {"status": 500}),
        ("status", {"status": 429, "retry_after": 60}),
        ("fault", {"codes": ["00930"]}),
        ("fault", {"codes": ["00961"]}),
        ("nok", {"code": "04001"}),
        ("truncate", {}),
        ("close", {}),
        ("forget-tokens", {}),
    ],
    "getShipment": [
        ("html", {}),
        ("status", {"status": 503}),
        ("fault", {"codes": ["00930"]}),
        ("nok", {"code": "04006"}),
        ("truncate", {}),
        ("truncate", {"clean": True}),
        ("reset", {"after": 400}),
        ("missing-part", {}),
        ("wrong-part", {}),
        ("doctype", {}),
        ("other-id", {"id": "SOMETHING-ELSE"}),
        ("forget-tokens", {}),
        ("vanish", {}),
    ],
    "acknowledgeShipment": [
        ("html", {}),
        ("status", {"status": 500}),
        ("status", {"status": 429}),
        ("fault", {"codes": ["00932"]}),
        ("fault", {"codes": ["00964"]}),
        ("nok", {"code": "04003"}),
        ("nok", {"code": "04004"}),
        ("truncate", {}),
        ("close", {}),
        ("lose-answer", {}),
        ("forget-tokens", {}),
        ("vanish", {}),
    ],
}
"""What may go wrong, by call."""


@dataclass(frozen=True)
class Offer:
    """One shipment in the insurer's mailbox; *number* is that of no other, and stands in its fields."""

    id: str
    number: int
    texts: tuple[str, ...]
    category: str = USUAL
    until: date | None = None
    wrong: str | None = None

    @property
    def digests(self):
        """Of its files, in any order."""
        return sorted(hashlib.sha256(text.encode()).hexdigest() for text in self.texts)

    def lines(self):
        """Its part of the scenario."""
        minutes = divmod(self.number, 60)
        keys = {
            "id": self.id,
            "posted": "2026-03-01T{:02}:{:02}:00".format(*minutes),
            "category": self.category,
            "data_only": not self.texts,
            "available_until": self.until and self.until.isoformat(),
            "transfer_count": 7 if self.wrong == "count" else None,
        }
        text = "\n[[shipment]]\n" + _keys(keys)
        broker = FOREIGN if self.wrong == "broker" else OURS
        text += f'[[shipment.transfer]]\nfields = {{ Vorgangsnummer = "V-{self.number}-V", '
        text += f'Vermittler = {{ Vermittlernummer = "{broker}" }} }}\n'
        for content in self.texts:
            text += "[[shipment.transfer.file]]\n" + _keys({"name": "Brief.txt", "text": content, "checksum": "SHA1"})
        if self.wrong == "checksum" and self.texts:
            text += misbehaviour("getShipment", "wrong-checksum", shipment=self.id)
        return text


@dataclass
class Mailbox:
    """The insurer's side: *offers* by id, and its habits; what was acknowledged or has vanished is in its own log."""

    offers: dict[str, Offer] = field(default_factory=dict)
    list_limit: int = 0
    relists: bool = False
    repeated_ack: str = "04003"

    def scenario(self, now, faults):
        """The lines of a scenario in which the insurer's clock says *now*."""
        ahead = (now - datetime.now(UTC)).total_seconds()
        transfer = {
            "list_limit": self.list_limit,
            "acknowledged": "keep" if self.relists else "delete",
            "repeated_ack": self.repeated_ack,
        }
        text = f"attempts = 99\n[http]\nclock_skew = {ahead}\n[transfer]\n" + _keys(transfer)
        text += "".join(offer.lines() for offer in self.offers.values())
        if self.relists:
            text += misbehaviour("listShipments", "relist")
        return text + "".join(misbehaviour(on, do, **more) for on, do, more in faults)


def misbehaviour(on, do, **more):
    """The lines that let one thing go wrong."""
    return "\n[[misbehave]]\n" + _keys({"on": on, "do": do} | more)


def _keys(values):
    return "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items() if value is not None
    )
