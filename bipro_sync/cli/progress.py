"""The progress bar of a pull, on stderr, for a person at a terminal."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ..catalog import Entry
from ..sync.progress import Progress as PullProgress


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
            console=Console(stderr=True),
        )
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
        self._task = self._bars.add_task(name, total=None)

    def planned(self, shipments: int) -> None:
        """
        Give the bar its length.
        """
        if self._task is not None:
            self._bars.update(self._task, total=shipments)

    def done(self, entry: Entry) -> None:  # noqa: ARG002 - the bar counts; other listeners may look
        """
        Move on by one.
        """
        if self._task is not None:
            self._bars.advance(self._task)
