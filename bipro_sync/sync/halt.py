"""Why a pull is to end before its time: somebody asked, nothing below this root is safe, or an insurer is suspended."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import BiproSyncError, StorageError


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


class InsurerHalt:
    """
    What one insurer of a pull looks at: the whole pull's halt, and whether an operator has suspended it meanwhile.
    """

    def __init__(self, whole: Halt, suspended: Callable[[], BiproSyncError | None]) -> None:
        self._whole = whole
        self._suspended = suspended

    @property
    def reason(self) -> BiproSyncError | None:
        """
        Why nothing more is to be begun, if so.
        """
        return self._whole.reason or self.suspended

    @property
    def suspended(self) -> BiproSyncError | None:
        """
        Why nothing more is to be sent to this insurer, if so; also that it cannot be told whether it is suspended.
        """
        try:
            return self._suspended()
        except StorageError as error:
            return error

    def demand_none(self) -> None:
        """
        Raise the reason, if there is one.
        """
        if reason := self.reason:
            raise reason

    def demand_not_suspended(self) -> None:
        """
        Raise why nothing more is to be sent to this insurer, if so; any other wish to end waits for what is in hand.
        """
        if suspended := self.suspended:
            raise suspended

    def demand_patience(self) -> None:
        """
        Raise :class:`KeyboardInterrupt` where nothing is waited for any more.
        """
        self._whole.demand_patience()
