"""`bipro-sync doctor`: everything that can be checked before it hurts; it asks no insurer and mends nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UsageError
from .choose import chosen_insurers
from .console import Invocation, invocation
from .reading import reading


if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from rich.console import Console as RichConsole

    from ..config import Config
    from ..doctor import Check, Past
    from ..insurers import Insurer, MisconfiguredInsurer


def register(app: typer.Typer) -> None:
    """
    Add `doctor`.
    """
    app.command("doctor")(doctor)


def doctor(
    context: typer.Context,
    insurer: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this insurer; repeatable.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Reach for no machine, not even for a handshake.")] = False,
    login: Annotated[
        bool,
        typer.Option("--login", help="Also log in, once at each account.  Each is an attempt that counts."),
    ] = False,
) -> None:
    """
    Check all that can be checked without a call.  Machine, configuration, secrets, certificates, insurers' machines,
    archive, rights.
    """
    from ..doctor import Verdict, examine, exit_code
    from ..model.ports import SystemClock

    if login and offline:
        raise UsageError("--login and --offline contradict each other.")
    this = invocation(context)
    config = this.config()
    insurers = chosen_insurers(config, insurer or ())
    now = SystemClock().now()
    checks = list(
        examine(config, insurers, archive=partial(reading, config), past=pasts(config, now), now=now, offline=offline)
    )
    if login:
        this.console.warn("note: each login is an attempt: insurers lock an account at the third refusal.")
        checks += _logins(this, insurers)
    code = exit_code(checks)

    def render(console: RichConsole) -> None:
        from .tables import table_of

        table = table_of(("verdict", "insurer", "check", "what was found"))
        for check in checks:
            table.add_row(check.verdict.value, check.insurer or "-", check.id, check.sentence)
        console.print(table)
        for check in checks:
            if check.verdict is not Verdict.OK:
                console.print(f"{check.insurer or 'all'}, {check.id}: {check.remedy}", soft_wrap=True)

    document = {"checks": [check.as_json() for check in checks], "exit_code": int(code)}
    this.console.answer(document, render)
    raise typer.Exit(code)


def _logins(this: Invocation, insurers: Sequence[Insurer | MisconfiguredInsurer]) -> list[Check]:
    """
    Log in once at each account, and return what came of it.
    """
    from ..doctor import Check, Verdict
    from ..errors import BiproSyncError
    from ..insurers import Insurer
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.trying_login import try_login
    from ..sync.workplace import open_workplace

    accounts = {insurer.account: insurer for insurer in reversed(insurers) if isinstance(insurer, Insurer)}
    names = [insurer.name for insurer in accounts.values()]
    found = []
    opened = open_workplace(this.config(), SystemClock(), Verb.DOCTOR_LOGIN, insurers=names, identity=this.identity)
    with opened as place:
        for insurer in reversed(accounts.values()):
            try:
                try_login(place, insurer)
            except BiproSyncError as error:
                found.append(Check.failed("login", insurer.name, error))
            else:
                found.append(Check("login", insurer.name, Verdict.OK, "The login works; nothing was listed."))
    return found


def _silences(config: Config, now: datetime) -> Mapping[str, Sequence[str]]:
    """
    Return by insurer what is expected and overdue; nothing where the archive cannot say it, which has its own check.
    """
    from ..errors import BiproSyncError
    from ..model.condition import Matter
    from ..notify.texts import said
    from ..sync.conditions import conditions_of
    from ..sync.overview import overview

    found: dict[str, list[str]] = {}
    try:
        with reading(config) as (_, queries):
            conditions = conditions_of(overview(config, queries, now))
    except BiproSyncError:
        return found
    for each in conditions:
        if each.matter is Matter.SILENCE and each.insurer:
            found.setdefault(each.insurer, []).append(said(each, "en"))
    return found


def pasts(config: Config, now: datetime) -> Callable[[Insurer], Past]:
    """
    Return who says of an insurer what earlier runs have left behind, and what of it is overdue at *now*.
    """
    # Asked for when first needed, as it opens the archive.
    silences = cache(lambda: _silences(config, now))
    return partial(_past, root=config.archive.root, now=now, silences=silences)


def _past(insurer: Insurer, *, root: Path, now: datetime, silences: Callable[[], Mapping[str, Sequence[str]]]) -> Past:
    from ..archive import Layout
    from ..doctor import Past
    from ..sync.breaker import breaker_state
    from ..sync.certificates import certificates
    from ..sync.memory import remembered
    from ..sync.stop_switch import suspension_of

    layout = Layout(root)
    ends = next((view.known.not_after for view in certificates([insurer], layout, now) if view.known), None)
    if not layout.is_begun:
        return Past(certificate_ends=ends)
    state, memory = breaker_state(layout, insurer.account), remembered(layout, insurer.name)
    suspension = suspension_of(layout, insurer.name)
    return Past(
        suspended=str(suspension) if suspension else None,
        objection=state.objection(None, now),
        refused=next((refusal.reason for refusal in reversed(state.refusals) if refusal.answered), None),
        clock_skew=memory.clock_skew,
        clock_seen_at=memory.clock_seen_at,
        missing_rights={each.kind: each.right for each in memory.missing_rights},
        list_remarks=memory.list_remarks,
        silences=tuple(silences().get(insurer.name, ())),
        certificate_ends=ends,
    )
