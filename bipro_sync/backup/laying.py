"""Laying a backup's files out below another root, each compared with what was written; nothing there is replaced."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..archive import WHOLE, Layout, Subset
from ..durable import (
    READ_ONLY,
    NewFile,
    exists,
    finish_all,
    is_directory,
    make_directory,
    make_reachable,
    make_scratch,
    publish_directory,
    remove_tree,
    replace,
)
from ..errors import IntegrityError
from .index import MONTHS, Backup, KeptMonth, KeptShipment, read
from .packing import Member, unpacked
from .target import Target


_TOPS = {"state", "audit", "tombstones"}
_SHIPMENTS = {"shipments", "quarantine"}


@dataclass(slots=True)
class LaidOut:
    """
    What was laid out: shipments, their bytes, and what is missing or damaged in the backup, a path and a sentence each.
    """

    shipments: int = 0
    bytes: int = 0
    findings: list[tuple[str, str]] = field(default_factory=list)


def lay_out(
    target: Target, backup: Backup, layout: Layout, *, subset: Subset = WHOLE, step: Callable[[str], None]
) -> LaidOut:
    """
    Lay out what the backup holds below the root of *layout*, of the shipments those of *subset*.

    Durable when it returns; `state/`, which makes it an archive, comes last.  What is there already from an earlier
    try is left as it is where it is a shipment, and else written anew.  A damaged shipment stops no other: it is a
    finding.  Raises :class:`~bipro_sync.errors.IntegrityError` where the log or the state is damaged or missing, and
    :class:`~bipro_sync.errors.StorageError` where the disk fails.
    """
    return _Laying(target, layout, step).run(backup, subset)


class _Laying:
    """
    One backup being laid out.
    """

    def __init__(self, target: Target, layout: Layout, step: Callable[[str], None]) -> None:
        self._target = target
        self._layout = layout
        self._root = layout.root
        self._step = step
        self._done = LaidOut()

    def run(self, backup: Backup, subset: Subset) -> LaidOut:
        # What an earlier try left: shipments are whole, of the rest nothing is known.
        for place in (self._layout.spool, self._layout.audit, self._layout.state):
            if is_directory(place):
                remove_tree(place)
        make_directory(self._layout.spool)
        for month in backup.months:
            for kept in self._shipments_of(month):
                path = _safe(f"{month.path}/{kept.name}", _SHIPMENTS)
                if subset.holds(path):
                    self._shipment(path, kept)
        make_directory(self._layout.audit)
        for segment in backup.segments:
            self._segment(_safe(f"audit/{segment.name}", {"audit"}), segment.object)
        # The state last: before it is there, nobody takes this for an archive.
        for pack in sorted(backup.packs, key=lambda each: each.path == "state"):
            self._pack(pack.object)
        return self._done

    def _shipments_of(self, month: KeptMonth) -> list[KeptShipment]:
        try:
            return read(b"".join(self._target.get(month.object)), MONTHS)
        except IntegrityError as error:
            self._done.findings.append((f"{month.path} ({month.shipments} shipments)", error.message))
            return []

    def _shipment(self, path: PurePosixPath, kept: KeptShipment) -> None:
        self._step("shipments")
        if exists(self._root / path):
            self._done.shipments += 1
            return
        draft = self._layout.spool / secrets.token_hex(8)
        make_scratch(draft)
        try:
            self._done.bytes += self._unpack(kept.object, draft)
        except IntegrityError as error:
            remove_tree(draft)
            self._done.findings.append((str(path), error.message))
            return
        make_reachable((self._root / path).parent, self._root)
        publish_directory(draft, self._root / path)
        self._done.shipments += 1

    def _unpack(self, name: str, directory: Path) -> int:
        """
        Write the files of a shipment's pack into a directory of work in progress; durable when it returns.
        """
        files = []
        try:
            for member, content in unpacked(self._target.get(name)):
                if "/" in member.name or member.name in {"", ".", ".."}:
                    raise IntegrityError("its pack holds a file that is no part of a shipment.")
                files.append(NewFile(directory / member.name, READ_ONLY))
                for chunk in content:
                    files[-1].write(chunk)
            finish_all(files)
        finally:
            for file in files:
                file.abandon()
        return sum(file.size for file in files)

    def _segment(self, path: PurePosixPath, name: str) -> None:
        target = self._root / path
        file = NewFile(target)
        try:
            for chunk in self._target.get(name):
                file.write(chunk)
            file.finish()
        finally:
            file.abandon()
        self._step("audit segments")

    def _pack(self, name: str) -> None:
        for member, content in self._whole(name):
            path = _safe(member.name, _TOPS)
            make_reachable((self._root / path).parent, self._root)
            replace(self._root / path, content, _mode(path, member))

    def _whole(self, name: str) -> list[tuple[Member, bytes]]:
        # Small files: read to the end before the first is written, so that nothing damaged is.
        return [(member, b"".join(content)) for member, content in unpacked(self._target.get(name))]


def _mode(path: PurePosixPath, member: Member) -> int:
    if path.parts[0] == "tombstones":
        return READ_ONLY
    # As whoever signs writes them; the log itself is for its owner alone.
    return 0o444 if path.suffix in {".note", ".tsr"} else member.mode & 0o600


def _safe(name: str, tops: set[str]) -> PurePosixPath:
    """
    Return the path, which leads to below the root only: whoever can write to the backup could have changed an index.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or path.parts[0] not in tops or "\0" in name:
        raise IntegrityError("The backup names a file that lies outside of an archive.", hint="Keep it as it is.")
    return path
