"""What is said of a restored archive: what is in it, what is lost, and what a person has to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ExitCode
from .console import one_line


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..backup.index import Backup
    from ..backup.laying import LaidOut
    from ..sync.restoring import Concluded


def document_of(backup: Backup, laid: LaidOut, done: Concluded) -> dict[str, Any]:
    """
    Return the document of `backup restore --json`.
    """
    lost = any(not each.stored for each in done.acknowledged)
    code = ExitCode.INTEGRITY if laid.findings or done.findings else ExitCode.PARTIAL if lost else ExitCode.OK
    found = [*laid.findings, *((each.path, each.problem) for each in done.findings)]
    return {
        "backup": backup.name,
        "made_at": backup.made_at.isoformat(),
        "shipments": done.shipments,
        "records": backup.records,
        "findings": [{"path": path, "problem": problem} for path, problem in found],
        "blocked": list(done.blocked),
        "acknowledged_since": {
            "asked": list(done.asked),
            "shipments": [
                {"insurer": each.insurer, "id": each.shipment, "at": each.at.isoformat(), "stored": each.stored}
                for each in done.acknowledged
            ],
        },
        "missing": list(backup.missing),
        "exit_code": int(code),
    }


def show(console: RichConsole, backup: Backup, laid: LaidOut, done: Concluded) -> None:
    """
    Say it to a person.
    """

    def say(sentence: str) -> None:
        console.print(one_line(sentence), soft_wrap=True)

    say(f"Backup {backup.name} is restored: {done.shipments} shipments, the audit log up to record {backup.records}.")
    for path, problem in [*laid.findings, *((each.path, each.problem) for each in done.findings)]:
        say(f"{path}: {problem}")
    if not done.asked:
        say(
            "Which shipments were acknowledged since cannot be known here: neither a newer log nor a second copy was "
            "asked.  Ask the insurers what was delivered since the backup was made."
        )
    for each in done.acknowledged:
        where = "and is in the archive" if each.stored else "and is NOT in the archive; ask the insurer for it"
        say(f"{each.insurer}: shipment {each.shipment} was acknowledged at {each.at:%Y-%m-%d %H:%M} UTC, {where}.")
    if done.asked and not done.acknowledged:
        say(f"Nothing was acknowledged since, as far as is known from {' and '.join(done.asked)}.")
    say(
        f"No login is sent for {', '.join(done.blocked) or 'any account'}: what was refused since the backup is not "
        "known.  Once you know that an account is open: bipro-sync insurers unblock NAME --reason TEXT"
    )
    say("To be brought from elsewhere:")
    for sentence in backup.missing:
        say(f"  - {sentence}")
