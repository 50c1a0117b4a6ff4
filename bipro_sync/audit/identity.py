"""Finds out who runs this process, from the kernel and the system's user list; it never decides what they may do."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


_UNSET = 4294967295
"""What the kernel answers where nobody has logged in: (uid_t) -1."""

_OUR_SERVICE = re.compile(r"^\d+:(name=systemd)?:(?!.*/user\.slice/).*/bipro-sync[^/]*\.service$", re.MULTILINE)
"""The line of /proc/self/cgroup for a process in a service of ours: systemd names control groups after its units."""

_ANY_SERVICE = re.compile(r"^\d+:(name=systemd)?:.*\.service$", re.MULTILINE)


class Evidence(StrEnum):
    """
    What the user's name rests on.
    """

    LOGIN_UID = "login uid"
    """Set by the kernel at login; survives sudo and su."""
    REAL_UID = "real uid"


@dataclass(frozen=True, slots=True)
class Identity:
    """
    Who runs this process: login name (the number where it has none), what that rests on, whether a unit of ours
    runs it without anybody logged in, and that unit's invocation id; *terminal* says whether it has one, *serving*
    whether any unit's service runs it, such as cron's, or a person's own.
    """

    os_user: str
    evidence: Evidence
    scheduled: bool
    invocation: str | None
    terminal: bool = False
    serving: bool = False

    @property
    def attended(self) -> bool:
        """
        Whether a natural person stands behind it: who has logged in, or sits at a terminal.

        Cron and the units of a person's own give what they run that person's login uid, too.
        """
        return self.terminal or (self.evidence is Evidence.LOGIN_UID and not self.serving)


def kernel_login_uid() -> int | None:
    """
    Return the uid this process' user logged in with; None where nobody did or the kernel does not say.
    """
    try:
        uid = int(Path("/proc/self/loginuid").read_text("ascii"))
    except (OSError, ValueError):
        return None
    return None if uid == _UNSET else uid


def kernel_cgroups() -> str:
    """
    Return this process' control groups, a line each, as cgroups(7) has them; nothing where the kernel has none.
    """
    try:
        return Path("/proc/self/cgroup").read_text("utf-8", "surrogateescape")
    except OSError:
        return ""


def kernel_terminal() -> bool:
    """
    Return whether this process has a controlling terminal.
    """
    try:
        stat = Path("/proc/self/stat").read_text("utf-8", "surrogateescape")
    except OSError:
        return False
    # proc_pid_stat(5): the name in brackets may hold anything; behind it state, parent, group, session, terminal.
    return stat.rpartition(")")[2].split()[4] != "0"


def identify(
    *,
    environment: Mapping[str, str] = os.environ,
    login_uid: Callable[[], int | None] = kernel_login_uid,
    real_uid: Callable[[], int] = os.getuid,
    cgroups: Callable[[], str] = kernel_cgroups,
    terminal: Callable[[], bool] = kernel_terminal,
) -> Identity:
    """
    Return who runs this process; a person who has logged in, or who only sets a variable, is never called scheduled.
    """
    login, groups = login_uid(), cgroups()
    invocation = environment.get("INVOCATION_ID") if _OUR_SERVICE.search(groups) else None
    return Identity(
        os_user=_login_name(real_uid() if login is None else login),
        evidence=Evidence.REAL_UID if login is None else Evidence.LOGIN_UID,
        scheduled=login is None and invocation is not None,
        invocation=invocation,
        terminal=terminal(),
        serving=_ANY_SERVICE.search(groups) is not None,
    )


def _login_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
