"""Opening the archive for a command that only looks, and the JSON form of what it finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer


if TYPE_CHECKING:
    from ..archive import Archive
    from ..audit import AuditLog
    from ..catalog import Catalogue, Entry, FileEntry, Queries, Worklist
    from ..config import Config
    from ..model.rights import Verb
    from .console import Invocation


Purpose = Annotated[
    str | None,
    typer.Option(
        "--purpose", metavar="TEXT", help="What for; stands in the audit log.  In production it must be said."
    ),
]


@contextmanager
def reading(config: Config) -> Iterator[tuple[Archive, Queries]]:
    """
    Yield the archive and the questions one may ask its catalogue.
    """
    with _opened(config) as (archive, catalogue):
        from ..catalog import Queries

        yield archive, Queries(catalogue)


@contextmanager
def _opened(config: Config) -> Iterator[tuple[Archive, Catalogue]]:
    from ..archive import Archive, Layout
    from ..sync.workplace import open_queries

    catalogue = open_queries(config)
    try:
        yield Archive(Layout(config.archive.root)), catalogue
    finally:
        catalogue.close()


@dataclass(frozen=True, slots=True)
class Look:
    """
    An archive that somebody looks at who may: what it can be asked, and about which insurers; all without any.

    *person* is who looks, as the worklist knows them.
    """

    archive: Archive
    queries: Queries
    worklist: Worklist
    person: str
    insurers: Collection[str]
    _verb: Verb
    _purpose: str | None
    _log: AuditLog | None

    def note(self, shown: Iterable[Entry]) -> None:
        """
        Record whose customers' data are about to be shown, before they are; durable when it returns.
        """
        entries = list(shown)
        self._note(Counter(entry.insurer for entry in entries), entries[0].id if len(entries) == 1 else None)

    def note_of(self, insurers: Iterable[str]) -> None:
        """
        Record the same of contracts and what belongs to them, each by its insurer.
        """
        self._note(Counter(insurers), None)

    def _note(self, shown: Counter[str], only: str | None) -> None:
        from ..audit import RecordType
        from ..model.rights import Verb

        if self._log is None:
            return
        for insurer, count in shown.items() or [(None, 0)]:
            self._log.write(
                RecordType.EXPORT if self._verb is Verb.DOCUMENTS_EXPORT else RecordType.READ,
                operation=self._verb,
                insurer=insurer,
                shipment=only,
                count=count,
                detail=self._purpose,
            )


@contextmanager
def looking(
    this: Invocation, verb: Verb, *, insurers: Collection[str] = (), purpose: str | None = None
) -> Iterator[Look]:
    """
    Yield the archive for whoever may do *verb*; who looks at customers' data is recorded by :meth:`Look.note`.

    Raises as :func:`~bipro_sync.sync.acting.acting`.
    """
    from ..catalog import Queries, Worklist
    from ..model.ports import SystemClock
    from ..model.rights import CUSTOMER_DATA
    from ..sync.acting import acting, enter

    config, clock = this.config(), SystemClock()
    with ExitStack() as stack:
        log = None
        if verb in CUSTOMER_DATA:
            opened = acting(config, clock, verb, purpose=purpose, insurers=insurers, identity=this.identity)
            log = stack.enter_context(opened)
            session = log.session
        else:
            session = enter(config, clock, verb, insurers=insurers, identity=this.identity).session
        archive, catalogue = stack.enter_context(_opened(config))
        about = insurers or ((session.scope,) if session.scope else ())
        person = session.principal or session.os_user
        yield Look(archive, Queries(catalogue), Worklist(catalogue), person, about, verb, purpose, log)


def shipment_json(entry: Entry, files: Sequence[FileEntry]) -> dict[str, object]:
    """
    Return a shipment's object of `shipments list --json`.
    """
    return {
        "insurer": entry.insurer,
        "id": entry.id,
        "state": entry.state,
        "category": entry.category,
        "kind": entry.kind,
        "posted_at": iso(entry.posted_at),
        "available_until": iso(entry.available_until),
        "stored_at": iso(entry.stored_at),
        "acknowledged_at": iso(entry.acknowledged_at),
        "path": str(entry.path) if entry.path and entry.stored_at else None,
        "files": [
            {
                "name": file.name,
                "path": file.stored,
                "sha256": file.sha256,
                "size": file.size,
                "media_type": file.media_type,
                "kind": file.kind,
            }
            for file in files
        ],
    }


def iso(moment: date | None) -> str | None:
    """
    Return a date or time as JSON's text.
    """
    return moment.isoformat() if moment else None
