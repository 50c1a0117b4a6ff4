"""The stop switch of an insurer: nothing is sent to one that an operator has suspended, until one resumes it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from ..archive import Layout, read_state
from ..audit import RecordType
from ..durable import exists, make_directory, remove_file, replace
from ..insurers import Insurer
from .holding import DECIDE_LATER, held
from .workplace import Workplace


class Suspension(msgspec.Struct, frozen=True, kw_only=True):
    """
    Since when an insurer is suspended, and why.
    """

    since: datetime
    reason: str

    def __str__(self) -> str:
        return f"suspended since {self.since:%Y-%m-%d %H:%M} UTC ({self.reason})"

    def as_json(self) -> dict[str, str]:
        """
        Return the `suspended` object of the JSON outputs.
        """
        return {"since": self.since.isoformat(), "reason": self.reason}


_DECODER = msgspec.json.Decoder(Suspension)


def suspension_of(layout: Layout, insurer: str) -> Suspension | None:
    """
    Return an insurer's suspension, or None where it is not suspended.

    Raises :class:`~bipro_sync.errors.StorageError` where that cannot be told.
    """
    path = _file(layout, insurer)
    return read_state(
        path,
        _DECODER,
        problem=f"{path} cannot be read, so whether {insurer} is suspended cannot be told.",
        hint=f"Restore it from a backup, or remove it: `bipro-sync audit list --insurer {insurer} "
        "--type operator.decision` tells what was decided.",
    )


def suspend(place: Workplace, insurer: Insurer, reason: str) -> Suspension:
    """
    Suspend an insurer by an operator's decision; durable when it returns.  Suspended twice it keeps its first time.

    Raises :class:`~bipro_sync.errors.BusyError` while a run works with the account.
    """
    with held(place.layout, insurer.account, insurer=insurer.name, hint=DECIDE_LATER):
        before = suspension_of(place.layout, insurer.name)
        suspended = Suspension(since=before.since if before else place.clock.now(), reason=reason)
        _record(place, insurer, "suspend", reason)
        path = _file(place.layout, insurer.name)
        make_directory(path.parent)
        replace(path, msgspec.json.encode(suspended))
        return suspended


def resume(place: Workplace, insurer: Insurer, reason: str) -> bool:
    """
    Lift an insurer's suspension by an operator's decision, and say whether there was one.  Raises as :func:`suspend`.
    """
    with held(place.layout, insurer.account, insurer=insurer.name, hint=DECIDE_LATER):
        path = _file(place.layout, insurer.name)
        was_suspended = exists(path)
        _record(place, insurer, "resume", reason)
        if was_suspended:
            remove_file(path)
        return was_suspended


def _record(place: Workplace, insurer: Insurer, outcome: str, reason: str) -> None:
    place.audit.write(
        RecordType.OPERATOR_DECISION, insurer=insurer.name, account=insurer.account, outcome=outcome, detail=reason
    )


def _file(layout: Layout, insurer: str) -> Path:
    return layout.suspensions / f"{insurer}.json"
