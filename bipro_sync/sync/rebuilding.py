"""Making the catalogue again from the stored directories and the audit log (I10), and the stop switches with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..archive import RESTORE, ArchiveFinding, Manifest, Stored, examine, stored_paths
from ..archive.layout import escape
from ..audit import RecordType, all_told
from ..catalog import CatalogueDraft, SetAside, clear_leftovers, kept_of, put_in_place, rebuilding_of
from ..durable import names
from ..errors import IntegrityError, StorageError
from ..insurers import Insurer, effective
from ..model.states import Failure
from ..model.told import Told
from .holding import held
from .recording import rows_of
from .reentering import entry_with_bytes, entry_without_bytes, imported
from .retelling import done_told_by, mark_told_by, told_by
from .standing import Lying, Standing, concluded
from .stop_switch import Switches, set_switches, switching
from .told_sessions import Sessions
from .workplace import Site


_FAILURES = frozenset(Failure)

_AND_AGAIN = f"{RESTORE}  Then rebuild once more."


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """
    A catalogue made again: how many shipments stand in each state, what could not be entered, the name under which the
    old catalogue is kept, if there was one, and of how many shipments the GDV files are to be looked at again.
    """

    states: Mapping[str, int]
    findings: tuple[ArchiveFinding, ...]
    kept: str | None
    to_index: int

    @property
    def shipments(self) -> int:
        """
        How many shipments were entered.
        """
        return sum(self.states.values())


def rebuild(site: Site, *, rehash: bool, step: Callable[[str], None]) -> Rebuilt:
    """
    Make the catalogue again and put it in the old one's place; durable when it returns.  Stored directories and log are
    not touched; who is suspended by the log is so again.

    Each manifest is read and its files' sizes compared, with *rehash* every byte.  What does not fit is named and
    left out, and stays where it is.  *step* is told of each thing done.  Raises
    :class:`~bipro_sync.errors.BusyError` while a run holds an account, :class:`~bipro_sync.errors.IntegrityError`
    where the audit log cannot be read, :class:`~bipro_sync.errors.StorageError` where the disk fails: the old
    catalogue is untouched then.
    """
    layout = site.layout
    path = layout.catalogue
    draft_path, kept = rebuilding_of(path), kept_of(path, site.clock.now())
    with ExitStack() as locks:
        for account, insurer in _accounts(site).items():
            locks.enter_context(held(layout, account, insurer=insurer))
        clear_leftovers(path)
        with CatalogueDraft(draft_path) as draft:
            rebuilding = _Rebuilding(site, draft, rehash=rehash, step=step)
            rebuilding.run()
            to_index = draft.to_index()
            states = draft.finish()
        with switching(layout):
            set_switches(layout, rebuilding.switches.told())
        findings = tuple(sorted(rebuilding.findings, key=lambda finding: finding.path))
        site.audit.write(
            RecordType.RESTORE,
            count=sum(states.values()),
            outcome="damaged" if findings else "ok",
            detail=f"catalogue made again from files and log; {len(findings)} finding(s); the old one: {kept.name}",
        )
        was_there = put_in_place(draft_path, path, kept)
    return Rebuilt(states, findings, kept.name if was_there else None, to_index)


def _accounts(site: Site) -> dict[str, str]:
    """
    Return every account that a run may hold, those of sections that are gone included, and whose it is.
    """
    locks = {name.removesuffix(".lock") for name in names(site.layout.locks)}
    known = {
        insurer.account if isinstance(insurer, Insurer) else name: name
        for name, insurer in effective(site.config).items()
    }
    return {account: account for account in sorted(locks)} | known


class _Rebuilding:
    """
    One rebuild under way.
    """

    def __init__(self, site: Site, draft: CatalogueDraft, *, rehash: bool, step: Callable[[str], None]) -> None:
        self.findings: list[ArchiveFinding] = []
        self.switches = Switches()
        self._site = site
        self._draft = draft
        self._rehash = rehash
        self._step = step
        self._left_out: set[tuple[str, str]] = set()
        self._next_number = site.audit.settle() + 1

    def run(self) -> None:
        self._retell()
        for stored in self._sound(aside=True):
            self._draft.staged.note_aside(stored.manifest.insurer, stored.manifest.shipment, _set_aside(stored))
        for stored in self._sound(aside=False):
            self._enter_stored(stored)
        for insurer, shipment in self._draft.staged.not_entered():
            self._enter_other(insurer, shipment)

    def _retell(self) -> None:
        sessions, switches = Sessions(), self.switches
        for record in all_told(self._site.layout.audit):
            sessions.follow(record)
            switches.follow(record)
            if told := told_by(record):
                self._draft.staged.note(told)
            if mark := mark_told_by(record):
                self._draft.enter_mark(mark)
            if done := done_told_by(record):
                self._draft.enter_done(done)
            self._step("audit records")
        self._draft.enter_insurers(sessions.summaries())

    def _sound(self, *, aside: bool) -> Iterator[Stored]:
        """
        Yield the stored shipments, or those set aside, that are what their manifests say; the others are findings.
        """
        for path in stored_paths(self._site.layout):
            if (path.parts[0] == "quarantine") is not aside:
                continue
            self._step("directories")
            try:
                stored = examine(self._site.archive, path, rehash=self._rehash).stored
                _demand_place(path, stored.manifest, aside=aside)
            except (IntegrityError, StorageError) as error:
                self._leave_out(path, error.message)
            else:
                yield stored

    def _leave_out(self, path: PurePosixPath, problem: str) -> None:
        self.findings.append(ArchiveFinding(str(path), problem, _AND_AGAIN))
        self._left_out.add((path.parts[1], _escaped_id(path)))

    def _enter_stored(self, stored: Stored) -> None:
        manifest = stored.manifest
        insurer, shipment = manifest.insurer, manifest.shipment
        if (other := self._draft.path_of(insurer, shipment)) is not None:
            self._leave_out(stored.path, f"holds shipment {shipment}, which lies at {other}, too.")
            return
        words = self._draft.staged.told_of(insurer, shipment)
        if manifest.imported_by is not None:
            self._enter(stored, imported(stored), words)
            return
        aside = self._draft.staged.set_aside_of(insurer, shipment)
        standing = concluded(words, [Lying(manifest.stored_at), *map(_lying, aside)])
        acknowledged = standing.manifest_sha256
        if acknowledged not in {None, stored.manifest_sha256, *(each.manifest_sha256 for each in aside)}:
            self._leave_out(stored.path, "has another manifest than the one that was acknowledged.")
            return
        # What was set aside under its id and cannot be read any more may have been a conflict.
        standing.to_compare = standing.to_compare or (insurer, escape(shipment)) in self._left_out
        self._enter(stored, standing, words)

    def _enter_other(self, insurer: str, shipment: str) -> None:
        """
        Enter what lies in the quarantine only, or nowhere.
        """
        words = self._draft.staged.told_of(insurer, shipment)
        aside = self._draft.staged.set_aside_of(insurer, shipment)
        standing = concluded(words, map(_lying, aside))
        if aside:
            newest = examine(self._site.archive, PurePosixPath(aside[-1].path), rehash=False).stored
            self._enter(newest, standing, words)
        elif standing.manifest_sha256 is not None:
            # What is not stored is never marked as done (I4); where the insurer still has it, it is fetched again.
            if (insurer, escape(shipment)) not in self._left_out:
                problem = f"shipment {shipment} was stored and acknowledged, and is nowhere below this root."
                self.findings.append(ArchiveFinding(f"shipments/{insurer}", problem, _AND_AGAIN))
        elif standing.state is not None and (insurer, escape(shipment)) not in self._left_out:
            self._draft.enter(entry_without_bytes(standing, words), None, standing.history)

    def _enter(self, stored: Stored, standing: Standing, words: Sequence[Told]) -> None:
        rows = rows_of(stored)
        entry = entry_with_bytes(stored, rows, standing, words, number=self._number(words))
        self._draft.enter(entry, rows if entry.path else None, standing.history)

    def _number(self, words: Sequence[Told]) -> int:
        """
        Return a shipment's number: by the first record about it, so that what came later has the higher one.
        """
        if words:
            return words[0].seq
        self._next_number += 1
        return self._next_number


def _demand_place(path: PurePosixPath, manifest: Manifest, *, aside: bool) -> None:
    """
    Raise :class:`~bipro_sync.errors.IntegrityError` where a directory holds a shipment that does not belong there.
    """
    quarantine = manifest.quarantine
    here = (path.parts[1], _escaped_id(path), aside)
    if here != (manifest.insurer, escape(manifest.shipment), quarantine is not None):
        raise IntegrityError(f"{path} holds the manifest of shipment {manifest.shipment} of {manifest.insurer}.")
    if quarantine and quarantine.failure not in _FAILURES:
        raise IntegrityError(f"{path} lies in the quarantine for a reason that this version does not know.")


def _escaped_id(path: PurePosixPath) -> str:
    return path.name.rpartition("~")[0] if path.parts[0] == "quarantine" else path.name


def _set_aside(stored: Stored) -> SetAside:
    quarantine = stored.manifest.quarantine
    assert quarantine is not None
    return SetAside(
        at=stored.manifest.stored_at,
        path=str(stored.path),
        manifest_sha256=stored.manifest_sha256,
        failure=Failure(quarantine.failure),
        reason=quarantine.reason,
    )


def _lying(aside: SetAside) -> Lying:
    return Lying(aside.at, aside)
