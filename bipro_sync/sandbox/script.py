"""Decides which scripted misbehaviour happens on which call; nothing happens that is not noted in the call."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from .calls import Call
from .misbehaviour import Misbehaviour
from .words import Action


@dataclass(slots=True)
class _Entry:
    rule: Misbehaviour
    seen: int = 0

    def comes_up(self) -> bool:
        """
        Count one more matching call and say whether the entry is for it.
        """
        self.seen += 1
        turn = self.seen - self.rule.nth
        return turn >= 0 and (self.rule.times == 0 or turn < self.rule.times)


class Script:
    """
    The misbehaviours of a scenario and how often each came up in this process.
    """

    def __init__(self, misbehaviours: Iterable[Misbehaviour]) -> None:
        self._lock = threading.Lock()
        self._entries: dict[Action, list[_Entry]] = {}
        for rule in misbehaviours:
            self._entries.setdefault(rule.do, []).append(_Entry(rule))

    def fire(self, action: Action, call: Call) -> Misbehaviour | None:
        """
        Return the entry that makes *action* happen now, if one does, and note it in the call.

        The caller asks exactly where the thing can happen, so that what is noted did happen.
        """
        with self._lock:
            matching = [
                entry
                for entry in self._entries.get(action, ())
                if entry.rule.on == call.operation and entry.rule.shipment in (None, call.shipment)
            ]
            due = [entry.rule for entry in matching if entry.comes_up()]
        if not due:
            return None
        call.fired.append(action.value)
        return due[0]
