"""`bipro-sync support-bundle`: one file for whoever helps, with no secret, no customer and no person in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import BiproSyncError, ConfigurationError, IntegrityError, StorageError
from .console import Invocation, invocation


if TYPE_CHECKING:
    from ..audit import Record
    from ..config import Config


_RECORDS = 1000
"""As many of the last audit records are told."""


def register(app: typer.Typer) -> None:
    """
    Add `support-bundle`.
    """
    app.command("support-bundle")(support_bundle)


def support_bundle(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The ZIP archive to write; it must not be there yet.")],
) -> None:
    """
    Gather what helps others to help.  Versions, settings, checks, recent calls; no secret, customer or person.
    """
    from .. import __version__
    from ..doctor.support import gathered, journal, personal, versions
    from ..durable import write_new

    this = invocation(context)
    config, problem = _configured(this)
    parts: dict[str, Callable[[], Any]] = {"versions": lambda: versions(f"bipro-sync {__version__}")}
    if config is None:
        parts["configuration"] = lambda: {"problem": problem}
        words: frozenset[str] = frozenset()
    else:
        _demand_permitted(this, config)
        parts |= _about(config)
        # Only where somebody's own words can be told from ours.
        parts["journal"] = journal
        words = personal(config, _reasons(config))
    data = gathered(parts, words)
    write_new(file, data)
    document = {"file": str(file), "parts": list(parts), "bytes": len(data), "exit_code": 0}
    said = f"{file}: {', '.join(parts)}.  Look through it before you send it; it is a ZIP archive of JSON files."
    this.console.acted(document, lambda console: console.print(said, soft_wrap=True))


def _configured(this: Invocation) -> tuple[Config | None, str]:
    """
    Return the configuration; None and why where it cannot be used, since that is when help is needed.
    """
    try:
        return this.config(), ""
    except ConfigurationError as error:
        # The sentence names the file, the problems may hold words of it.
        return None, f"{error.code}: {len(error.problems)} problem(s); see `bipro-sync config check`"


def _demand_permitted(this: Invocation, config: Config) -> None:
    """
    Raise :class:`~bipro_sync.errors.NotPermittedError` for who may not; recorded, and so is who may, where that can be.
    """
    from ..audit import RecordType
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.acting import acting, demand_permitted

    clock, verb = SystemClock(), Verb.SUPPORT_BUNDLE
    try:
        with acting(config, clock, verb, identity=this.identity) as log:
            log.write(RecordType.EXPORT, operation=verb)
    except (StorageError, IntegrityError, ConfigurationError):
        # A broken archive is a reason to ask for help.
        demand_permitted(config, clock, verb, identity=this.identity)


def _about(config: Config) -> Mapping[str, Callable[[], Any]]:
    from ..doctor.support import records, settings

    return {
        "settings": lambda: settings(config),
        "checks": lambda: _checks(config),
        "archive": lambda: _archive(config),
        "handover": lambda: _handover(config),
        "records": lambda: list(records(_last_records(config.archive.root / "audit"))),
    }


def _last_records(log: Path) -> Iterator[Record]:
    from ..audit import latest, read

    last = latest(log, lambda _: True)
    yield from read(log, after=max(last.seq - _RECORDS, 0)) if last else ()


def _checks(config: Config) -> list[dict[str, object]]:
    from functools import partial

    from ..doctor import examine
    from ..insurers import effective
    from ..model.ports import SystemClock
    from .doctor import pasts
    from .reading import reading

    now = SystemClock().now()
    insurers = list(effective(config).values())
    checks = examine(config, insurers, archive=partial(reading, config), past=pasts(config, now), now=now)
    return [check.as_json() for check in checks]


def _archive(config: Config) -> dict[str, object]:
    from ..archive import Layout
    from ..audit.anchoring import Anchoring
    from ..durable import children, free_space, size_of
    from .reading import reading

    layout = Layout(config.archive.root)
    told: dict[str, object] = {
        "free": free_space(layout.root),
        "catalogue": size_of(layout.catalogue),
        "entries": {path.name: f"{path.stat().st_mode:o} {path.stat().st_uid}" for path in children(layout.root)},
        "anchoring": Anchoring.of(config.audit, layout.audit).headline,
    }
    with reading(config) as (_, queries):
        told["insurers"] = {
            summary.insurer: {
                "last_attempt": summary.last_attempt_at,
                "last_success": summary.last_success_at,
                "last_delivery": summary.last_delivery_at,
                "outcome": summary.last_outcome,
                "states": {state.value: number for state, number in summary.states.items()},
            }
            for summary in queries.summaries()
        }
    return told


def _handover(config: Config) -> dict[str, object]:
    """
    Return how each target stands, without what was said of its trouble: names of files may stand in that.
    """
    from contextlib import closing

    from ..catalog import Marks
    from ..sync.workplace import open_queries

    with closing(open_queries(config)) as catalogue:
        states = {name: Marks(catalogue).state(name) for name in config.handover}
    return {
        name: {"handed_over": state.handed, "infected": state.infected, "failing_since": state.failing_since}
        for name, state in states.items()
    }


def _reasons(config: Config) -> list[str]:
    """
    Return what operators have written that a check repeats.
    """
    from ..archive import Layout
    from ..sync.stop_switch import suspension_of

    found = []
    for name in config.insurers:
        with suppress(BiproSyncError):
            if suspension := suspension_of(Layout(config.archive.root), name):
                found.append(suspension.reason)
    return found
