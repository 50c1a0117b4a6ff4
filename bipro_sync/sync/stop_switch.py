"""Whether an operator has switched an insurer off: a file below `state/` says so, or the audit log where it is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import msgspec

from ..archive import Layout, read_state
from ..audit import Record, RecordType, all_told
from ..durable import FileLock, exists, remove_drafts, remove_file, replace


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


class Switches:
    """
    What the audit log tells of the stop switches; suspended twice an insurer keeps its first time.
    """

    def __init__(self) -> None:
        self._known: dict[str, Suspension | None] = {}

    def follow(self, record: Record) -> None:
        """
        Take note of a record that says that an insurer is suspended, or resumed; of others nothing.
        """
        if record.type is not RecordType.OPERATOR_DECISION or record.insurer is None:
            return
        if record.outcome == "suspend":
            before = self._known.get(record.insurer)
            since = before.since if before else datetime.fromisoformat(record.ts)
            self._known[record.insurer] = Suspension(since=since, reason=record.detail or "")
        elif record.outcome == "resume":
            self._known[record.insurer] = None

    def told(self) -> Mapping[str, Suspension | None]:
        """
        Return how each insurer stands that was ever suspended or resumed.
        """
        return self._known


_DECODER = msgspec.json.Decoder(Suspension)


def suspension_of(layout: Layout, insurer: str) -> Suspension | None:
    """
    Return an insurer's suspension, or None where it is not suspended.

    Raises :class:`~bipro_sync.errors.StorageError` where that cannot be told.
    """
    path = _file(layout, insurer)
    suspension = read_state(
        path,
        _DECODER,
        problem=f"{path} cannot be read, so whether {insurer} is suspended cannot be told.",
        hint=f"Restore it from a backup, or remove it: `bipro-sync audit list --insurer {insurer} "
        "--type operator.decision` tells what was decided.",
    )
    if suspension is None and not exists(_marker(layout)):
        return _told(all_told(layout.audit, insurer=insurer)).get(insurer)
    return suspension


def switch_off(layout: Layout, insurer: str, suspension: Suspension) -> None:
    """
    Let the file say that the insurer is suspended; durable when it returns.
    """
    replace(_file(layout, insurer), msgspec.json.encode(suspension))


def switch_on(layout: Layout, insurer: str) -> bool:
    """
    Let no file say that the insurer is suspended, and say whether one did; durable when it returns.
    """
    path = _file(layout, insurer)
    was_off = exists(path)
    if was_off:
        remove_file(path)
    return was_off


@contextmanager
def switching(layout: Layout) -> Iterator[None]:
    """
    Let nobody else switch anything, so that the files say what the log's last word is; it waits for whoever does.
    """
    with FileLock(layout.suspensions / ".lock"):
        remove_drafts(layout.suspensions, r".+\.json|\.complete")
        yield


def restore_switches(layout: Layout) -> None:
    """
    Where the files are lost, `state/` with them, say, write them anew from the audit log; durable when it returns.

    A marker tells that they are there: the log is read only where it is missing, and once for all insurers.
    """
    with switching(layout):
        if not exists(_marker(layout)):
            set_switches(layout, _told(all_told(layout.audit)))


def set_switches(layout: Layout, told: Mapping[str, Suspension | None]) -> None:
    """
    Bring the files in line with what the audit log tells, which knows of each decision before it takes effect.
    """
    for insurer, suspension in told.items():
        if suspension is None:
            switch_on(layout, insurer)
        else:
            switch_off(layout, insurer, suspension)
    if not exists(_marker(layout)):
        replace(_marker(layout), b"")


def _told(records: Iterable[Record]) -> Mapping[str, Suspension | None]:
    switches = Switches()
    for record in records:
        switches.follow(record)
    return switches.told()


# Asked before each shipment, by each of those who work on them.
@lru_cache(maxsize=256)
def _file(layout: Layout, insurer: str) -> Path:
    return layout.suspensions / f"{insurer}.json"


@lru_cache(maxsize=256)
def _marker(layout: Layout) -> Path:
    return layout.suspensions / ".complete"
