"""Our units by name, and what the running systemd knows of them; nothing here changes a unit's file."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..errors import BusyError, ConfigurationError


DAEMON = "bipro-sync.service"
"""The service that pulls by the configuration's schedules."""

PULLS = "bipro-sync-pull@.service"
"""The template of all pulls by timer; a drop-in of it holds for each insurer."""

ALERTS = "bipro-sync-alert@.service"
BACKUP = "bipro-sync-backup.service"

_ASKING_SECONDS = 10
_LAST_LINES = 1.0
"""Seconds that the journal is given once a unit is through."""

_BEGUN = "ExecMainStartTimestampMonotonic"
"""systemd's property by which one run of a unit is told from the one before."""


def pull_unit(insurer: str) -> str:
    """
    Return the unit that pulls from one insurer.
    """
    return PULLS.replace("@", f"@{insurer}")


def by_hand(insurer: str) -> str:
    """
    Say how a person pulls with the credentials of the insurer's unit, and sees how it goes.
    """
    unit = pull_unit(insurer).removesuffix(".service")
    return (
        f"systemd credentials exist only inside the unit: `systemctl start {unit}` pulls with them, and `journalctl "
        f"--follow --unit {unit}` shows how it goes; `bipro-sync pull --insurer {insurer} --via-unit` does both."
    )


def is_running() -> bool:
    """
    Say whether systemd manages this machine (sd_booted(3)).
    """
    return Path("/run/systemd/system").is_dir()


@dataclass(frozen=True, slots=True)
class Ended:
    """
    How a unit's run ended: the exit code of its process, None where that is not known, and systemd's word for it.
    """

    code: int | None
    result: str


def run_through(unit: str) -> Ended:
    """
    Start a oneshot unit, let its journal appear on stderr, and return how it ended once it is through.

    Raises :class:`ConfigurationError` where there is no systemd or no such unit, or it may not be started, and
    :class:`BusyError` where it is at work already.
    """
    systemctl = _tool("systemctl", unit)
    before = _properties(systemctl, unit, "LoadState", "ActiveState", _BEGUN)
    if before.get("LoadState") != "loaded":
        raise ConfigurationError(
            f"systemd knows no unit {unit}; nothing was sent.",
            hint="systemd/README.md says how the units are installed.",
        )
    if before.get("ActiveState") in {"activating", "active"}:
        hint = f"`journalctl --follow --unit {unit}` shows how it goes."
        raise BusyError(f"The unit {unit} is at work already.", hint=hint)
    with _journal_of(unit):
        done = subprocess.run([systemctl, "start", unit], capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    after = _properties(systemctl, unit, "Result", "ExecMainStatus", _BEGUN)
    if done.returncode and after.get(_BEGUN) == before.get(_BEGUN):
        reason = (done.stderr.strip().splitlines() or ["it says nothing"])[0]
        raise ConfigurationError(
            f"The unit {unit} could not be started: {reason}",
            hint=f"`sudo systemctl start {unit}`, or a rule of polkit for whoever may; `systemctl status` says more.",
        )
    status = after.get("ExecMainStatus", "")
    return Ended(int(status) if status.isdigit() else None, after.get("Result", ""))


def started_at(unit: str) -> datetime | None:
    """
    Return since when a service is at work, aware and in UTC; None where it is not, or that is not known.
    """
    systemctl = shutil.which("systemctl")
    if systemctl is None:
        return None
    said = _properties(systemctl, unit, "ActiveState", "ActiveEnterTimestamp", "--timestamp=unix")
    stamp = said.get("ActiveEnterTimestamp", "").removeprefix("@")
    return datetime.fromtimestamp(int(stamp), UTC) if said.get("ActiveState") == "active" and stamp.isdigit() else None


def reload_units() -> bool:
    """
    Let systemd read its units anew; False where it does not.
    """
    systemctl = shutil.which("systemctl")
    return systemctl is not None and is_running() and _asked([systemctl, "daemon-reload"]) is not None


def _tool(name: str, unit: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ConfigurationError(
            f"There is no {name} here, so the unit {unit} cannot be started; nothing was sent.",
            hint="Without systemd, refer to a file in place of a systemd credential: { file = … }.",
        )
    return found


def _properties(systemctl: str, unit: str, *names: str) -> dict[str, str]:
    options = [name if name.startswith("--") else f"--property={name}" for name in names]
    said = _asked([systemctl, "show", *options, unit])
    return dict(line.split("=", 1) for line in (said or "").splitlines() if "=" in line)


def _asked(words: Sequence[str]) -> str | None:
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=_ASKING_SECONDS, check=False)  # noqa: S603 - no shell
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout


@contextmanager
def _journal_of(unit: str) -> Iterator[None]:
    """
    Let the unit's journal appear on stderr from now on until the block ends; nothing where there is no journalctl.
    """
    journalctl = shutil.which("journalctl")
    if journalctl is None:
        yield
        return
    words = [journalctl, "--follow", "--lines=0", "--output=cat", f"--unit={unit}"]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=2, stderr=subprocess.DEVNULL) as reader:  # noqa: S603 - no shell
        yield
        # The last lines take a moment to reach the journal.
        with suppress(subprocess.TimeoutExpired):
            reader.wait(_LAST_LINES)
        reader.terminate()
