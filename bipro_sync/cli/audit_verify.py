"""`bipro-sync audit verify`: checks the log, its checkpoints and what anchors outside know of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import BiproSyncError, ExitCode, IntegrityError, StorageError, UsageError
from .audit_asking import Asked, Directory, ask
from .console import Console, invocation, one_line


if TYPE_CHECKING:  # checking needs msgspec and cryptography, asking for help does not
    from collections.abc import Sequence

    from rich.console import Console as RichConsole

    from ..anchors.stamped import Stamped, Stamps
    from ..audit.verification import Verification
    from ..config import Config
    from ..model.verifier import Verifier


def add_to(group: typer.Typer) -> None:
    """
    Add `verify`.
    """
    group.command("verify")(verify_log)


def verify_log(
    context: typer.Context,
    pubkey: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="A public key NAME+ID+KEY, or a file with one a line; repeatable."),
    ] = None,
    anchor: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="A directory of anchored checkpoints, or one of them; repeatable."),
    ] = None,
    directory: Directory = None,
) -> None:
    """
    Check chain, checkpoints and anchors.  Exit 15 where the log is damaged, with the first bad record.

    Keys and directories of the configuration are used without being named; `--directory` needs no configuration.
    """
    from ..audit.verification import verify
    from ..model.rights import Verb

    this = invocation(context)
    keys = [key for each in pubkey or () for key in _keys(each)]
    asked = ask(this, Verb.AUDIT_VERIFY, directory)
    anchors = list(anchor or ())
    if asked.config is not None:
        keys += known_keys(asked.config)
        anchors += anchors_of(asked.config, this.console)
    found = verify(asked.directory, known=keys, anchors=anchors)
    stamps = stamps_of(asked)
    if stamps and stamps.damage:
        found = found.with_damage(stamps.damage)
    unnoted = _note(asked, found)
    if asked.insurer is not None:
        found = found.of(asked.insurer)
    code = ExitCode.INTEGRITY if found.damaged else unnoted.exit_code if unnoted else ExitCode.OK
    stamped = stamps.stamped if stamps else ()
    remarks = (*found.remarks, *(stamps.remarks if stamps else ()))
    document = {
        "headline": found.headline,
        **asdict(found),
        "stamped": [{"anchor": each.anchor, "size": each.size, "time": each.time.isoformat()} for each in stamped],
        "remarks": remarks,
        "exit_code": int(code),
    }
    say = this.console.answer if found.damaged else this.console.acted
    say(document, lambda console: _report(console, found, stamped, remarks))
    if unnoted:
        this.console.warn(f"error: {unnoted.message}", "The check itself is not on record.")
    raise typer.Exit(code)


def known_keys(config: Config) -> list[Verifier]:
    """
    Return the keys that may have signed: those the configuration names, and its own, where it may be read here.
    """
    from ..audit.key_file import read_key

    known = list(config.audit.known_keys)
    if not known and config.audit.key is not None and (signer := read_key(config.audit.key)):
        known.append(signer.verifier)
    return known


def anchors_of(config: Config, console: Console) -> list[Path]:
    """
    Return the configured directories that can be looked into; of others it is said that they cannot.
    """
    found = []
    for anchor in config.audit.anchors or ():
        if anchor.kind != "directory":
            continue
        if anchor.path.is_dir():
            found.append(anchor.path)
        else:
            console.warn(f"The anchor {anchor.path} is not there, so nothing was held against it.")
    return found


def stamps_of(asked: Asked) -> Stamps | None:
    """
    Return what the time stamps beside the log show, None where the configuration has no such anchor.
    """
    from ..config import StampAnchor

    anchors = asked.config.audit.anchors or () if asked.config else ()
    stamping = [anchor for anchor in anchors if isinstance(anchor, StampAnchor)]
    if not stamping:
        return None
    # Certificates and their library are for those alone who have such an anchor.
    from ..anchors.stamped import check_stamps

    return check_stamps(asked.directory, stamping)


def _keys(text: str) -> Sequence[Verifier]:
    from ..model.verifier import Verifier

    path = Path(text)
    lines = path.read_text("utf-8", "replace").splitlines() if path.is_file() else [text]
    try:
        return [Verifier.parse(line) for line in lines if line.strip()]
    except IntegrityError as error:
        raise UsageError(
            f"{text!r} is no public key of an audit log.",
            hint="Write NAME+ID+KEY, as `audit key` shows it, or its file.",
        ) from error


def _note(asked: Asked, found: Verification) -> BiproSyncError | None:
    """
    Record in the log that it was verified, and return why it cannot take that, if so: what was found is told all the
    same, because a log on a failing disk is the one that must be looked at.
    """
    from ..audit import RecordType
    from ..model.rights import Verb

    try:
        asked.note(
            RecordType.VERIFY,
            operation=Verb.AUDIT_VERIFY,
            count=found.records,
            outcome="damaged" if found.damaged else "ok",
            detail=f"audit log; {found.headline}",
        )
    except (StorageError, IntegrityError) as error:
        return error
    return None


def _report(console: RichConsole, found: Verification, stamped: Sequence[Stamped], remarks: Sequence[str]) -> None:
    console.print(f"Audit log: {one_line(found.headline)}.")
    console.print(
        f"{found.records} records in {found.segments} segments, {found.first_ts or '-'} to {found.last_ts or '-'}."
    )
    if found.checkpoints:
        by = f", the last known signature up to record {found.signed}, by {', '.join(found.keys)}" if found.keys else ""
        console.print(f"{found.checkpoints} checkpoints beside the log{by}.")
    if found.anchored:
        console.print(f"Anchored: {one_line(found.anchored.path)}.")
    for each in stamped:
        console.print(f"Time stamp of {each.anchor}: record {each.size} existed at {each.time:%Y-%m-%d %H:%M:%S} UTC.")
    for remark in remarks:
        console.print(remark)
    for intent in found.open_intents:
        about = " ".join(part for part in (intent.insurer, intent.operation, intent.shipment) if part)
        console.print(
            f"Outcome unknown (interrupted, or under way): record {intent.seq}, {intent.ts}, {one_line(about)}"
        )
    if found.torn_bytes:
        console.print(f"The last {found.torn_bytes} bytes are what a crash cut or lost, or being written.")
    if found.damaged:
        console.print("Keep everything as it is, and compare with the last backup before anything else.")
