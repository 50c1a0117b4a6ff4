"""Holding an account: one process at a time logs in or unblocks it (invariant I6); it never waits for another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..archive import Layout
from ..durable import FileLock
from ..errors import BusyError


@contextmanager
def held(layout: Layout, account: str, *, insurer: str) -> Iterator[None]:
    """
    Hold the account's kernel lock for as long as the block lasts.

    Raises :class:`~bipro_sync.errors.BusyError` where another process holds it.
    """
    lock = FileLock(layout.locks / f"{account}.lock")
    if not lock.acquire(wait=False):
        raise BusyError(f"Another run is working with {insurer} (account {account}).")
    try:
        yield
    finally:
        lock.release()
