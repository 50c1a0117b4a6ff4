"""Let threads share one durable step: who comes while another's is under way goes along with the next one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar


Work = TypeVar("Work")
Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class Ticket(Generic[Work, Result]):
    """
    One thread's *work* in a batch; whoever carries the batch out sets *result* or *error*.
    """

    work: Work
    result: Result | None = None
    error: BaseException | None = None
    done: bool = False


class Together(Generic[Work, Result]):
    """
    Carries out what threads submit, one batch at a time, in the order submitted.

    *carry_out* is called by one of the threads that wait for the batch.  What it raises is every ticket's error.
    """

    def __init__(self, carry_out: Callable[[Sequence[Ticket[Work, Result]]], None]) -> None:
        self._carry_out = carry_out
        self._changed = threading.Condition()
        self._waiting: list[Ticket[Work, Result]] = []
        self._busy = False

    def submit(self, work: Work) -> Result:
        """
        Return what became of *work*, once its batch is through.  Raises the error that it met.
        """
        ticket: Ticket[Work, Result] = Ticket(work)
        with self._changed:
            self._waiting.append(ticket)
            while self._busy and not ticket.done:
                self._changed.wait()
            batch = [] if ticket.done else self._waiting
            if batch:
                self._waiting, self._busy = [], True
        if batch:
            self._lead(batch)
        if ticket.error is not None:
            raise ticket.error
        return ticket.result  # type: ignore[return-value]  # carried out without an error, so it is set

    def _lead(self, batch: Sequence[Ticket[Work, Result]]) -> None:
        try:
            self._carry_out(batch)
        except BaseException as error:  # noqa: BLE001 - raised again by each thread whose work it was
            for ticket in batch:
                ticket.error = error
        finally:
            with self._changed:
                for ticket in batch:
                    ticket.done = True
                self._busy = False
                self._changed.notify_all()
