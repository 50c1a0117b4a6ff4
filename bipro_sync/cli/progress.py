"""How a pull goes on, told on stderr: a bar for a person who watches, lines for one who asked for them."""

from __future__ import annotations

import math
from types import TracebackType
from typing import Self

import structlog
from rich.console import Console as RichConsole
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from ..catalog import Entry
from ..sync.progress import InsurerProgress, Progress
from .console import Console


class ProgressBar(Progress):
    """
    One bar an insurer; it shows names of the configuration and ids only.
    """

    def __init__(self) -> None:
        self._bars = Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=RichConsole(stderr=True, markup=False, emoji=False, highlight=False),
        )

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def insurer(self, name: str) -> InsurerProgress:
        """
        Begin a bar of unknown length.
        """
        return _Bar(self._bars, name)


class _Bar(InsurerProgress):
    def __init__(self, bars: Bars, name: str) -> None:
        self._bars = bars
        self._name = name
        self._task = bars.add_task(name, total=None)

    def planned(self, shipments: int) -> None:
        self._bars.update(self._task, total=shipments)

    def waiting(self, seconds: float) -> None:
        # Above the bar, so that it is seen why it does not move.
        self._bars.console.print(f"{self._name} is given {math.ceil(seconds)} s, then the call is made once more.")

    def done(self, entry: Entry) -> None:  # noqa: ARG002 - the bar counts; other listeners may look
        self._bars.advance(self._task)


class _Notes:
    """
    What structlog writes its finished lines to: the console, which lets no datum steer the terminal.
    """

    def __init__(self, console: Console) -> None:
        self.info = console.note


class ProgressLines(Progress):
    """
    One line an event, as `key=value` pairs; ids and states only, never an insurer's texts.
    """

    def __init__(self, console: Console) -> None:
        self._log = structlog.wrap_logger(
            _Notes(console),
            processors=[
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.LogfmtRenderer(key_order=["timestamp", "event", "insurer"]),
            ],
        )

    def insurer(self, name: str) -> InsurerProgress:
        """
        Say that an insurer's turn has come.
        """
        log = self._log.bind(insurer=name)
        log.info("pull")
        return _Lines(log)


class _Lines(InsurerProgress):
    def __init__(self, log: structlog.typing.FilteringBoundLogger) -> None:
        self._log = log

    def planned(self, shipments: int) -> None:
        self._log.info("listed", to_do=shipments)

    def waiting(self, seconds: float) -> None:
        self._log.info("waiting", seconds=math.ceil(seconds))

    def done(self, entry: Entry) -> None:
        self._log.info("shipment", id=entry.id, kind=entry.kind.value, state=entry.state.value)
