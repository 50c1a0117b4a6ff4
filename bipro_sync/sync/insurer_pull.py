"""Pulling one insurer: recover, log in, list, fetch, store, acknowledge; only a positive answer is believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..archive import Spool, listing_changed
from ..audit import RecordType
from ..catalog import Entry
from ..errors import BiproSyncError, IntegrityError, StorageError
from ..insurers import Insurer, Provider, open_provider
from ..model.shipment import ListedShipment
from ..model.states import ACK_OWED, TO_FETCH, ShipmentState
from .acknowledging import Acknowledging
from .breaker import Breaker
from .dry_run import plan
from .fetching import Fetching
from .progress import Progress
from .recovery import recover
from .results import InsurerResult
from .rules import DeliveryRules
from .selection import PullOptions, by_age, is_due
from .workplace import Workplace


@dataclass(slots=True)
class InsurerPull:
    """
    One pull of one insurer, with its account's lock held.
    """

    place: Workplace
    insurer: Insurer
    options: PullOptions
    result: InsurerResult
    progress: Progress
    stop: Callable[[], BiproSyncError | None]

    def run(self) -> None:
        """
        Do the whole work; what ends it early is raised, after it was noted.
        """
        place, insurer, result = self.place, self.insurer, self.result
        # First of all, and without writing anything: what a dead run left in the spool may be what fills the disk.
        spool = Spool(place.layout.spool / insurer.account, reserve=place.config.archive.reserve)
        spool.clear()
        place.audit.write(RecordType.SESSION_START, insurer=insurer.name, account=insurer.account)
        outcome = "interrupted"
        error: BiproSyncError | None = None
        try:
            result.errors += recover(place, insurer.name)
            gate = Breaker(place.layout, insurer.account, insurer=insurer.name, log=place.audit, clock=place.clock)
            provider = open_provider(insurer, observer=place.audit, gate=gate, clock=place.clock)
            try:
                self._work(provider, spool)
            finally:
                provider.close()
            outcome = result.outcome
        except BiproSyncError as failure:
            error, outcome = failure, failure.code
            raise
        finally:
            place.audit.write(
                RecordType.SESSION_END,
                insurer=insurer.name,
                account=insurer.account,
                outcome=outcome,
                count=result.stored,
            )
            self._note_run(outcome, error)

    def _note_run(self, outcome: str, error: BiproSyncError | None) -> None:
        # A catalogue that failed takes no note of its own failure; the audit log has it.
        if isinstance(error, StorageError):
            return
        worst = error or self.result.error
        self.place.ledger.note_run(
            self.insurer.name,
            self.place.clock.now(),
            outcome=outcome,
            error=worst.message if worst else None,
            listed=self.result.listed,
            success=self.result.mailbox_seen,
        )

    def _work(self, provider: Provider, spool: Spool) -> None:
        result = self.result
        self._obey_stop()
        provider.login()
        listing = provider.list_shipments()
        result.mailbox_seen = True
        result.listed = len(listing.shipments)
        listed = {shipment.id: shipment for shipment in listing.shipments}
        if self.options.dry_run:
            result.planned = plan(self.place, self.insurer, listed, self.options)
            return
        self._enter(listed)
        work = self._work_list(listed)
        self.progress.planned(len(work))
        fetching = Fetching(self.place, self.insurer, provider, spool, result)
        acknowledging = Acknowledging(self.place, self.insurer, provider, result)
        for entry in work:
            self._obey_stop()
            result.touched[entry.id] = entry
            try:
                result.touched[entry.id] = self._one(entry, listed.get(entry.id), fetching, acknowledging)
            except IntegrityError as error:
                # One damaged shipment is an alarm, and no reason to leave the others' mail where it is.
                result.errors.append(error)
            self.progress.done(result.touched[entry.id])
        self._remark()

    @property
    def _acknowledges(self) -> bool:
        return self.options.acknowledge and self.insurer.acknowledge == "auto"

    def _obey_stop(self) -> None:
        if reason := self.stop():
            raise reason

    def _enter(self, listed: Mapping[str, ListedShipment]) -> None:
        """
        Bring the ledger up to a complete list: new ones, vanished ones, acknowledgements that had arrived.
        """
        place, name = self.place, self.insurer.name
        now = place.clock.now()
        place.ledger.note_listed(
            name,
            self.insurer.account,
            {shipment_id: (shipment, self.insurer.kind_of(shipment)) for shipment_id, shipment in listed.items()},
            now,
        )
        for entry in place.ledger.note_missing(name, listed, now):
            place.audit.write(
                RecordType.SHIPMENT_VANISHED,
                insurer=name,
                account=self.insurer.account,
                shipment=entry.id,
                detail=entry.reason,
            )
            self.result.touched[entry.id] = entry
        rules = self._rules()
        for entry in place.ledger.entries(name, listed).values():
            if entry.state is ShipmentState.VANISHED:
                place.ledger.move(entry, ShipmentState.LISTED, now, reason="listed again")
            elif entry.state is ShipmentState.LEFT and (
                entry.id in self.options.shipments or rules.is_without_rule(entry.category, entry.kind)
            ):
                place.ledger.move(entry, ShipmentState.LISTED, now, reason="no rule leaves it at the insurer any more")
        for entry in place.ledger.open_entries(name):
            if entry.state is ShipmentState.ACK_UNKNOWN and entry.id not in listed:
                place.ledger.move(
                    entry,
                    ShipmentState.ACKNOWLEDGED,
                    now,
                    reason="no longer in the insurer's complete list, after an acknowledgement without a clear answer",
                )

    def _work_list(self, listed: Mapping[str, ListedShipment]) -> list[Entry]:
        name, now = self.insurer.name, self.place.clock.now()
        entries = self.place.ledger.entries(name, listed)
        entries |= {entry.id: entry for entry in self.place.ledger.open_entries(name)}
        confirmed = self.insurer.confirmed_flag == "true"
        rules = self._rules()
        chosen = [
            entry
            for entry in reversed(by_age(entries.values()))
            if self.options.asks_for(entry.id, entry.posted_at)
            and is_due(entry, listed, self.options, now, lists_confirmed=confirmed)
            and not self._left_by_rule(entry, rules)
        ]
        chosen.reverse()
        if not self._acknowledges:
            # What only waits for an acknowledgement must not use up the limit, or nothing new would ever be fetched.
            chosen.sort(key=lambda entry: entry.state not in TO_FETCH)
        return chosen[: self.options.limit]

    def _rules(self) -> DeliveryRules:
        return DeliveryRules(self.insurer, self.place.queries, self.place.clock.now())

    def _left_by_rule(self, entry: Entry, rules: DeliveryRules) -> bool:
        if entry.state not in TO_FETCH or entry.id in self.options.shipments:
            return False
        reason = rules.reason_to_leave(entry.category, entry.kind)
        if reason is None:
            return False
        place = self.place
        place.audit.write(
            RecordType.ACK_DECISION,
            insurer=self.insurer.name,
            account=self.insurer.account,
            shipment=entry.id,
            outcome="leave",
            detail=reason,
        )
        self.result.touched[entry.id] = place.ledger.move(entry, ShipmentState.LEFT, place.clock.now(), reason=reason)
        return True

    def _one(
        self, entry: Entry, listed: ListedShipment | None, fetching: Fetching, acknowledging: Acknowledging
    ) -> Entry:
        fresh = entry.state in TO_FETCH
        relisted = entry.state is ShipmentState.ACKNOWLEDGED
        if fresh and listed:
            entry = fetching.fetch(entry, listed)
        elif listed and entry.path and listing_changed(self.place.archive.manifest(entry.path)[0], listed):
            entry, same = fetching.compare(entry, listed)
            if not same:
                return entry
        if entry.state not in ACK_OWED and not (relisted and entry.state is ShipmentState.ACKNOWLEDGED):
            return entry
        if not self._acknowledges:
            return entry
        reason = "listed again though acknowledged" if relisted else "stored and read back"
        return acknowledging.acknowledge(entry, read_back=fresh, reason=reason)

    def _remark(self) -> None:
        """
        Say what a person should know though nothing went wrong.
        """
        if self.options.shipments and not self.result.touched:
            self.result.remarks.append(f"{self.insurer.name} lists none of the shipments that were asked for.")
        if unclear := self.result.count(ShipmentState.ACK_UNKNOWN):
            self.result.remarks.append(
                f"{unclear} acknowledgement(s) at {self.insurer.name} got no clear answer; the next run finds out."
            )
        waiting = self.result.count(ShipmentState.STORED)
        self.result.not_acknowledged = waiting
        if waiting and self.insurer.acknowledge is None:
            self.result.remarks.append(
                f"{waiting} stored shipment(s) of {self.insurer.name} were NOT acknowledged, because `acknowledge` is "
                'not set.  Look at what was stored, then set acknowledge = "auto".'
            )
        elif waiting and self.insurer.acknowledge == "manual":
            self.result.remarks.append(
                f"{waiting} stored shipment(s) of {self.insurer.name} wait for an operator's acknowledgement."
            )
