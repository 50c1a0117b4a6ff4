"""How a pull goes on, told on stderr: a bar for a person who watches, lines for one who asked for them."""

from __future__ import annotations

import math
from types import TracebackType
from typing import Self

import structlog
from rich.console import Console as RichConsole
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ..catalog import Entry
from ..sync.progress import Progress as PullProgress
from .console import Console


class ProgressBar(PullProgress):
    """
    One bar an insurer; it shows names of the configuration and ids only.
    """

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=RichConsole(stderr=True, markup=False, emoji=False, highlight=False),
        )
        self._name = ""
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def insurer(self, name: str) -> None:
        """
        Begin a bar of unknown length.
        """
        self._name = name
        self._task = self._bars.add_task(name, total=None)

    def planned(self, shipments: int) -> None:
        """
        Give the bar its length.
        """
        if self._task is not None:
            self._bars.update(self._task, total=shipments)

    def waiting(self, seconds: float) -> None:
        """
        Say above the bar why it does not move.
        """
        self._bars.console.print(f"{self._name} is given {math.ceil(seconds)} s, then the call is made once more.")

    def done(self, entry: Entry) -> None:  # noqa: ARG002 - the bar counts; other listeners may look
        """
        Move on by one.
        """
        if self._task is not None:
            self._bars.advance(self._task)


class _Notes:
    """
    What structlog writes its finished lines to: the console, which lets no datum steer the terminal.
    """

    def __init__(self, console: Console) -> None:
        self.info = console.note


class ProgressLines(PullProgress):
    """
    One line an event, as `key=value` pairs; ids and states only, never an insurer's texts.
    """

    def __init__(self, console: Console) -> None:
        self._name = ""
        self._log = structlog.wrap_logger(
            _Notes(console),
            processors=[
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.LogfmtRenderer(key_order=["timestamp", "event", "insurer"]),
            ],
        )

    def insurer(self, name: str) -> None:
        """
        Say that an insurer's turn has come.
        """
        self._name = name
        self._log.info("pull", insurer=name)

    def planned(self, shipments: int) -> None:
        """
        Say how much there is to do.
        """
        self._log.info("listed", insurer=self._name, to_do=shipments)

    def waiting(self, seconds: float) -> None:
        """
        Say that a rest is given before a call is repeated.
        """
        self._log.info("waiting", insurer=self._name, seconds=math.ceil(seconds))

    def done(self, entry: Entry) -> None:
        """
        Say where the shipment stands now.
        """
        self._log.info("shipment", insurer=self._name, id=entry.id, kind=entry.kind.value, state=entry.state.value)
