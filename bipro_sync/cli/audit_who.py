"""`bipro-sync audit who`: who was logged on at a given time, and which calls were made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from .audit_asking import Asked, Directory, ask, moments_of
from .console import invocation, one_line
from .reading import Purpose


if TYPE_CHECKING:  # reading the log needs msgspec, asking for help does not
    from rich.console import Console as RichConsole

    from ..audit.presence import Presence
    from ..audit.sessions import Session, SessionIndex


def add_to(group: typer.Typer) -> None:
    """
    Add `who`.
    """
    group.command("who")(who_was_there)


@dataclass(frozen=True, slots=True)
class _Answer:
    """
    Who was there at one moment, and the logins nearest to it.
    """

    moment: datetime
    sessions: Sequence[Presence]
    before: Presence | None
    after: Presence | None

    @property
    def title(self) -> str:
        from ..model.zone import BERLIN

        return f"{self.moment.astimezone(BERLIN):%Y-%m-%d %H:%M:%S %Z} ({self.moment:%H:%M:%S} UTC)"

    def as_json(self) -> dict[str, object]:
        from ..model.zone import BERLIN

        return {
            "at": self.moment.astimezone(BERLIN).isoformat(),
            "utc": self.moment.isoformat(),
            "sessions": [asdict(each) for each in self.sessions],
            "before": asdict(self.before) if self.before else None,
            "after": asdict(self.after) if self.after else None,
        }


def who_was_there(
    context: typer.Context,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="When; without a zone: Berlin.")],
    insurer: Annotated[str | None, typer.Option(metavar="NAME", help="Only at this insurer's.")] = None,
    directory: Directory = None,
    purpose: Purpose = None,
) -> None:
    """
    Show who was at work at one time, with all calls.  And the nearest before and after.

    In the hour that October has twice, both are answered for.
    """
    from ..audit import RecordType
    from ..model.ports import SystemClock
    from ..model.rights import Verb

    this = invocation(context)
    moments = moments_of(at)
    asked = ask(this, Verb.AUDIT_WHO, directory, insurer=insurer, purpose=purpose)
    with _index(asked) as index:
        answers = _answers(index, moments, asked.insurer)
    detail = f"at {at}" + (f"; {purpose}" if purpose else "")
    asked.note(RecordType.READ, operation=Verb.AUDIT_WHO, insurer=asked.insurer, detail=detail)
    document = {"asked": at, "moments": [answer.as_json() for answer in answers]}
    this.console.answer(document, lambda console: _report(console, answers))
    if moments[-1] > SystemClock().now():
        this.console.warn("That time is yet to come, by this machine's clock.")


@contextmanager
def _index(asked: Asked) -> Iterator[SessionIndex]:
    """
    Yield the index, kept beside the configured archive's log; another log's is made for the question.
    """
    from ..audit.sessions import SessionIndex
    from ..durable import FileLock

    if asked.config is None:
        yield SessionIndex(asked.directory, None)
        return
    state = asked.directory.with_name("state")
    with FileLock(state / "audit-sessions.lock"):
        yield SessionIndex(asked.directory, state / "audit-sessions")


def _answers(index: SessionIndex, moments: Sequence[datetime], insurer: str | None) -> list[_Answer]:
    from ..audit.presence import presence_of
    from ..audit.record import timestamp
    from ..audit.sessions import login_after, login_before, sessions_at

    def told(session: Session | None) -> Presence | None:
        return presence_of(index.records(session)) if session else None

    sessions = [each for each in index.sessions() if insurer is None or each.insurer == insurer]
    answers = []
    for moment in moments:
        at = timestamp(moment)
        then = sessions_at(sessions, at)
        others = [each for each in sessions if each not in then]
        present = [presence_of(index.records(each)) for each in then]
        answers.append(_Answer(moment, present, told(login_before(others, at)), told(login_after(others, at))))
    return answers


def _report(console: RichConsole, answers: Sequence[_Answer]) -> None:
    for answer in answers:
        console.print(f"At {answer.title}:" if answer.sessions else f"At {answer.title} nobody was at work.")
        for session in answer.sessions:
            console.print(f"\n{_line(session)}")
            if session.calls:
                _table(console, session)
        for when, nearest in (("before", answer.before), ("after", answer.after)):
            console.print(f"\nLogin {when}: {_line(nearest) if nearest else 'none'}")
        console.print()


def _line(session: Presence) -> str:
    where = f"logged on to {session.insurer}" if session.login else session.insurer or "here"
    end = _shown(session.end) if session.ended else f"unknown, no end was recorded (last sign {_shown(session.end)})"
    commands = f", {', '.join(session.commands)}" if session.commands else ""
    return one_line(
        f"{session.who}, {where}, {_shown(session.begin)} to {end} UTC, run {session.run}, records {session.first_seq} "
        f"to {session.last_seq}, {len(session.calls)} calls{commands}"
    )


def _table(console: RichConsole, session: Presence) -> None:
    from .tables import table_of

    table = table_of(("no.", "time (UTC)", "exchange", "operation", "shipment", "outcome"), numbers=["no."])
    for call in session.calls:
        table.add_row(
            str(call.seq), _shown(call.ts), call.exchange, call.operation, call.shipment, call.outcome or "unknown"
        )
    console.print(table)


def _shown(ts: str) -> str:
    return f"{ts[:10]} {ts[11:19]}"
