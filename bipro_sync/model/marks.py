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


_DONE = re.compile(r"worklist; manifest ([0-9a-f]{64})")

DONE = "done"
REOPENED = "reopened"
"""How the log names the two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """
    That a *person* has dealt with a delivery, whose manifest says which; or no longer has, where it *is_open_again*.
    """

    insurer: str
    shipment: str
    person: str
    manifest_sha256: str
    at: datetime
    is_open_again: bool = False

    @property
    def outcome(self) -> str:
        """
        How the audit log names it.
        """
        return REOPENED if self.is_open_again else DONE

    @property
    def said(self) -> str:
        """
        How the audit log names the delivery.
        """
        return f"worklist; manifest {self.manifest_sha256}"

    @classmethod
    def told(
        cls, insurer: str, shipment: str, *, person: str, detail: str, outcome: str | None, at: datetime
    ) -> Done | None:
        """
        Read a record's words; None where they are of something else.
        """
        found = _DONE.fullmatch(detail)
        if found is None or outcome not in {DONE, REOPENED}:
            return None
        return cls(
            insurer=insurer,
            shipment=shipment,
            person=person,
            manifest_sha256=found[1],
            at=at,
            is_open_again=outcome == REOPENED,
        )
