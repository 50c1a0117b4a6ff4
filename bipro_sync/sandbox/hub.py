"""The hub before the services: an API key for a bearer token; neither is ever logged.

What is public of BiPRO-Hub: JSON `api-key` in, `access_token` out, then `Authorization` beside the SOAP security.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from datetime import datetime, timedelta

from .calls import Call, Effect
from .clock import Clock
from .exchange import Reply, Request
from .faults import TurnedAwayError
from .habits import HubHabits


class Hub:
    """
    Hands out bearer tokens and asks for them; without a key it has no address and asks for nothing.
    """

    def __init__(self, habits: HubHabits, clock: Clock) -> None:
        self.path = habits.path if habits.api_key else None
        self._key = habits.api_key
        self._life = habits.token_life
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, datetime] = {}

    def login(self, request: Request, call: Call) -> Reply:
        """
        Return a token for the right key; what is not the expected JSON gets 400, a wrong key 401.
        """
        try:
            asked = json.loads(request.body)
        except ValueError:
            return Reply.word(400, "JSON is expected.")
        media_type = request.content_type.partition(";")[0].strip().lower()
        if media_type != "application/json" or not isinstance(asked, dict) or not isinstance(asked.get("api-key"), str):
            return Reply.word(400, "JSON with an api-key is expected.")
        if not hmac.compare_digest(asked["api-key"].encode(), self._key.encode()):
            call.effects.append(Effect.REFUSED)
            raise TurnedAwayError(401)
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._tokens[token] = self._clock.now() + timedelta(seconds=self._life)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": int(self._life)}
        return Reply(200, "application/json", json.dumps(answer).encode())

    def check(self, authorization: str) -> None:
        """
        Turn away a call without a token of this hub, or with one that has expired.
        """
        if self.path is None:
            return
        scheme, _, token = authorization.partition(" ")
        with self._lock:
            expires = self._tokens.get(token)
        if scheme.lower() != "bearer" or expires is None or expires <= self._clock.now():
            raise TurnedAwayError(401, "Bearer")
