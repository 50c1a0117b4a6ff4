"""`bipro-sync credentials`: stores the secrets that the configuration refers to; none of them is ever shown."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import BiproSyncError, ConfigurationError, UsageError
from .asking import secret_of
from .choose import unusable_ones
from .console import Invocation, invocation


if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from rich.console import Console as RichConsole

    from ..setup.references import Reference


def register(app: typer.Typer) -> None:
    """
    Add `credentials set` and `credentials list`.
    """
    group = typer.Typer(help="The secrets that are referred to; never shown.")
    group.command("set")(set_credential)
    group.command("list")(list_credentials)
    app.add_typer(group, name="credentials")


def set_credential(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(metavar="SECRET", help="As in { credential = SECRET }; or the path in { file = PATH }."),
    ],
) -> None:
    """
    Store a secret, typed at the prompt or read from stdin.  A credential is encrypted for this machine, and loaded by
    the units that need it; a file is readable by its owner only.
    """
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.acting import demand_right
    from ..sync.outside import record_outside
    from ..systemd.credential_store import CredentialStore

    this = invocation(context)
    config, clock, verb = this.config(), SystemClock(), Verb.CREDENTIALS_SET
    demand_right(config, clock, verb, identity=this.identity)
    wanted = _references(this, name)
    is_file = name.startswith("/")
    if not is_file:
        CredentialStore().demand_usable(name)
    secret = secret_of("The secret", twice=True)
    done = _into_a_file(this, Path(name), secret) if is_file else _into_the_store(name, secret, wanted)
    insurers = dict.fromkeys(each.insurer for each in wanted)
    record_outside(config, clock, verb, insurers, name, identity=this.identity)
    begun = [unit for unit in done["units"] if "@." not in unit and "-pull@" in unit]
    steps = [f"systemctl start {unit.removesuffix('.service')}" for unit in begun]
    this.console.note(*done["warnings"])

    def render(out: RichConsole) -> None:
        out.print(f"Stored: {done['path']}", soft_wrap=True)
        for path in done["drop_ins"]:
            out.print(f"Loaded by: {path}", soft_wrap=True)
        for step in steps:
            out.print(f"Next: `{step}` pulls with it.", soft_wrap=True)

    this.console.acted({"name": name, **done, "next": steps}, render)


def _references(this: Invocation, name: str) -> list[Reference]:
    """
    Return the places that refer to this secret.  Raises :class:`UsageError` where there is none: a slip of the hand.
    """
    every, unusable = _all_references(this)
    wanted = [each for each in every if name in {each.credential, each.file}]
    if not wanted and unusable:
        raise ConfigurationError(
            f"No usable section refers to such a secret, and what {', '.join(unusable)} may refer to is not known."
        )
    if not wanted:
        known = ", ".join(sorted({each.credential or each.file or "" for each in every} - {""})) or "none"
        raise UsageError(
            f"The configuration refers to no such secret; it refers to {known}.",
            hint='Refer to it first: password = { credential = "NAME.password" }.',
        )
    return wanted


def _all_references(this: Invocation) -> tuple[list[Reference], list[str]]:
    """
    Return all references to secrets, and the names of insurers whose sections cannot be used.
    """
    from ..insurers import effective
    from ..setup.references import references

    config = this.config()
    insurers = effective(config)
    return list(references(config, insurers)), unusable_ones(insurers.values())


def _into_the_store(name: str, secret: Any, wanted: Collection[Reference]) -> dict[str, Any]:
    from ..systemd.credential_store import CredentialStore
    from ..systemd.units import is_running, reload_units

    store, units = CredentialStore(), list(dict.fromkeys(unit for each in wanted for unit in each.units))
    path = store.keep(name, secret)
    drop_ins = [str(each) for each in store.load_into(name, units)]
    warnings = [
        f"{each} lets the unit load {name} from another place; mend or remove it." for each in store.others(name, units)
    ]
    if not reload_units():
        running = "systemd did not read its units anew: `systemctl daemon-reload`"
        warnings.append(
            f"{running}." if is_running() else "systemd does not run here; the units have it where it does."
        )
    return {"path": str(path), "units": units, "drop_ins": drop_ins, "warnings": warnings}


def _into_a_file(this: Invocation, path: Path, secret: Any) -> dict[str, Any]:
    from ..durable import make_directory, replace
    from ..setup.ownership import give, service_user

    make_directory(path.parent, 0o755)
    replace(path, secret.reveal().encode())
    if owner := service_user(this.config().archive.root):
        give(path, *owner)
    return {"path": str(path), "units": [], "drop_ins": [], "warnings": []}


def list_credentials(context: typer.Context) -> None:
    """
    List the secrets that the configuration refers to.  Where each lies, and how old it is; never what it is.
    """
    from ..model.ports import SystemClock

    this = invocation(context)
    now = SystemClock().now()
    every, unusable = _all_references(this)
    rows = [_row(each, now) for each in every]
    for name in unusable:
        this.console.note(f"{name}: its section cannot be used, so what it refers to is not known; see `config check`")

    def render(out: RichConsole) -> None:
        from .tables import table_of

        table = table_of(("secret", "for", "lies in", "days old"), numbers=("days old",))
        for row in rows:
            age = row["age_days"]
            table.add_row(row["name"], row["place"], row["path"] or row["state"], "-" if age is None else str(age))
        out.print(table)

    this.console.answer(rows, render)


def _row(reference: Reference, now: datetime) -> dict[str, Any]:
    """
    Return what is known of one reference; *state* is stored, missing, unknown (not to be looked at by this user), or
    elsewhere (a keyring, a command, the environment).
    """
    from ..durable import is_file
    from ..systemd.credential_store import CredentialStore, stored_at

    path: Path | None = None
    age: int | None = None
    state = "elsewhere"
    try:
        if reference.credential:
            path = CredentialStore().place_of(reference.credential)
        elif reference.file and is_file(Path(reference.file)):
            path = Path(reference.file)
        if reference.credential or reference.file:
            state = "stored" if path else "missing"
        if path:
            age = math.floor((now - stored_at(path)).total_seconds() / 86400)
    except BiproSyncError:
        state = "unknown"
    return {
        "name": reference.secret.argument[0],
        "source": reference.secret.source,
        "place": reference.place,
        "insurer": reference.insurer,
        "units": list(reference.units),
        "state": state,
        "path": str(path) if path else None,
        "age_days": age,
    }
