"""The insurer's state: account, tokens and shipments; it forgets nothing that its call log remembers."""

from __future__ import annotations

import hmac
import random
import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from .calls import Call, Effect
from .clock import BERLIN, Clock
from .faults import NotOkError, RefusedCallError
from .requests import Login, TransferCall, coarse
from .scenario import Scenario, Shipment
from .words import Acknowledged, CategoryFilter, ConfirmedFlag, Order, RepeatedAck


_ALL_BUT_GDV = "999999999"


@dataclass(frozen=True, slots=True)
class Token:
    """
    A session: its identifier and its life by the insurer's clock.
    """

    identifier: str
    created: datetime
    expires: datetime


class Mailbox:
    """
    Everything that calls change; each method is safe from several threads and notes its effect in the call.
    """

    def __init__(self, scenario: Scenario, clock: Clock, history: Iterable[Mapping[str, Any]]) -> None:
        self._scenario = scenario
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, datetime] = {}
        self._shipments = {shipment.id: shipment for shipment in scenario.shipments}
        self._acknowledged: set[str] = set()
        self._vanished: set[str] = set()
        self._failures = 0
        self._locked = scenario.account.locked
        for call in history:
            for effect in call["effects"]:
                self._apply(Effect(effect), call.get("shipment", ""))

    def _apply(self, effect: Effect, shipment: str) -> None:
        match effect:
            case Effect.TOKEN:
                self._failures = 0
            case Effect.REFUSED:
                self._failures += 1
            case Effect.LOCKED:
                self._locked = True
            case Effect.ACKNOWLEDGED:
                self._acknowledged.add(shipment)
            case Effect.VANISHED:
                self._vanished.add(shipment)

    def _note(self, call: Call, effect: Effect) -> None:
        self._apply(effect, call.shipment or "")
        call.effects.append(effect)

    def login(self, login: Login, call: Call) -> Token:
        """
        Return a new token, or refuse: a wrong password counts, and the last one allowed locks the account.
        """
        account = self._scenario.account
        with self._lock:
            if self._locked:
                raise RefusedCallError("00964")
            right = hmac.compare_digest(login.password.encode(), account.password.encode())
            if login.username != account.username:
                raise RefusedCallError("00960", "00961")
            if not right:
                self._note(call, Effect.REFUSED)
                if self._failures >= account.attempts:
                    self._note(call, Effect.LOCKED)
                    raise RefusedCallError("00965")
                raise RefusedCallError("00960", "00961")
            self._note(call, Effect.TOKEN)
            created = self._clock.now().replace(microsecond=0)
            expires = created + timedelta(seconds=self._scenario.sts.token_life)
            token = Token(f"bipro:{secrets.token_urlsafe(24)}", created, expires)
            self._tokens[token.identifier] = expires
            return token

    def check_token(self, identifier: str) -> None:
        """
        Refuse a token that was not given out or has expired.
        """
        with self._lock:
            expires = self._tokens.get(identifier)
        if expires is None or expires <= self._clock.now():
            raise RefusedCallError("00960", "00962")

    def forget_tokens(self) -> None:
        """
        Make all tokens invalid.
        """
        with self._lock:
            self._tokens.clear()

    def lock_account(self, call: Call) -> None:
        """
        Lock the account for good.
        """
        with self._lock:
            self._note(call, Effect.LOCKED)

    def let_vanish(self, call: Call) -> None:
        """
        Let the call's shipment be gone without an acknowledgement.
        """
        with self._lock:
            self._note(call, Effect.VANISHED)

    def listing(self, request: TransferCall, *, again: bool) -> list[Shipment]:
        """
        Return what is listed; *again* lists acknowledged shipments as if they were new.
        """
        habits = self._scenario.transfer
        if request.confirmed and habits.confirmed_flag is ConfirmedFlag.REFUSE:
            raise NotOkError("04002")
        if habits.category_filter is CategoryFilter.COARSE and not coarse(request.category):
            raise NotOkError("04005")
        confirmed = request.confirmed and habits.confirmed_flag is not ConfirmedFlag.IGNORED
        new = not (confirmed and habits.confirmed_flag is ConfirmedFlag.ONLY)
        with self._lock:
            found = [
                shipment
                for shipment in self._shipments.values()
                if shipment.id not in self._vanished
                and (confirmed or again if shipment.id in self._acknowledged else new)
                and _matches(shipment.category or "", request.category)
            ]
        if habits.order is Order.REVERSED:
            found.reverse()
        elif habits.order is Order.SHUFFLED:
            random.shuffle(found)
        return found

    def fetch(self, identifier: str) -> Shipment:
        """
        Return a shipment that is still there; fetching confirms nothing.
        """
        with self._lock:
            shipment = self._shipments.get(identifier)
            deleted = identifier in self._acknowledged and self._scenario.transfer.acknowledged is Acknowledged.DELETE
            if shipment is None or deleted or identifier in self._vanished:
                raise NotOkError("04003")
        until = shipment.available_until
        if until is not None and date.fromisoformat(until) < self._clock.now().astimezone(BERLIN).date():
            raise NotOkError("04006")
        return shipment

    def acknowledge(self, call: Call) -> None:
        """
        Count the call's shipment as delivered.
        """
        identifier = call.shipment or ""
        with self._lock:
            if identifier not in self._shipments or identifier in self._vanished:
                raise NotOkError("04003")
            if identifier in self._acknowledged:
                if self._scenario.transfer.repeated_ack is RepeatedAck.OK:
                    return
                raise NotOkError(self._scenario.transfer.repeated_ack.value)
            self._note(call, Effect.ACKNOWLEDGED)


def _matches(category: str, wanted: str | None) -> bool:
    if wanted is None:
        return True
    if wanted == _ALL_BUT_GDV:
        return not category.startswith("9")
    return category.startswith(wanted)
