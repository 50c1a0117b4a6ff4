"""Whether those who are to act may, and nobody else finds a way into the archive; it writes nothing."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import datetime

from ..archive import Layout
from ..config import Config
from ..durable import errors
from ..errors import ExitCode
from ..model.zone import BERLIN
from .check import Check, Verdict


_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def access_checks(config: Config, now: datetime) -> Iterator[Check]:
    """
    Yield what is wrong with the archive's mode, and with the person who answers for scheduled runs.

    Raises :class:`~bipro_sync.errors.StorageError` where the archive cannot be looked at.
    """
    root = config.archive.root
    with errors("look at", root):
        mode = stat.S_IMODE(root.stat().st_mode) if Layout(root).is_begun else 0
    if mode & _OTHERS:
        sentence = f"The archive {root} is open to others: its mode is {mode:04o}."
        yield Check("access", None, Verdict.WARN, sentence, f"`chmod 0700 {root}`, unless an ACL lets a reader in.")
    key = config.audit.responsible
    responsible = config.users.get(key or "")
    if responsible and not responsible.is_active(now.astimezone(BERLIN).date()):
        sentence = f"{key}, who answers for scheduled runs, is not active, so they are refused."
        remedy = "Name somebody in [audit] responsible who is."
        yield Check("access", None, Verdict.FAIL, sentence, remedy, ExitCode.NOT_PERMITTED)
