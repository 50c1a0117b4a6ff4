"""The shipments and what became of them; it forgets nothing that its call log remembers."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from .calls import Call, Effect
from .clock import BERLIN, Clock
from .faults import NotOkError
from .requests import TransferCall, coarse
from .scenario import Scenario, Shipment
from .words import Acknowledged, CategoryFilter, ConfirmedFlag, Order, RepeatedAck


_ALL_BUT_GDV = "999999999"


class Mailbox:
    """
    What calls of the transfer service change.

    Each method is safe from several threads and notes its effect in the call.
    """

    def __init__(self, scenario: Scenario, clock: Clock, history: Iterable[Mapping[str, Any]]) -> None:
        self._scenario = scenario
        self._clock = clock
        self._lock = threading.Lock()
        self._shipments = {shipment.id: shipment for shipment in scenario.shipments}
        self._acknowledged: set[str] = set()
        self._vanished: set[str] = set()
        for call in history:
            for effect in call["effects"]:
                self._apply(Effect(effect), call.get("shipment", ""))

    def _apply(self, effect: Effect, shipment: str) -> None:
        if effect is Effect.ACKNOWLEDGED:
            self._acknowledged.add(shipment)
        elif effect is Effect.VANISHED:
            self._vanished.add(shipment)

    def _note(self, call: Call, effect: Effect) -> None:
        self._apply(effect, call.shipment or "")
        call.effects.append(effect)

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
        if habits.list_limit:
            oldest = sorted(found, key=lambda shipment: shipment.posted or "")[: habits.list_limit]
            kept = {shipment.id for shipment in oldest}
            found = [shipment for shipment in found if shipment.id in kept]
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
