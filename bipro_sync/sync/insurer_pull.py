"""Pulling one insurer: recover, log in, list, fetch, store, acknowledge; only a positive answer is believed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ..archive import Spool
from ..audit import RecordType
from ..catalog import Entry
from ..errors import (
    BiproSyncError,
    Family,
    InsurerError,
    IntegrityError,
    MissingRightError,
    ProtocolError,
    StorageError,
    worst,
)
from ..insurers import Insurer, Provider, TokenShelf, owner_warning
from ..model.kinds import Kind
from ..model.shipment import ListedShipment
from ..model.states import ACK_OWED, TO_FETCH, ShipmentState
from .access import demand_owner, way_to
from .acknowledging import Acknowledging
from .agenda import Agenda
from .dry_run import plan
from .fetching import Fetching
from .halt import InsurerHalt
from .hands import work_through
from .memory import MissingRight, RunMemory, remember, remembered
from .progress import InsurerProgress
from .recovery import recover
from .remarks import lacking, remark, urgent_of
from .results import InsurerResult
from .selection import PullOptions, is_listed_otherwise
from .workplace import Workplace


MOST_LISTS = 20
"""How often a run lists at most; what is left then comes with the next one."""


@dataclass(slots=True)
class InsurerPull:
    """
    One pull of one insurer, with its account's lock held.

    The token stays on *shelf* for the run's next insurer of the same account, where *keep_session* says there is one.
    """

    place: Workplace
    insurer: Insurer
    options: PullOptions
    result: InsurerResult
    progress: InsurerProgress
    halt: InsurerHalt
    shelf: TokenShelf
    keep_session: bool

    def run(self) -> None:
        """
        Do the whole work; what ends it early is raised, after it was noted.
        """
        place, insurer, result = self.place, self.insurer, self.result
        memory = remembered(place.layout, insurer.name)
        # First of all, and without writing anything: what a dead run left in the spool may be what fills the disk.
        spool = Spool(place.layout.spool / insurer.account, reserve=place.config.archive.reserve)
        spool.clear()
        place.audit.write(RecordType.SESSION_START, insurer=insurer.name, account=insurer.account)
        place.ledger.note_attempt(insurer.name, place.clock.now())
        outcome, error = "unexpected", None
        try:
            self._demand_owner()
            result.errors += recover(place, insurer.name)
            if place.copying:
                place.copying.settle(insurer.name, lambda: self.halt.reason)
            provider = self._provider()
            try:
                self._work(provider, spool)
            finally:
                result.clock_skew, result.repeated = provider.clock_skew, provider.repeated
                # Not even the end of the session is sent to an insurer that was suspended meanwhile.
                provider.close(keep_session=self.keep_session or self.halt.suspended is not None)
                result.errors += place.copying.troubles(insurer.name) if place.copying else ()
            outcome = result.outcome
        except BiproSyncError as failure:
            # A wait that was ended by the wish to stop ends in the error that was waited out.
            stopped = self.halt.reason if isinstance(failure, InsurerError) else None
            outcome, error = (stopped or failure).code, failure
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
                detail=error.message if error else lacking(result),
            )
            # A catalogue that failed takes no note of its own failure; the audit log has it.
            if not isinstance(error, StorageError):
                self._note_end(outcome, error, memory)

    def _delivered_for_us(self) -> Mapping[str, Collection[Kind]]:
        """
        Return the kinds that came, by the broker numbers of the configuration; others are the insurer's words, and are
        not remembered.
        """
        ours = {*self.insurer.broker_numbers, *self.insurer.expect_numbers}
        return {number: kinds for number, kinds in self.result.delivered_for.items() if number in ours}

    def _demand_owner(self) -> None:
        """
        Let nobody but its owner use a personal certificate.  Raises :class:`~bipro_sync.errors.NotPermittedError`.
        """
        demand_owner(self.place, self.insurer)
        if warning := owner_warning(self.insurer, self.place.session.actor == "schedule"):
            self.result.remarks.append(warning)

    def _provider(self) -> Provider:
        return way_to(
            self.place,
            self.insurer,
            shelf=self.shelf,
            stop=lambda: self.halt.reason is not None,
            waiting=self.progress.waiting,
            repeats=self.options.repeats,
        )

    def _note_end(self, outcome: str, error: BiproSyncError | None, memory: RunMemory) -> None:
        place, name, result = self.place, self.insurer.name, self.result
        result.touched |= place.ledger.entries(name, result.touched)
        result.urgent |= urgent_of(self.insurer, result)
        remark(place, self.insurer, result)
        memory = memory.after(
            skew=result.clock_skew,
            missing=result.missing_rights.values(),
            delivered=result.delivered,
            list_remarks=result.mailbox.remarks if result.mailbox_seen else None,
            numbers=self._delivered_for_us(),
            outcome=outcome,
            now=place.clock.now(),
        )
        remember(place.layout, name, memory)
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
        """
        List and work on what is listed, and list again for as long as acknowledgements bring more to light.
        """
        result, options = self.result, self.options
        agenda = Agenda(self.place, self.insurer, options, result)
        months = self.place.layout.months(self.insurer.name)
        fetching = Fetching(self.place, self.insurer, provider, spool, result, months)
        acknowledging = Acknowledging(self.place, self.insurer, provider, result)
        self.halt.demand_none()
        provider.login()
        worked = 0
        while result.mailbox.lists < MOST_LISTS:
            self.halt.demand_none()
            listed = self._list(provider)
            if options.dry_run:
                result.planned = plan(self.place, self.insurer, listed, options)
                return
            agenda.enter(listed)
            work = agenda.work_list(listed)[: None if options.limit is None else options.limit - worked]
            worked += len(work)
            self.progress.planned(worked)
            acknowledged = result.acknowledged
            self._work_on(work, fetching, acknowledging if agenda.acknowledges else None)
            if not listed or result.acknowledged == acknowledged or self._has_enough(worked):
                break
        else:
            result.remarks.append(
                f"{self.insurer.name} was listed {MOST_LISTS} times; the next run fetches what is left."
            )
        agenda.conclude_from_absence()

    def _has_enough(self, worked: int) -> bool:
        """
        Say whether all that was asked for has been seen, so that another list could bring nothing wanted.
        """
        asked, limit = self.options.shipments, self.options.limit
        return (limit is not None and worked >= limit) or (
            bool(asked) and all(each in self.result.mailbox for each in asked)
        )

    def _list(self, provider: Provider) -> Mapping[str, ListedShipment]:
        """
        Return what the insurer lists and no list of this run had before.

        What two different shipments share an id with is not touched in this run.
        """
        result = self.result
        ambiguous = result.mailbox.ambiguous.copy()
        try:
            listing = provider.list_shipments()
        except MissingRightError:
            result.missing_rights[None] = MissingRight(kind=None, right=None, since=self.place.clock.now())
            raise
        listed = result.mailbox.add(listing)
        result.listed = len(result.mailbox)
        for shipment_id in sorted(result.mailbox.ambiguous - ambiguous):
            result.errors.append(
                ProtocolError(
                    f"{self.insurer.name} lists two shipments under the id {shipment_id!r}; neither was touched.",
                    hint="Tell the insurer's support; acknowledging one of them might delete both.",
                    family=Family.LIST,
                )
            )
        return listed

    def _work_on(self, work: Sequence[Entry], fetching: Fetching, acknowledging: Acknowledging | None) -> None:
        """
        Work on these shipments, several at a time; what ends the run is raised once those in hand are finished.
        """
        result = self.result

        def one(entry: Entry) -> None:
            result.touched[entry.id] = entry
            try:
                result.touched[entry.id] = self._one(entry, fetching, acknowledging)
            except IntegrityError as error:
                # One damaged shipment is an alarm, and no reason to leave the others' mail where it is.
                result.errors.append(error)
            self.progress.done(result.touched[entry.id])

        wrong = work_through(
            work,
            one,
            hands=self.insurer.workers,
            may_begin=self.halt.demand_none,
            may_wait=self.halt.demand_patience,
        )
        if wrong:
            raise worst(wrong)

    def _one(self, entry: Entry, fetching: Fetching, acknowledging: Acknowledging | None) -> Entry:
        listed = self.result.mailbox.shipments.get(entry.id)
        fresh = entry.state in TO_FETCH
        relisted = entry.state is ShipmentState.ACKNOWLEDGED
        same = True
        if listed and (fresh or relisted or is_listed_otherwise(entry, listed)):
            if entry.kind in self.result.missing_rights:
                self.result.unfetched.append(entry)
                return entry
            if fresh:
                entry = fetching.fetch(entry, listed)
            else:
                # What is listed again after its acknowledgement may be another shipment under a used id (I4).
                entry, same = fetching.compare(entry, listed)
        elif listed is None and acknowledging is not None:
            # A list that is cut may hide another shipment under the id.
            entry, same = fetching.compare(entry, None)
        if not same:
            return entry
        if entry.state not in ACK_OWED and not (relisted and entry.state is ShipmentState.ACKNOWLEDGED):
            return entry
        if acknowledging is None:
            return entry
        self.halt.demand_not_suspended()
        reason = "listed again though acknowledged" if relisted else "stored and read back"
        entry = acknowledging.acknowledge(entry, read_back=fresh, reason=reason)
        if relisted:
            self.result.relisted.append(entry.id)
        return entry
