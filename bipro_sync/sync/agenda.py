"""What one run has to do: it brings the ledger up to the insurer's lists, and says nothing to the insurer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..audit import RecordType
from ..catalog import Entry
from ..insurers import Insurer
from ..model.shipment import ListedShipment
from ..model.states import TO_FETCH, ShipmentState
from ..model.zone import BERLIN
from .results import InsurerResult
from .rules import DeliveryRules
from .selection import PullOptions, by_age, is_due, is_wanted_again
from .taking_up import GONE, take_up
from .workplace import Workplace


MISSED = "not in two complete lists"
"""Why a shipment has vanished that was still promised."""


@dataclass(frozen=True, slots=True)
class Agenda:
    """
    The agenda of one pull of one insurer.
    """

    place: Workplace
    insurer: Insurer
    options: PullOptions
    result: InsurerResult

    @property
    def acknowledges(self) -> bool:
        """
        Whether this run acknowledges what it stored.
        """
        return self.options.acknowledge and self.insurer.acknowledge == "auto"

    def enter(self, listed: Mapping[str, ListedShipment]) -> None:
        """
        Bring the ledger up to a list: what is new, and what is wanted again.
        """
        place, name = self.place, self.insurer.name
        now = place.clock.now()
        kinds = {shipment_id: (shipment, self.insurer.kind_of(shipment)) for shipment_id, shipment in listed.items()}
        place.ledger.note_listed(name, self.insurer.account, kinds, now)
        rules = self._rules()
        for entry in place.ledger.entries(name, listed).values():
            if is_wanted_again(entry, listed[entry.id], self.options, rules):
                place.ledger.move(entry, ShipmentState.LISTED, now, reason="listed, and wanted again")

    def conclude_from_absence(self) -> None:
        """
        Draw the conclusions from what no list of this run had, unless the lists have shown that they are cut:
        shipments vanish, unless they lie in the archive, and acknowledgements without a clear answer had arrived.  What
        a list was not asked for says nothing by its absence.
        """
        place, name, mailbox = self.place, self.insurer.name, self.result.mailbox
        if mailbox.grew:
            return
        now = place.clock.now()
        today = now.astimezone(BERLIN).date()
        missing = place.ledger.note_missing(name, mailbox, self.insurer.list_category, today=today)
        here = take_up(place, name, missing, self.result)
        for entry in missing:
            if entry.id in here:
                continue
            reason = f"no longer listed after {entry.available_until}, its last day" if entry.is_over(today) else MISSED
            self._record(RecordType.SHIPMENT_VANISHED, entry, detail=reason)
            self.result.touched[entry.id] = place.ledger.move(entry, ShipmentState.VANISHED, now, reason=reason)
        for entry in place.ledger.open_entries(name):
            if self._awaits_absence(entry) and entry.id not in self.result.touched:
                place.ledger.move(entry, ShipmentState.ACKNOWLEDGED, now, reason=GONE)

    def _awaits_absence(self, entry: Entry) -> bool:
        """
        Say whether it is for this run's lists to tell whether the shipment's acknowledgement had arrived.
        """
        unlisted = entry.id not in self.result.mailbox and self.insurer.lists(entry.category)
        return entry.state is ShipmentState.ACK_UNKNOWN and unlisted

    def work_list(self, listed: Mapping[str, ListedShipment]) -> list[Entry]:
        """
        Return what is to be done about the shipments *listed* now and, with a run's first list, about all open ones.
        """
        name, now = self.insurer.name, self.place.clock.now()
        entries = self.place.ledger.entries(name, listed)
        if self.result.mailbox.lists == 1:
            opened = self.place.ledger.open_entries(name)
            entries |= {entry.id: entry for entry in opened if not self._awaits_absence(entry)}
        confirmed = self.insurer.confirmed_flag == "true"
        due = [
            entry
            for entry in by_age(entries.values())
            if self.options.asks_for(entry.id, entry.posted_at)
            and is_due(entry, listed, self.options, now, lists_confirmed=confirmed)
        ]
        left = self._leave_by_rule(due)
        chosen = [entry for entry in due if entry.id not in left]
        if not self.acknowledges:
            # What only waits for an acknowledgement must not use up the limit, or nothing new would ever be fetched.
            chosen.sort(key=lambda entry: entry.state not in TO_FETCH)
        return chosen

    def _leave_by_rule(self, due: Sequence[Entry]) -> set[str]:
        """
        Leave at the insurer what the broker's rules leave there, and return those ids.
        """
        rules, place = self._rules(), self.place
        left = set()
        for entry in reversed(due):
            if entry.state not in TO_FETCH or entry.id in self.options.shipments:
                continue
            if reason := rules.reason_to_leave(entry.category, entry.kind):
                self._record(RecordType.ACK_DECISION, entry, outcome="leave", detail=reason)
                moved = place.ledger.move(entry, ShipmentState.LEFT, place.clock.now(), reason=reason)
                self.result.touched[entry.id] = moved
                left.add(entry.id)
        return left

    def _rules(self) -> DeliveryRules:
        return DeliveryRules(self.insurer, self.place.queries, self.place.clock.now())

    def _record(self, record_type: RecordType, entry: Entry, *, outcome: str | None = None, detail: str) -> None:
        name, account = self.insurer.name, self.insurer.account
        self.place.audit.write(
            record_type, insurer=name, account=account, shipment=entry.id, outcome=outcome, detail=detail
        )
