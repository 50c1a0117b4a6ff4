"""Holding an account: one process at a time logs in or decides about it (invariant I6); it never waits for another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from ..archive import Layout
from ..durable import FileLock, remove_drafts
from ..errors import BusyError


DECIDE_LATER = "Nothing was decided.  Wait until that run is through, and say it again."
"""What a person is told whose decision finds the account busy."""


@contextmanager
def held(layout: Layout, account: str, *, insurer: str, hint: str | None = None) -> Iterator[None]:
    """
    Hold the account's kernel lock for as long as the block lasts; what a dead holder was about to write is removed.

    Raises :class:`~bipro_sync.errors.BusyError` where another process holds it, with *hint* in place of its own.
    """
    lock = FileLock(layout.locks / f"{account}.lock")
    if not lock.acquire(wait=False):
        raise BusyError(f"Another run is working with {insurer} (account {account}).", hint=hint)
    try:
        _remove_drafts(layout, account, insurer)
        yield
    finally:
        lock.release()


def _remove_drafts(layout: Layout, account: str, insurer: str) -> None:
    remove_drafts(layout.breakers, re.escape(f"{account}.json"))
    for directory in (layout.runs, layout.suspensions):
        remove_drafts(directory, re.escape(f"{insurer}.json"))
