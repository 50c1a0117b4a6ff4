"""Why a pull is to end before its time: because somebody asked, or because nothing below this root is safe any more."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import BiproSyncError


class Halt:
    """
    What all insurers of one pull look at; *wish* says whether whoever started it wants it to end, and why.

    *broken* is an error that ends all fetching below this root (invariant I5), *at_once* says that not even what is in
    hand is waited for.
    """

    def __init__(self, wish: Callable[[], BiproSyncError | None]) -> None:
        self._wish = wish
        self.broken: BiproSyncError | None = None
        self.at_once = False

    @property
    def reason(self) -> BiproSyncError | None:
        """
        Why nothing more is to be begun, if so.
        """
        return self.broken or self._wish()

    def demand_none(self) -> None:
        """
        Raise the reason, if there is one.
        """
        if reason := self.reason:
            raise reason

    def demand_patience(self) -> None:
        """
        Raise :class:`KeyboardInterrupt` where nothing is waited for any more.
        """
        if self.at_once:
            raise KeyboardInterrupt
