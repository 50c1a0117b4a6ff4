"""Where a shipment stands, concluded from what lies on the disk and what the audit log tells; it touches neither."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..catalog import HistoryEntry, SetAside
from ..model.states import STORED_BYTES, TO_FETCH, Failure, ShipmentState
from ..model.told import Told, Word


_S = ShipmentState

_AT_FIRST = -1

_DECISION = re.compile(r"acknowledge; manifest ([0-9a-f]{64}); (.*)", re.DOTALL)

NO_RUN = "-"
"""The run of a step that no record tells of."""

_ANSWERS = {
    Word.CONFIRMED: _S.ACKNOWLEDGED,
    Word.REFUSED: _S.ACK_REFUSED,
    Word.UNCLEAR: _S.ACK_UNKNOWN,
}

_NOT_HERE = TO_FETCH | {_S.FETCHING, _S.LEFT, _S.VANISHED, _S.HELD}
"""States from which no shipment is acknowledged without being stored, or released, before."""

_ACKNOWLEDGING = frozenset({_S.ACK_INTENT, _S.ACKNOWLEDGED, _S.ACK_UNKNOWN, _S.ACK_REFUSED})
"""States that say already that the shipment is stored."""

_RETRIED = {
    _S.FAILED: _S.LISTED,
    _S.QUARANTINED: _S.LISTED,
    _S.CONFLICT: _S.STORED,
    _S.ACK_REFUSED: _S.STORED,
}
"""What an operator's `retry` makes of a state; others it leaves as they are."""


@dataclass(frozen=True, slots=True)
class Lying:
    """
    A directory of a shipment: since when it lies there, and what is known of it if it is one of the quarantine's.
    """

    at: datetime
    aside: SetAside | None = None


@dataclass(slots=True)
class Standing:
    """
    One shipment's way so far, told again event by event; *state* is None as long as nothing is known.

    *manifest_sha256* is that of the manifest that was acknowledged, where the log names one: a shipment that has one
    was stored once.  *to_compare* says that the insurer's present delivery must be compared with what is stored before
    anything is acknowledged, as after a conflict that an operator has ended.
    """

    state: ShipmentState | None = None
    reason: str | None = None
    attempts: int = 0
    acknowledged_at: datetime | None = None
    manifest_sha256: str | None = None
    to_compare: bool = False
    history: list[HistoryEntry] = field(default_factory=list)
    _stored: bool = False
    _before: ShipmentState = _S.STORED
    _sent: bool = False
    _failed_in: str | None = None

    def follow(self, event: Told | Lying) -> None:
        """
        Go on by one event.
        """
        if isinstance(event, Lying):
            self._lie(event)
        elif event.word in {Word.FETCH, Word.UNFETCHED, Word.FAILED, Word.LEFT, Word.VANISHED}:
            self._wait(event)
        elif event.word in {Word.HOLD, Word.RELEASE, Word.RETRY}:
            self._obey(event)
        else:
            self._acknowledge(event)

    def end(self) -> None:
        """
        Conclude what was under way when the log ended.
        """
        if self.state is _S.FETCHING:
            self._go(_S.LISTED, self.history[-1].at, NO_RUN, "not known to be stored")
        elif self.state is _S.ACK_INTENT:
            self._settle(self.history[-1].at, NO_RUN)

    def _lie(self, lying: Lying) -> None:
        aside = lying.aside
        if aside is None:
            self._stored = True
            if self.state not in _ACKNOWLEDGING:
                self._go(_S.STORED, lying.at, self._run, None)
        elif self._stored:
            reason = f"{Failure.CONFLICT}: {aside.reason}; kept at {aside.path}"
            self._go(_S.CONFLICT, lying.at, self._run, reason)
        else:
            self._go(_S.QUARANTINED, lying.at, self._run, f"{aside.failure}: {aside.reason}")

    @property
    def _run(self) -> str:
        return self.history[-1].run if self.history else NO_RUN

    def _wait(self, told: Told) -> None:
        held_here = self.state is _S.HELD and self._stored
        # What is stored is fetched to be compared, too, and stays what it is then.
        if held_here or self.state in STORED_BYTES:
            return
        if self.state is None:
            self._go(_S.LISTED, told.at, told.run, None)
        match told.word:
            case Word.FETCH:
                self._go(_S.FETCHING, told.at, told.run, None)
            case Word.UNFETCHED:
                self._go(_S.LISTED, told.at, told.run, told.detail)
            case Word.FAILED:
                self.attempts += told.run != self._failed_in
                self._failed_in = told.run
                self._go(_S.FAILED, told.at, told.run, told.detail)
            case Word.LEFT:
                self._go(_S.LEFT, told.at, told.run, told.detail)
            case _:
                self._go(_S.VANISHED, told.at, told.run, told.detail)

    def _obey(self, told: Told) -> None:
        if self.state is _S.ACK_INTENT:
            self._settle(told.at, told.run)
        reason = f"{told.word} by an operator: {told.detail}"
        match told.word, self.state:
            case Word.HOLD, _:
                self._go(_S.HELD, told.at, told.run, reason)
            case Word.RELEASE, _S.HELD:
                self._go(_S.STORED if self._stored else _S.LISTED, told.at, told.run, reason)
            case Word.RETRY, state if state in _RETRIED:
                self.to_compare = self.to_compare or state is _S.CONFLICT
                self._go(_RETRIED[state], told.at, told.run, reason)

    def _acknowledge(self, told: Told) -> None:
        if told.word is Word.DECIDED or self.state is not _S.ACK_INTENT:
            self._intend(told)
        match told.word:
            case Word.DECIDED:
                self.manifest_sha256, _ = _decision(told.detail)
            case Word.SENT:
                self._sent = True
            case Word.NOT_CARRIED_OUT:
                self._sent = False
            case Word.UNKNOWN_ID:
                earlier = self._before is _S.ACK_UNKNOWN
                self._answered(_S.ACKNOWLEDGED if earlier else _S.ACK_UNKNOWN, told)
            case _:
                self._answered(_ANSWERS[told.word], told)

    def _intend(self, told: Told) -> None:
        if self.state is _S.ACK_INTENT:
            self._settle(told.at, told.run)
        elif self.state is None or self.state in _NOT_HERE:
            # Nothing is acknowledged that is not stored (I4), or held, so it was the one and not the other.
            self._go(_S.STORED, told.at, told.run, None)
        assert self.state is not None
        self._before = _S.ACK_UNKNOWN if self.state is _S.ACKNOWLEDGED else self.state
        self._sent = False
        self._go(_S.ACK_INTENT, told.at, told.run, _decision(told.detail)[1])

    def _answered(self, state: ShipmentState, told: Told) -> None:
        self._go(state, told.at, told.run, told.detail or "as the audit log has it")
        if state is _S.ACKNOWLEDGED:
            self.acknowledged_at = told.at

    def _settle(self, at: datetime | None, run: str) -> None:
        if self._sent:
            self._go(_S.ACK_UNKNOWN, at, run, "the audit log has no answer to its acknowledgement")
        else:
            self._go(self._before, at, run, "its acknowledgement was not carried out")

    def _go(self, state: ShipmentState, at: datetime | None, run: str, reason: str | None) -> None:
        self.history.append(HistoryEntry(at=at, run=run, old=self.state, new=state, reason=reason))
        self.state, self.reason = state, reason


def concluded(words: Sequence[Told], lying: Iterable[Lying]) -> Standing:
    """
    Return where a shipment stands after these words, in the log's order, and with these directories.

    A directory appeared after the last fetch that had begun by then; the order of everything else is the log's, so
    that a clock which was put back forgets no decision and settles no conflict.
    """
    standing = Standing()
    fetches = [number for number, told in enumerate(words) if told.word is Word.FETCH]
    appeared: dict[int, list[Lying]] = defaultdict(list)
    for each in sorted(lying, key=lambda each: each.at):
        begun = [number for number in fetches if words[number].at <= each.at]
        otherwise = fetches[-1:] if each.aside else fetches[:1]
        appeared[(begun[-1:] or otherwise or [_AT_FIRST])[0]].append(each)
    for number, told in enumerate([None, *words], start=_AT_FIRST):
        if told is not None:
            standing.follow(told)
        for each in appeared[number]:
            standing.follow(each)
    standing.end()
    return standing


def _decision(detail: str | None) -> tuple[str | None, str | None]:
    """
    Return digest and reason in the sentence of a decision to acknowledge: `acknowledge; manifest DIGEST; REASON`.
    """
    found = _DECISION.fullmatch(detail or "")
    return (found[1], found[2]) if found else (None, detail)
