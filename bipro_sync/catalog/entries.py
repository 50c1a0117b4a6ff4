"""What the catalogue says, as frozen values, and its way of writing times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from typing import Any

import msgspec

from ..model.kinds import Kind
from ..model.states import TO_FETCH, ShipmentState


RUNNING = "running"
"""The *last_outcome* of an insurer whose last run has noted no end."""

LIST_FORGOTTEN = "?"
"""The *listed_as* of a shipment that a rebuilt catalogue knows from the audit log only: the next list says the rest."""


def time_text(moment: datetime | None) -> str | None:
    """
    Return an aware time as the catalogue's text.
    """
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z") if moment else None


def time_value(text: str | None) -> datetime | None:
    """
    Return the catalogue's text as an aware time in UTC.
    """
    return datetime.fromisoformat(text) if text else None


def column_value(value: object) -> object:
    """
    Return the value of an entry's field as the catalogue writes it.
    """
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, PurePosixPath) else value


class Entry(msgspec.Struct, frozen=True, gc=False):
    """
    One shipment in the ledger; each move makes one, hence no dataclass.

    *path* is relative to the archive root; *listed_as* is what identified the delivery in the insurer's list;
    *shown* is False where its contents are not ours to look at.
    """

    number: int
    insurer: str
    id: str
    account: str
    state: ShipmentState
    category: str | None
    kind: Kind
    line: str | None
    data_only: bool | None
    posted_at: datetime | None
    available_until: date | None
    first_listed_at: datetime | None
    listed_as: str
    misses: int
    attempts: int
    next_attempt_at: datetime | None
    path: PurePosixPath | None
    manifest_sha256: str | None
    shown: bool
    stored_at: datetime | None
    acknowledged_at: datetime | None
    reason: str | None

    @property
    def is_unfetched(self) -> bool:
        """
        Whether its bytes lie at the insurer only, and not while they are being fetched.
        """
        return self.state in TO_FETCH or (self.state is ShipmentState.HELD and self.stored_at is None)

    def is_over(self, today: date) -> bool:
        """
        Say whether the last day on which the insurer promised to have it lies before *today*.
        """
        return self.available_until is not None and self.available_until < today

    def with_changes(self, changes: Mapping[str, Any]) -> Entry:
        """
        Return the entry with other values of these fields.
        """
        return msgspec.structs.replace(self, **changes)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Entry:
        """
        Return the entry in a row of the table `shipments`, by the names of its columns.
        """
        values: dict[str, Any] = dict(row)
        for name in ("posted_at", "first_listed_at", "next_attempt_at", "stored_at", "acknowledged_at"):
            values[name] = time_value(values[name])
        values["shown"] = bool(values["shown"])
        values["data_only"] = None if values["data_only"] is None else bool(values["data_only"])
        values["state"] = ShipmentState(values["state"])
        values["kind"] = Kind(values["kind"])
        values["available_until"] = date.fromisoformat(until) if (until := values["available_until"]) else None
        values["path"] = PurePosixPath(path) if (path := values["path"]) else None
        return cls(**values)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """
    One file of a shipment: our name, the insurer's, digest, size in bytes, type and kind.
    """

    position: int
    stored: str
    name: str | None
    sha256: str
    size: int
    media_type: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """
    One change of state, with its run and its reason.
    """

    at: datetime | None
    run: str
    old: ShipmentState | None
    new: ShipmentState
    reason: str | None


@dataclass(frozen=True, slots=True)
class InsurerSummary:
    """
    What is known of an insurer without looking at its shipments: attempt, success and delivery stand apart.

    *states* counts shipments by state, *deliveries* names for each kind the last storage and the number so far.
    """

    insurer: str
    last_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    last_outcome: str | None = None
    last_error: str | None = None
    listed: int | None = None
    states: Mapping[ShipmentState, int] = field(default_factory=dict)
    deliveries: Mapping[Kind, tuple[datetime | None, int]] = field(default_factory=dict)

    @property
    def last_delivery_at(self) -> datetime | None:
        """
        When anything was last stored from this insurer.
        """
        return max((stored for stored, _ in self.deliveries.values() if stored), default=None)
