"""Holding an account: one process at a time logs in or decides about it (invariant I6); it never waits for another."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..archive import Layout
from ..durable import FileLock, exists, remove_drafts
from ..errors import BusyError


_GLANCE = 0.05
"""Seconds after which whoever only looked has let go of a lock."""

DECIDE_LATER = "Nothing was decided.  Wait until that run is through, and say it again."
"""What a person is told whose decision finds the account busy."""


@contextmanager
def held(layout: Layout, account: str, *, insurer: str, hint: str | None = None) -> Iterator[None]:
    """
    Hold the account's kernel lock for as long as the block lasts; what a dead holder was about to write is removed.

    Raises :class:`~bipro_sync.errors.BusyError` where another process holds it, with *hint* in place of its own.
    """
    lock = _lock(layout, account)
    if not lock.acquire(wait=False) and not _acquire_after_a_glance(lock):
        raise BusyError(f"Another run is working with {insurer} (account {account}).", hint=hint)
    try:
        _remove_drafts(layout, account, insurer)
        yield
    finally:
        lock.release()


def is_held(layout: Layout, account: str) -> bool:
    """
    Say whether any process holds the account; nobody who wants it for work is turned away by the question.
    """
    lock = _lock(layout, account)
    if not exists(lock.path):
        return False
    free = lock.acquire(wait=False, shared=True)
    lock.release()
    return not free


def _lock(layout: Layout, account: str) -> FileLock:
    return FileLock(layout.locks / f"{account}.lock")


def _acquire_after_a_glance(lock: FileLock) -> bool:
    # Who asks :func:`is_held` has the lock for a moment.
    time.sleep(_GLANCE)
    return lock.acquire(wait=False)


def _remove_drafts(layout: Layout, account: str, insurer: str) -> None:
    remove_drafts(layout.breakers, re.escape(f"{account}.json"))
    remove_drafts(layout.runs, re.escape(f"{insurer}.json"))
