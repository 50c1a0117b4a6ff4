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

_SERVICE = re.compile(r"^\d+:(name=systemd)?:.*\.service$", re.MULTILINE)
"""The line of /proc/self/cgroup for a process in a service: systemd names control groups after its units."""


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
    Who runs this process: login name (the number where it has none), what that rests on, whether a service of
    systemd runs it without anybody logged in, and that service's invocation id.
    """

    os_user: str
    evidence: Evidence
    scheduled: bool
    invocation: str | None


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


def identify(
    *,
    environment: Mapping[str, str] = os.environ,
    login_uid: Callable[[], int | None] = kernel_login_uid,
    real_uid: Callable[[], int] = os.getuid,
    cgroups: Callable[[], str] = kernel_cgroups,
) -> Identity:
    """
    Return who runs this process; a person who has logged in, or who only sets a variable, is never called scheduled.
    """
    login = login_uid()
    invocation = environment.get("INVOCATION_ID") if _SERVICE.search(cgroups()) else None
    return Identity(
        os_user=_login_name(real_uid() if login is None else login),
        evidence=Evidence.REAL_UID if login is None else Evidence.LOGIN_UID,
        scheduled=login is None and invocation is not None,
        invocation=invocation,
    )


def _login_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
