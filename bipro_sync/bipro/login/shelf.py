"""Keep the tokens of one process, where all services of an account find the same one; they never leave its memory."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

from ...model.secret import Secret
from .session import Session


MOST_ENDED = 4
"""Sessions that are ended at the close, the latest first."""


@dataclass(frozen=True, slots=True)
class Token:
    """
    A session, the monotonic second from which on it is renewed, and the name by which it can be ended.
    """

    session: Session
    renew_at: float
    identifier: Secret | None


@dataclass(slots=True)
class Slot:
    """
    The place of one token, and of the *earlier* ones that are still to be ended; *lock* is held while either changes.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    token: Token | None = None
    earlier: deque[Token] = field(default_factory=lambda: deque(maxlen=MOST_ENDED))

    def put_away(self) -> None:
        """
        Make way for another token.
        """
        if self.token is not None:
            self.earlier.appendleft(self.token)
            self.token = None

    def take_all(self) -> list[Token]:
        """
        Empty the slot, and return what was in it, the latest first.
        """
        self.put_away()
        tokens = [*self.earlier]
        self.earlier.clear()
        return tokens


class TokenShelf:
    """
    The slots of one process, by account and by the service that a token is for, where it is for one alone.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: dict[tuple[str, str], Slot] = {}

    def slot(self, account: str, service: str) -> Slot:
        """
        Return the slot of an account's token.
        """
        with self._lock:
            return self._slots.setdefault((account, service), Slot())
