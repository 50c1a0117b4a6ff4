"""The account and its sessions: who proved what, and until when it holds; it keeps no password and logs no token."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .calls import Call, Effect
from .clock import Clock
from .faults import RefusedCallError
from .scenario import Scenario


@dataclass(frozen=True, slots=True)
class Token:
    """
    A session: its identifier and its life by the insurer's clock.
    """

    identifier: str
    created: datetime
    expires: datetime


class Sessions:
    """
    What logins change; each method is safe from several threads and notes its effect in the call.
    """

    def __init__(self, scenario: Scenario, clock: Clock, history: Iterable[Mapping[str, Any]]) -> None:
        self._account = scenario.account
        self._life = timedelta(seconds=scenario.sts.token_life)
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, datetime] = {}
        self._failures = 0
        self._locked = scenario.account.locked
        for call in history:
            for effect in call["effects"]:
                self._apply(Effect(effect))

    def _apply(self, effect: Effect) -> None:
        if effect is Effect.TOKEN:
            self._failures = 0
        elif effect is Effect.REFUSED:
            self._failures += 1
        elif effect is Effect.LOCKED:
            self._locked = True

    def _note(self, call: Call, effect: Effect) -> None:
        self._apply(effect)
        call.effects.append(effect)

    def check_unlocked(self) -> None:
        """
        Refuse everything of an account that is locked.
        """
        if self._locked:
            raise RefusedCallError("00964")

    def check_password(self, username: str, password: str, call: Call) -> None:
        """
        Refuse a wrong password; it counts, and the last one allowed locks the account.
        """
        with self._lock:
            self.check_unlocked()
            right = hmac.compare_digest(password.encode(), self._account.password.encode())
            if username != self._account.username:
                raise RefusedCallError("00960", "00961")
            if not right:
                self._note(call, Effect.REFUSED)
                if self._failures >= self._account.attempts:
                    self._note(call, Effect.LOCKED)
                    raise RefusedCallError("00965")
                raise RefusedCallError("00960", "00961")

    def proved(self, call: Call) -> None:
        """
        Count a login that succeeded.
        """
        with self._lock:
            self._note(call, Effect.TOKEN)

    def begin(self, call: Call) -> Token:
        """
        Return the token of a login that succeeded.
        """
        self.proved(call)
        created = self._clock.now().replace(microsecond=0)
        token = Token(f"bipro:{secrets.token_urlsafe(24)}", created, created + self._life)
        with self._lock:
            self._tokens[token.identifier] = token.expires
        return token

    def valid(self, identifier: str) -> bool:
        """
        Say whether a token was given out and has neither expired nor been cancelled.
        """
        with self._lock:
            expires = self._tokens.get(identifier)
        return expires is not None and expires > self._clock.now()

    def check_token(self, identifier: str) -> None:
        """
        Refuse a token that is not valid.
        """
        if not self.valid(identifier):
            raise RefusedCallError("00960", "00962")

    def cancel(self, identifier: str, call: Call) -> None:
        """
        Make a token invalid.
        """
        self.check_token(identifier)
        with self._lock:
            self._tokens.pop(identifier, None)
            self._note(call, Effect.CANCELLED)

    def forget(self) -> None:
        """
        Make all tokens invalid.
        """
        with self._lock:
            self._tokens.clear()

    def lock(self, call: Call) -> None:
        """
        Lock the account for good.
        """
        with self._lock:
            self._note(call, Effect.LOCKED)
