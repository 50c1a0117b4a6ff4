"""`bipro-sync audit export`: one insurer's records of a period, with all it takes to check them elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ConfigurationError, Family, IntegrityError, UsageError
from .audit_asking import Asked, ask, since_of, until_of
from .audit_verify import anchors_of, known_keys, stamps_of
from .console import invocation
from .reading import Purpose


if TYPE_CHECKING:  # exporting needs msgspec and cryptography, asking for help does not
    from rich.console import Console as RichConsole

    from ..audit.bundle import Answer, Tally
    from ..audit.checkpoints import Signed
    from ..config import Config


def add_to(group: typer.Typer) -> None:
    """
    Add `export`.
    """
    group.command("export")(export)


def export(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The new directory to be written.")],
    insurer: Annotated[str | None, typer.Option(metavar="NAME", help="Only this insurer's records.")] = None,
    begin: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="From this day or time on; without a zone: Berlin.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="To the end of this day, or before this time.")
    ] = None,
    purpose: Purpose = None,
) -> None:
    """
    Write records with their proofs, for an auditor.  A table, the checkpoint, a page in German, and the file that
    checks them on any machine.

    What was not signed yet is left out, and said; `audit checkpoint` signs it.
    """
    from ..audit.bundle import Answer, Question, choose
    from ..audit.proofs import stamps_for
    from ..audit.verification import verify
    from ..model.ports import SystemClock
    from ..model.rights import Verb

    this = invocation(context)
    since, until = since_of(begin), _end_of(end)
    asked = ask(this, Verb.AUDIT_EXPORT, None, insurer=insurer, purpose=purpose)
    config = this.config()
    question = Question(asked.insurer, since, until)
    # Before the newest checkpoint is looked for: one with an earlier record that an export lacks was withheld.
    begun = SystemClock().now()
    signed = _signed(asked, config)
    found = verify(asked.directory, known=known_keys(config), anchors=anchors_of(config, this.console))
    stamps = stamps_of(asked)
    if stamps and stamps.damage:
        found = found.with_damage(stamps.damage)
    if found.damaged:
        raise IntegrityError(
            f"The audit log is {found.headline}; nothing was exported.",
            hint="Keep everything as it is, and compare with the last backup before anything else.",
            family=Family.AUDIT,
        )
    chosen = choose(asked.directory, question, signed)
    answer = Answer(question, chosen, signed, found, stamps_for(asked.directory, signed.checkpoint.size))
    tally = _write(asked, out, answer, begun, purpose)
    document = {
        "out": str(out),
        "insurer": question.insurer,
        "records": tally.records,
        "first_seq": tally.first.seq if tally.first else None,
        "last_seq": tally.last.seq if tally.last else None,
        "unsigned": chosen.unsigned,
        "checkpoint": signed.checkpoint.size,
        "key": f"{signed.signed_by[0].name}+{signed.signed_by[0].key_id.hex()}",
        "headline": found.headline,
    }
    this.console.acted(document, lambda console: _report(console, document))
    if chosen.unsigned:
        this.console.warn(f"{chosen.unsigned} later records are not signed yet, and were left out.")


def _end_of(text: str | None) -> datetime | None:
    """
    Return the moment before which a record must lie: a day without a time is meant with all its hours.
    """
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return until_of(text)
    return until_of(datetime.combine(day + timedelta(days=1), time()).isoformat())


def _signed(asked: Asked, config: Config) -> Signed:
    from ..audit.checkpoints import Checkpoints

    signed = Checkpoints(asked.directory).last(known_keys(config))
    if signed is None:
        raise ConfigurationError(
            "The audit log has no signed checkpoint, so nothing that is exported could be checked.",
            hint="`bipro-sync audit checkpoint` signs one; docs/audit-keys.md says how keys are made.",
        )
    return signed


def _write(asked: Asked, out: Path, answer: Answer, begun: datetime, purpose: str | None) -> Tally:
    from ..audit import RecordType
    from ..audit.bundle import write_bundle
    from ..audit.page import Asker, page_of
    from ..model.rights import Verb

    if asked.entrance is None:
        raise UsageError("An export is made of the configured archive's log.")
    session, question = asked.entrance.session, answer.question
    by = f"{session.principal} ({session.principal_name})" if session.principal else session.os_user
    asker = Asker(by, begun, purpose, session.software)
    period = f"{_iso(question.since)} to {_iso(question.until)}"

    def record(tally: Tally) -> None:
        detail = f"{period}, up to the checkpoint of {answer.signed.checkpoint.size} records"
        asked.note(
            RecordType.EXPORT,
            operation=Verb.AUDIT_EXPORT,
            insurer=question.insurer,
            count=tally.records,
            outcome="ok",
            detail=f"{detail}; {purpose}" if purpose else detail,
        )

    about = {
        "format": 1,
        "insurer": question.insurer,
        "from": _iso(question.since),
        "to": _iso(question.until),
        "asked_at": asker.at.isoformat(),
        "asked_by": by,
        "purpose": purpose,
        "unsigned": answer.chosen.unsigned,
        "verdict": answer.verification.headline,
        "software": session.software,
    }
    pages = partial(page_of, answer, asker)
    return write_bundle(asked.directory, out, answer, about=about, page=pages, before=record)


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else "-"


def _report(console: RichConsole, document: Mapping[str, object]) -> None:
    console.print(f"{document['records']} records were exported to {document['out']}.")
    console.print(f"Audit log: {document['headline']}.")
    console.print(f"Checked there by: python verify_audit.py . --key KEY, with the key {document['key']}.")
