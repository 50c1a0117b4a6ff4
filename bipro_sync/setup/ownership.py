"""Whose the files are that root makes for the service; what root keeps for itself, the service could not read."""

from __future__ import annotations

import grp
import os
import pwd
from contextlib import suppress
from pathlib import Path

from ..durable import errors


SERVICE = "bipro-sync"
"""The user and the group of the units."""


def service_user(root: Path) -> tuple[int, int] | None:
    """
    Return user and group of whoever the archive at *root* belongs to, else of the service; None where that is nobody,
    or where this process is not root's and could give nothing away.
    """
    if os.geteuid():
        return None
    with suppress(OSError):
        state = root.stat()
        return state.st_uid, state.st_gid
    with suppress(KeyError):
        user = pwd.getpwnam(SERVICE)
        return user.pw_uid, user.pw_gid
    return None


def service_group() -> int | None:
    """
    Return the service's group, which root may let read a file; None where there is none, or for who is not root.
    """
    with suppress(KeyError):
        return None if os.geteuid() else grp.getgrnam(SERVICE).gr_gid
    return None


def give(path: Path, uid: int, gid: int) -> None:
    """
    Let *path* belong to this user and group.
    """
    with errors("give away", path):
        os.chown(path, uid, gid)
