"""Pulling one insurer: recover, log in, list, fetch, store, acknowledge; only a positive answer is believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..archive import Spool
from ..audit import RecordType
from ..catalog import Entry
from ..errors import BiproSyncError, Family, IntegrityError, ProtocolError, StorageError
from ..insurers import Insurer, Provider, open_provider
from ..model.shipment import ListedShipment, Listing, listed_as
from ..model.states import ACK_OWED, TO_FETCH, ShipmentState
from .acknowledging import Acknowledging
from .breaker import Breaker
from .dry_run import plan
from .fetching import Fetching
from .progress import Progress
from .recovery import recover
from .remarks import remark
from .results import InsurerResult
from .rules import DeliveryRules
from .selection import PullOptions, by_age, is_due, is_wanted_again
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
        place.ledger.note_attempt(insurer.name, place.clock.now())
        outcome, error = "unexpected", None
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
            outcome, error = failure.code, failure
            raise
        except KeyboardInterrupt:
            outcome = "interrupted"
            raise
        finally:
            place.audit.write(
                RecordType.SESSION_END,
                insurer=insurer.name,
                account=insurer.account,
                outcome=outcome,
                count=result.stored,
            )
            # A catalogue that failed takes no note of its own failure; the audit log has it.
            if not isinstance(error, StorageError):
                self._note_end(outcome, error)

    def _note_end(self, outcome: str, error: BiproSyncError | None) -> None:
        place, name, result = self.place, self.insurer.name, self.result
        result.touched |= place.ledger.entries(name, result.touched)
        if not self.options.dry_run:
            remark(self.insurer, self.options, result)
        worst = error or result.error
        place.ledger.note_run(
            name,
            place.clock.now(),
            outcome=outcome,
            error=worst.message if worst else None,
            listed=result.listed,
            success=result.is_success and error is None and not self.options.dry_run,
        )

    def _work(self, provider: Provider, spool: Spool) -> None:
        result = self.result
        self._obey_stop()
        provider.login()
        listing = provider.list_shipments()
        result.mailbox_seen = True
        result.listed = len(listing.shipments)
        listed = self._by_id(listing)
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

    @property
    def _acknowledges(self) -> bool:
        return self.options.acknowledge and self.insurer.acknowledge == "auto"

    def _obey_stop(self) -> None:
        if reason := self.stop():
            raise reason

    def _by_id(self, listing: Listing) -> dict[str, ListedShipment]:
        """
        Return what is listed by id; what two different shipments share an id with is not touched in this run.
        """
        listed: dict[str, ListedShipment] = {}
        ambiguous = set()
        for shipment in listing.shipments:
            if listed.setdefault(shipment.id, shipment) != shipment:
                ambiguous.add(shipment.id)
        for shipment_id in sorted(ambiguous):
            self.result.errors.append(
                ProtocolError(
                    f"{self.insurer.name} lists two shipments under the id {shipment_id!r}; neither was touched.",
                    hint="Tell the insurer's support; acknowledging one of them might delete both.",
                    family=Family.LIST,
                )
            )
            del listed[shipment_id]
        return listed

    def _enter(self, listed: Mapping[str, ListedShipment]) -> None:
        """
        Bring the ledger up to a complete list: new ones, vanished ones, acknowledgements that had arrived.
        """
        place, name = self.place, self.insurer.name
        now = place.clock.now()
        kinds = {shipment_id: (shipment, self.insurer.kind_of(shipment)) for shipment_id, shipment in listed.items()}
        place.ledger.note_listed(name, self.insurer.account, kinds, now)
        for entry in place.ledger.note_missing(name, listed):
            reason = "not in two complete lists"
            self._record(RecordType.SHIPMENT_VANISHED, entry, detail=reason)
            self.result.touched[entry.id] = place.ledger.move(entry, ShipmentState.VANISHED, now, reason=reason)
        rules = self._rules()
        for entry in place.ledger.entries(name, listed).values():
            if is_wanted_again(entry, self.options, rules):
                place.ledger.move(entry, ShipmentState.LISTED, now, reason="listed, and wanted again")
        for entry in place.ledger.open_entries(name):
            if entry.state is ShipmentState.ACK_UNKNOWN and entry.id not in listed:
                reason = "no longer in the insurer's complete list, after an acknowledgement without a clear answer"
                place.ledger.move(entry, ShipmentState.ACKNOWLEDGED, now, reason=reason)

    def _rules(self) -> DeliveryRules:
        return DeliveryRules(self.insurer, self.place.queries, self.place.clock.now())

    def _record(self, record_type: RecordType, entry: Entry, *, outcome: str | None = None, detail: str) -> None:
        name, account = self.insurer.name, self.insurer.account
        self.place.audit.write(
            record_type, insurer=name, account=account, shipment=entry.id, outcome=outcome, detail=detail
        )

    def _work_list(self, listed: Mapping[str, ListedShipment]) -> list[Entry]:
        name, now = self.insurer.name, self.place.clock.now()
        entries = self.place.ledger.entries(name, listed)
        entries |= {entry.id: entry for entry in self.place.ledger.open_entries(name)}
        confirmed = self.insurer.confirmed_flag == "true"
        due = [
            entry
            for entry in by_age(entries.values())
            if self.options.asks_for(entry.id, entry.posted_at)
            and is_due(entry, listed, self.options, now, lists_confirmed=confirmed)
        ]
        left = self._leave_by_rule(due)
        chosen = [entry for entry in due if entry.id not in left]
        if not self._acknowledges:
            # What only waits for an acknowledgement must not use up the limit, or nothing new would ever be fetched.
            chosen.sort(key=lambda entry: entry.state not in TO_FETCH)
        return chosen[: self.options.limit]

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

    def _one(
        self, entry: Entry, listed: ListedShipment | None, fetching: Fetching, acknowledging: Acknowledging
    ) -> Entry:
        fresh = entry.state in TO_FETCH
        relisted = entry.state is ShipmentState.ACKNOWLEDGED
        if fresh and listed:
            entry = fetching.fetch(entry, listed)
        elif listed and (relisted or entry.listed_as != listed_as(listed.fields)):
            # What is listed again after its acknowledgement may be another shipment under a used id (I4).
            entry, same = fetching.compare(entry, listed)
            if not same:
                return entry
        if entry.state not in ACK_OWED and not (relisted and entry.state is ShipmentState.ACKNOWLEDGED):
            return entry
        if not self._acknowledges:
            return entry
        reason = "listed again though acknowledged" if relisted else "stored and read back"
        return acknowledging.acknowledge(entry, read_back=fresh, reason=reason)
