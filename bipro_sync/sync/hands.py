"""Work on several things at once, begun in order; after a failure nothing is begun, and what is in hand is finished."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar


Item = TypeVar("Item")

_GLANCE = 0.2
"""Seconds between two glances at whether to wait any longer."""


def work_through(
    items: Sequence[Item],
    work: Callable[[Item], None],
    *,
    hands: int,
    may_begin: Callable[[], None],
    may_wait: Callable[[], None],
) -> list[Exception]:
    """
    Call *work* with each of *items*, so many *hands* at a time in threads of their own, and return what went wrong.

    *may_begin* is called before each is begun, and what it raises counts as gone wrong.  *may_wait* is called now and
    then while this waits; what it raises ends the waiting at once, and leaves the threads to the end of the process.
    """
    jobs: SimpleQueue[list[Item]] = SimpleQueue()
    done: SimpleQueue[Exception | None] = SimpleQueue()
    threads = [
        threading.Thread(target=_hand, args=(jobs, done, work), daemon=True) for _ in range(min(hands, len(items)))
    ]
    for thread in threads:
        thread.start()
    wrong: list[Exception] = []
    in_hand = 0
    try:
        for item in items:
            if in_hand == len(threads):
                wrong += _next_one(done, may_wait)
                in_hand -= 1
            if not wrong:
                wrong += _objections(may_begin)
            if wrong:
                break
            jobs.put([item])
            in_hand += 1
        for _ in range(in_hand):
            wrong += _next_one(done, may_wait)
    finally:
        for _ in threads:
            jobs.put([])
    return wrong


def _hand(jobs: SimpleQueue[list[Item]], done: SimpleQueue[Exception | None], work: Callable[[Item], None]) -> None:
    while job := jobs.get():
        try:
            work(job[0])
        except Exception as error:  # noqa: BLE001 - whoever handed it out decides
            done.put(error)
        else:
            done.put(None)


def _objections(may_begin: Callable[[], None]) -> list[Exception]:
    try:
        may_begin()
    except Exception as error:  # noqa: BLE001 - as in a hand
        return [error]
    return []


def _next_one(done: SimpleQueue[Exception | None], may_wait: Callable[[], None]) -> list[Exception]:
    """
    Wait for the next thing to be finished, and return what went wrong with it.
    """
    while True:
        try:
            error = done.get(timeout=_GLANCE)
        except Empty:
            may_wait()
        else:
            return [] if error is None else [error]
