"""What is remembered of a shipment beside its state: to whom it was handed over, and who has dealt with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """
    What became of a shipment at a target.
    """

    HANDED_OVER = "ok"
    INFECTED = "infected"
    """The scan found malware: it was not handed over, and is not tried again by itself."""


_SAID = re.compile(r"to ([a-z0-9][a-z0-9-]*); manifest ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """
    That a delivery was handed over to a *target* of the configuration, or not for malware; its manifest says which.
    """

    target: str
    insurer: str
    shipment: str
    manifest_sha256: str
    verdict: Verdict
    at: datetime

    @property
    def said(self) -> str:
        """
        How the audit log names target and delivery.
        """
        return f"to {self.target}; manifest {self.manifest_sha256}"

    @classmethod
    def told(cls, insurer: str, shipment: str, *, detail: str, outcome: str, at: datetime) -> Mark | None:
        """
        Read a record's words; None where they are of something else.
        """
        found = _SAID.fullmatch(detail)
        if found is None or outcome not in set(Verdict):
            return None
        return cls(
            target=found[1],
            insurer=insurer,
            shipment=shipment,
            manifest_sha256=found[2],
            verdict=Verdict(outcome),
            at=at,
        )
