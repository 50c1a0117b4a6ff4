"""What earlier runs left behind of an insurer, in a physician's words; whoever keeps it tells, nothing is read here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..model.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """
    *suspended* says since when an operator has suspended the insurer, and why.  *objection* is why no login may be sent
    now, *refused* why the last login failed where another credential may be tried.  *clock_skew* is the insurer's clock
    minus ours in seconds, seen at *clock_seen_at*.  *missing_rights* names for each kind (None: listing at all) the
    right that is missing, where that is known, *list_remarks* say where the last lists did not fit the norm's schemas.
    *silences* say what is expected and overdue.  *certificate_ends* is when the insurer's certificate ends, as opened
    here or remembered of a run that could open it.
    """

    suspended: str | None = None
    objection: str | None = None
    refused: str | None = None
    clock_skew: float | None = None
    clock_seen_at: datetime | None = None
    missing_rights: Mapping[Kind | None, str | None] = field(default_factory=dict)
    list_remarks: tuple[str, ...] = ()
    silences: tuple[str, ...] = ()
    certificate_ends: datetime | None = None
