"""Everything that is known of all insurers without asking them, gathered once for whoever tells it; it only reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..archive import LastBackup, Layout, last_backup
from ..audit.anchoring import Anchoring
from ..catalog import Entry, GdvSummary, InsurerSummary, Queries, TargetState
from ..config import Config, Expected, expected_of
from ..model.zone import BERLIN
from .certificate_memory import KeptCertificate, kept_certificate
from .ending import ending_before
from .last_run import as_it_ended
from .memory import RunMemory, remembered
from .problem_memory import remembered_problems
from .silence import Cadence, cadences
from .stop_switch import Suspension, suspension_of


@dataclass(frozen=True, slots=True, kw_only=True)
class InsurerView:
    """
    What is known of one insurer; *ending* is what must not end unseen, *problems* are those of its section, or
    what the last run found when it looked at profiles and files, too; *certificate* is what is remembered of the one it
    logs in with.

    It is *in_service* where it is to be pulled at all: not suspended, and the contract not over.  *quarantined_since*
    is when the oldest was stored of what is in quarantine, *gdv* what became of GDV files.
    """

    summary: InsurerSummary
    memory: RunMemory
    suspended: Suspension | None
    in_service: bool
    expected: Expected
    cadences: tuple[Cadence, ...]
    ending: Sequence[Entry]
    quarantined_since: datetime | None
    gdv: GdvSummary
    problems: tuple[str, ...]
    certificate: KeptCertificate | None = None

    @property
    def name(self) -> str:
        """
        The insurer's name.
        """
        return self.summary.insurer


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """
    What is known of all insurers of a configuration, in its order, how the audit log is anchored, how the targets of
    the hand-over stand, and the last backup, at *now*; it is *backed_up* where the configuration says where to.
    """

    now: datetime
    insurers: tuple[InsurerView, ...]
    anchoring: Anchoring
    targets: Mapping[str, TargetState] = field(default_factory=dict)
    backed_up: bool = False
    last_backup: LastBackup | None = None


def overview(config: Config, queries: Queries, now: datetime) -> Overview:
    """
    Gather it, at a cost that does not grow with the archive.

    Raises :class:`~bipro_sync.errors.StorageError` or :class:`~bipro_sync.errors.IntegrityError` where something cannot
    be read.
    """
    layout = Layout(config.archive.root)
    known = {each.insurer: each for each in queries.summaries()}
    ending = queries.ending(list(config.insurers), ending_before(now))
    quarantined = queries.quarantined_since()
    gdv = queries.gdv.summaries()
    found_by_runs = remembered_problems(layout)
    views = []
    for name, section in config.insurers.items():
        summary = as_it_ended(layout, known.get(name) or InsurerSummary(name))
        expected, memory, suspended = expected_of(config, name), remembered(layout, name), suspension_of(layout, name)
        end = expected.contract_end
        in_service = suspended is None and (end is None or now.astimezone(BERLIN).date() < end)
        views.append(
            InsurerView(
                summary=summary,
                memory=memory,
                suspended=suspended,
                in_service=in_service,
                expected=expected,
                cadences=cadences(expected, summary, memory, now) if in_service else (),
                ending=[entry for entry in ending if entry.insurer == name],
                quarantined_since=quarantined.get(name),
                gdv=gdv.get(name, GdvSummary()),
                problems=section.problems or found_by_runs.get(name, ()),
                certificate=kept_certificate(layout, name),
            )
        )
    return Overview(
        now=now,
        insurers=tuple(views),
        anchoring=Anchoring.of(config.audit, layout.audit),
        targets=queries.targets(config.handover),
        backed_up=bool(config.backup.directory),
        last_backup=last_backup(layout),
    )
