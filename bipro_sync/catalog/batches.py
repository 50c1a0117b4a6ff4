"""Writing very much into a catalogue that nobody reads yet: one connection, and a commit every few thousand rows."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from .database import Catalogue, Driver


_BATCH = 5_000


class Batches:
    """
    The write transactions of one block, one after the other; what is not committed when the block fails is lost.
    """

    connection: Driver
    """To be asked for anew after each row, as a commit may have changed it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._stack = ExitStack()
        self._unsaved = 0

    def __enter__(self) -> Self:
        self.connection = self._stack.enter_context(self._catalogue.write())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def wrote(self) -> None:
        """
        Count one more row, and commit where a batch is full.
        """
        self._unsaved += 1
        if self._unsaved >= _BATCH:
            self._unsaved = 0
            self._stack.close()
            self.connection = self._stack.enter_context(self._catalogue.write())
