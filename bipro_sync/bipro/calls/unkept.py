"""Stand in for a sink where an answer carries no files: the bytes are counted and dropped, nothing is kept."""

from __future__ import annotations

from ...model.shipment import SpooledPart


class _Dropped:
    """
    Counts and forgets.
    """

    def __init__(self) -> None:
        self._size = 0

    def write(self, data: bytes) -> None:
        self._size += len(data)

    def finish(self) -> SpooledPart:
        return SpooledPart(handle="", size=self._size, sha256="", head=b"")


class Unkept:
    """
    The sink of logins, lists, acknowledgements and faults.
    """

    def envelope(self) -> _Dropped:
        """
        Open a writer that forgets.
        """
        return _Dropped()

    def part(self) -> _Dropped:
        """
        Open a writer that forgets.
        """
        return _Dropped()

    def restart(self) -> None:
        """
        Do nothing: nothing was kept.
        """
