"""Where a shipment is received, in files of our own names, until it is published or discarded."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from ..durable import (
    READ_ONLY,
    NewFile,
    children,
    finish_all,
    free_space,
    make_directory,
    make_scratch,
    remove_file,
    remove_tree,
    rename_within,
)
from ..errors import ReserveReachedError
from ..model.ports import PartWriter
from ..model.shipment import SpooledPart


_MOST_OPEN = 64
"""Files of a shipment that wait for the device together."""

_CHECK_EVERY = 16 << 20
"""Bytes after which the free space is looked at again: others write to the same disk."""


class Spool:
    """
    One account's spool directory; *reserve* bytes of the disk stay free for mail.
    """

    def __init__(self, directory: Path, *, reserve: int) -> None:
        self.directory = directory
        self.reserve = reserve
        self._made = False

    def open(self, *, keep_reserve: bool) -> SpooledShipment:
        """
        Make the place for one shipment.

        With *keep_reserve*, receiving stops with :class:`~bipro_sync.errors.ReserveReachedError` before it eats into
        the reserve.
        """
        if not self._made:
            make_directory(self.directory)
            self._made = True
        directory = self.directory / secrets.token_hex(8)
        make_scratch(directory)
        return SpooledShipment(directory, floor=self.reserve if keep_reserve else 0)

    def clear(self) -> int:
        """
        Remove what earlier runs left half-received, and say how many shipments that were.

        Only the run that holds the account's lock may call it.
        """
        leftovers = children(self.directory)
        for leftover in leftovers:
            remove_tree(leftover)
        return len(leftovers)


class SpooledShipment:
    """
    One shipment being received; the :class:`~bipro_sync.model.ports.PartSink` of the archive.

    What is received is durable once it was settled: all of it goes to the device together, and nothing that is thrown
    away has to.
    """

    def __init__(self, directory: Path, *, floor: int) -> None:
        self.directory = directory
        self._floor = floor
        self._files = 0
        self._written: list[NewFile] = []
        self._complete: list[NewFile] = []

    def envelope(self) -> PartWriter:
        """
        Open the writer for the SOAP root part.
        """
        return self._writer("envelope")

    def part(self) -> PartWriter:
        """
        Open the writer for another file.
        """
        return self._writer("part")

    def restart(self) -> None:
        """
        Remove everything received so far; a repeated call must not need the space twice.
        """
        self.keep_only(())
        self._written.clear()

    def add(self, name: str, data: bytes) -> None:
        """
        Write a file of our own beside what was received.
        """
        file = self._new(name)
        file.write(data)
        self._note_complete(file)

    def settle(self, names: Mapping[str, str]) -> None:
        """
        Give the files the names that *names* has for those they were received under, and make their bytes durable.
        """
        rename_within(self.directory, names)
        finish_all(self._complete)
        self._complete.clear()

    def _writer(self, role: str) -> _SpoolWriter:
        self._files += 1
        return _SpoolWriter(self._new(f"{role}-{self._files:05d}"), floor=self._floor, complete=self._note_complete)

    def _new(self, name: str) -> NewFile:
        file = NewFile(self.directory / name, READ_ONLY)
        self._written.append(file)
        return file

    def _note_complete(self, file: NewFile) -> None:
        self._complete.append(file)
        if len(self._complete) >= _MOST_OPEN:
            finish_all(self._complete)
            self._complete.clear()

    def keep_only(self, names: Collection[str]) -> None:
        """
        Remove what an answer that did not count has left.
        """
        for file in self._written:
            if file.path.name not in names:
                file.abandon()
                remove_file(file.path)
        self._complete = [file for file in self._complete if file.path.name in names]

    def discard(self) -> None:
        """
        Throw away what was received.
        """
        for file in self._written:
            file.abandon()
        remove_tree(self.directory)


class _SpoolWriter:
    def __init__(self, file: NewFile, *, floor: int, complete: Callable[[NewFile], None]) -> None:
        self._file = file
        self._complete = complete
        self._floor = floor
        self._room = 0

    def write(self, data: bytes) -> None:
        if self._floor:
            self._demand_space(len(data))
        self._file.write(data)

    def _demand_space(self, size: int) -> None:
        if size > self._room:
            free = free_space(self._file.path.parent) - self._floor
            if free < size:
                raise ReserveReachedError("A big delivery was stopped: it would take the space kept for mail.")
            self._room = min(free, size + _CHECK_EVERY)
        self._room -= size

    def finish(self) -> SpooledPart:
        self._complete(self._file)
        digest = self._file.digest
        return SpooledPart(self._file.path.name, digest.size, digest.sha256, self._file.head)
