"""`bipro-sync certs`: whose certificates they are and when they end; it takes new ones in and never shows a key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import BiproSyncError, UsageError
from .asking import secret_of
from .choose import chosen_insurer, chosen_insurers, unusable_ones
from .console import Invocation, invocation, one_line


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..insurers import Insurer
    from ..sync.certificates import CertificateView


Only = Annotated[list[str] | None, typer.Option("--insurer", metavar="NAME", help="Only this insurer; repeatable.")]


def register(app: typer.Typer) -> None:
    """
    Add `certs list`, `certs check` and `certs import`.
    """
    group = typer.Typer(help="The certificates that insurers are logged in to with.")
    group.command("list")(list_certificates)
    group.command("check")(check_certificates)
    group.command("import")(import_certificate)
    app.add_typer(group, name="certs")


def list_certificates(context: typer.Context, insurer: Only = None) -> None:
    """
    List each certificate.  Whose it is, of which kind, and when it ends.
    """
    this = invocation(context)
    views, unusable = _views(this, insurer or ())
    for name in unusable:
        this.console.note(_unknown(name))

    def render(out: RichConsole) -> None:
        from .tables import table_of

        table = table_of(("insurer", "kind", "owner", "serial", "ends", "days left", "file"), numbers=("days left",))
        for view in views:
            row = _json(view)
            ends = str(row["not_after"] or "unknown").partition("T")[0]
            left = "-" if view.left is None else str(view.left)
            table.add_row(
                row["insurer"], row["kind"], row["owner"] or "-", row["serial"] or "-", ends, left, row["file"]
            )
        out.print(table)
        for view in views:
            if view.trouble and view.known is None:
                out.print(f"{view.insurer.name}: {view.trouble}", soft_wrap=True)

    this.console.answer([_json(view) for view in views], render)


def check_certificates(context: typer.Context, insurer: Only = None) -> None:
    """
    Answer as a monitoring plug-in.  1: one ends within 30 days, 2: within 7, 0: none does, 3: a failure of its own.
    """
    from ..model.condition import Level
    from ..sync.certificates import said_of

    this = invocation(context)
    try:
        views, unusable = _views(this, insurer or ())
    except BiproSyncError as error:
        if not this.console.json:
            this.console.text(f"CERTS UNKNOWN - {_plain(error.message)}\n")
        raise
    views.sort(key=lambda view: (-view.level, view.left or 0))
    level = max([*(view.level for view in views), Level.WARNING if unusable else Level.OK])
    if this.console.json:
        document = {
            "status": level.name.lower(),
            "certificates": [_json(each) for each in views],
            "unusable": unusable,
            "exit_code": int(level),
        }
        this.console.document(document)
    else:
        sentences = [*(_plain(said_of(view)) for view in views), *map(_unknown, unusable)]
        sentences = sentences or ["no insurer logs in with a certificate"]
        figures = " ".join(f"'{each.insurer.name}_days'={each.left};30:;7:" for each in views if each.left is not None)
        first, *more = sentences
        this.console.text("\n".join([f"CERTS {level.name} - {first} | {figures}", *more]) + "\n")
    raise typer.Exit(int(level))


def import_certificate(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A PKCS#12 file (.p12, .pfx) with its private key.")],
    insurer: Annotated[str, typer.Option(metavar="NAME", help="Whom it is to log in to.")],
    to: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Where it is put, in place of the configured file; never overwritten."),
    ] = None,
) -> None:
    """
    Put a certificate in its place, once its passphrase opens it.  That is typed at the prompt, or comes by stdin.
    """
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..setup.taking_in import demand_free, take_in
    from ..sync.acting import demand_right
    from ..sync.outside import record_outside

    this = invocation(context)
    config, clock, verb = this.config(), SystemClock(), Verb.CERTS_IMPORT
    demand_right(config, clock, verb, insurers=[insurer], identity=this.identity)
    one = chosen_insurer(config, insurer)
    target = _target(one, to)
    demand_free(target)
    taken = take_in(file.absolute(), target, secret_of("The passphrase"), root=config.archive.root, now=clock.now())
    record_outside(
        config, clock, verb, [insurer], f"SHA-256 {taken.fingerprint}", certificate=taken.serial, identity=this.identity
    )
    ends = f"{taken.not_after:%Y-%m-%d}"
    steps = list(_next_steps(this, one, target))
    if taken.open_to_others:
        this.console.note(f"{file} is open to others: remove it, now that it is stored.")

    def render(out: RichConsole) -> None:
        out.print(f"Stored: {target}, serial {taken.serial}, valid until {ends}", soft_wrap=True)
        for step in steps:
            out.print(f"Next: {step}", soft_wrap=True)

    document = {
        "insurer": insurer,
        "file": str(target),
        "serial": taken.serial,
        "not_before": taken.not_before.isoformat(),
        "not_after": taken.not_after.isoformat(),
        "next": steps,
    }
    this.console.acted(document, render)


def _target(insurer: Insurer, to: Path | None) -> Path:
    if to:
        return to.absolute()
    if insurer.auth.certificate is None:
        raise UsageError(
            f"{insurer.name} is not configured to log in with a certificate.",
            hint="Add --to PATH to store one all the same, or name it in auth.certificate first.",
        )
    return insurer.auth.certificate.file


def _next_steps(this: Invocation, insurer: Insurer, target: Path) -> list[str]:
    section, name = insurer.auth.certificate, insurer.name
    steps = []
    if section is None or section.file != target:
        steps.append(f'name it in [insurers.{name}.auth] certificate: file = "{target}"')
    if section:
        source, argument = section.passphrase.source, section.passphrase.argument[0]
        stores = {"credential", "file"}
        steps.append(
            f"`{this.program} credentials set {argument}` stores its passphrase, if that is a new one"
            if source in stores
            else f"its passphrase belongs where the configuration looks for it ({source})"
        )
    return [*steps, f"`{this.program} config check` opens it, where the passphrase can be had"]


def _unknown(name: str) -> str:
    return f"{name}: its section cannot be used, so that nothing is known of its certificate; see `config check`"


def _views(this: Invocation, names: Sequence[str]) -> tuple[list[CertificateView], list[str]]:
    """
    Return the certificates of these insurers or of all, and the names of those whose sections cannot be used.
    """
    from ..archive import Layout
    from ..model.ports import SystemClock
    from ..sync.certificates import certificates

    config = this.config()
    insurers = chosen_insurers(config, names)
    views = certificates(insurers, Layout(config.archive.root), SystemClock().now())
    return list(views), unusable_ones(insurers)


def _json(view: CertificateView) -> dict[str, Any]:
    insurer, known = view.insurer, view.known
    personal = insurer.has_personal_certificate
    return {
        "insurer": insurer.name,
        "account": insurer.account,
        "kind": "personal" if personal else "house",
        "owner": insurer.auth.owner if personal else None,
        "file": str(insurer.auth.certificate.file) if insurer.auth.certificate else "",
        "serial": known.serial if known else None,
        "not_before": known.not_before.isoformat() if known else None,
        "not_after": known.not_after.isoformat() if known else None,
        "days_left": view.left,
        "status": view.level.name.lower(),
        "remembered": view.remembered,
        "trouble": None if known else view.trouble,
    }


def _plain(text: str) -> str:
    """
    Return *text* on one line, without the sign that divides text and figures.
    """
    return one_line(text).replace("|", "/")
