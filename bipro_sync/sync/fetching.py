"""One shipment's way from the insurer into the archive; whatever goes wrong, it stays at the insurer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from ..archive import Spool, SpooledShipment, Stored, content_digest, content_of
from ..bipro.codes import UNKNOWN_ID
from ..catalog import Entry, StoredRows
from ..durable import read_back
from ..errors import (
    BiproSyncError,
    FramingError,
    InsurerError,
    LoginError,
    MissingPartError,
    MissingRightError,
    NotOkError,
    ProtocolError,
    RefusedXmlError,
    ReserveReachedError,
    StorageError,
    TemporaryError,
    UnreachableError,
)
from ..insurers import Insurer, Provider
from ..model.kinds import Kind
from ..model.shipment import FetchedShipment, ListedShipment
from ..model.states import FAILURES, Failure, ShipmentState
from ..model.zone import BERLIN
from .judge import Objection, algorithm_of, checksum_fits, judge, warnings_of
from .kept_before import kept_before
from .memory import MissingRight
from .recording import draft, rows_of
from .results import InsurerResult
from .selection import LONGEST_RETRY
from .workplace import Workplace


FIRST_RETRY = timedelta(minutes=5)

CONFLICT = Objection(Failure.CONFLICT, "the insurer now delivers other contents under this id")

_BIG_KINDS = frozenset({Kind.GDV_PORTFOLIO, Kind.GDV_CHANGES, Kind.CLAIMS, Kind.COMMISSION})

_FAILURES: Mapping[type[InsurerError], Failure] = {
    FramingError: Failure.FRAMING,
    MissingPartError: Failure.MISSING_PART,
    RefusedXmlError: Failure.REFUSED_XML,
    ProtocolError: Failure.NOT_SOAP,
    MissingRightError: Failure.MISSING_RIGHT,
    NotOkError: Failure.NOT_OK,
    InsurerError: Failure.TRANSPORT,
}


_BRACKETED_STATUS = re.compile(r"^\((HTTP \d+)\)")


@dataclass(frozen=True, slots=True)
class _Delivery:
    """
    A shipment on its way: its row, what the list said of it, what came and where that lies.
    """

    entry: Entry
    listed: ListedShipment
    received: SpooledShipment
    fetched: FetchedShipment


@dataclass(frozen=True, slots=True)
class Fetching:
    """
    Fetches shipments of one insurer, for one run.
    """

    place: Workplace
    insurer: Insurer
    provider: Provider
    spool: Spool
    result: InsurerResult
    months: Sequence[Path]
    """The archive's months when the run began: what another one has put there since, the catalogue knows."""

    def fetch(self, entry: Entry, listed: ListedShipment) -> Entry:
        """
        Fetch, judge and store one shipment; the entry returned says where it stands then.

        What the insurer does wrong becomes a state.  Raises :class:`~bipro_sync.errors.UnreachableError` where
        it can no longer be reached, :class:`~bipro_sync.errors.TemporaryError` where it wants to be left alone,
        :class:`~bipro_sync.errors.StorageError` and
        :class:`~bipro_sync.errors.IntegrityError` where nothing more may be fetched, and
        :class:`~bipro_sync.errors.LoginError` where the token could not be renewed; the shipment is recovered
        by the next run.
        """
        place, name, now = self.place, self.insurer.name, self.place.clock.now()
        # The path is committed before anything arrives, so that recovery need not search for it.  Where the catalogue
        # is older than the archive, the shipment may lie in another month's directory already.
        path = place.layout.stored_path(name, entry.id, self.months) or place.layout.shipment_path(name, entry.id, now)
        entry = place.ledger.move(entry, ShipmentState.FETCHING, now, path=path)
        try:
            received, fetched = self._receive(entry)
        except LoginError:
            place.ledger.move(entry, ShipmentState.LISTED, place.clock.now(), reason="the login was lost")
            raise
        except ReserveReachedError as error:
            self.result.errors.append(error)
            return self._failed(entry, Objection(Failure.TRANSPORT, error.message))
        except InsurerError as error:
            if isinstance(error, UnreachableError | TemporaryError) and not error.sent:
                place.ledger.move(entry, ShipmentState.LISTED, place.clock.now(), reason=error.message)
                raise
            failure = next(failure for kind, failure in _FAILURES.items() if isinstance(error, kind))
            return self._failed(entry, Objection(failure, _without_place(error.message, name, entry.id)))
        delivery = _Delivery(entry, listed, received, fetched)
        objection = judge(listed, fetched, self.insurer.broker_numbers) or _checksum_objection(received, fetched)
        return self._objected(delivery, objection) if objection else self._store(delivery)

    def compare(self, entry: Entry, listed: ListedShipment | None) -> tuple[Entry, bool]:
        """
        Fetch once more what is stored already, because the insurer now lists something else under its id, or lists
        it again after its acknowledgement, or does not list it (*listed* is None) before that.

        True says that it is the same, or that the insurer has nothing under that id any more.  Other contents go
        into the quarantine beside the stored ones, and the shipment is in conflict (invariant I3); an answer that
        cannot be used leaves everything as it is.
        """
        try:
            received, fetched = self._receive(entry)
        except MissingRightError:
            return entry, False
        except (InsurerError, ReserveReachedError) as error:
            if isinstance(error, NotOkError) and UNKNOWN_ID in error.codes:
                return entry, True
            self.result.errors.append(error)
            return entry, False
        assert entry.path is not None
        if content_of(self.place.archive, entry.path) == content_digest(fetched):
            received.discard()
            if listed:
                self.place.ledger.note_listed_as(entry, listed)
            return entry, True
        said = listed or fetched.listed
        objection = judge(said, fetched, self.insurer.broker_numbers) or CONFLICT
        return self._conflict(_Delivery(entry, said, received, fetched), objection), False

    def _receive(self, entry: Entry) -> tuple[SpooledShipment, FetchedShipment]:
        received = self.spool.open(keep_reserve=entry.kind in _BIG_KINDS)
        try:
            fetched = self.provider.fetch(entry.id, exchange=entry.kind, sink=received)
        except BiproSyncError as error:
            if isinstance(error, MissingRightError):
                self._miss_right(entry.kind)
            # Where the disk is full, what was received so far may be what filled it; nobody needs it.
            with suppress(StorageError):
                received.discard()
            raise
        self.result.note_fetched(fetched.received)
        if warnings := warnings_of(fetched):
            self.result.warnings[entry.id] = warnings
        return received, fetched

    def _miss_right(self, kind: Kind) -> None:
        right = self.insurer.right_for(kind)
        self.result.missing_rights[kind] = MissingRight(kind=kind, right=right, since=self.place.clock.now())

    def _failed(self, entry: Entry, objection: Objection) -> Entry:
        attempts = entry.attempts + 1
        now = self.place.clock.now()
        next_attempt_at = now + min(FIRST_RETRY * 2 ** min(attempts - 1, 10), LONGEST_RETRY)
        if entry.available_until:
            last_day = datetime.combine(entry.available_until, time(), BERLIN)
            next_attempt_at = min(next_attempt_at, max(last_day, now))
        return self.place.ledger.move(
            entry,
            ShipmentState.FAILED,
            now,
            reason=f"{objection.failure}: {objection.reason}",
            attempts=attempts,
            next_attempt_at=next_attempt_at,
        )

    def _objected(self, delivery: _Delivery, objection: Objection) -> Entry:
        attempts = FAILURES[objection.failure].attempts
        failed_before = self.place.queries.failures(delivery.entry, objection.failure)
        if attempts is None or failed_before + 1 < attempts:
            delivery.received.discard()
            return self._failed(delivery.entry, objection)
        stored = self._quarantine(delivery, objection)
        return self.place.ledger.move(
            delivery.entry,
            ShipmentState.QUARANTINED,
            self.place.clock.now(),
            reason=f"{objection.failure}: {objection.reason}",
            path=stored.path,
            stored=rows_of(stored),
        )

    def _quarantine(self, delivery: _Delivery, objection: Objection) -> Stored:
        place = self.place
        manifest = draft(place, self.insurer, delivery.listed, delivery.fetched, objection=objection)
        if kept := kept_before(place, delivery.entry, manifest):
            stored = place.archive.adopt(kept)
            delivery.received.discard()
            return stored
        path = place.layout.quarantine_path(self.insurer.name, delivery.entry.id, place.clock.now())
        return place.archive.store(delivery.received, manifest, delivery.fetched, path)

    def _store(self, delivery: _Delivery) -> Entry:
        place, entry = self.place, delivery.entry
        manifest = draft(place, self.insurer, delivery.listed, delivery.fetched)
        assert entry.path is not None
        try:
            stored = place.archive.store(delivery.received, manifest, delivery.fetched, entry.path)
        except FileExistsError:
            # An older run stored it, and the catalogue does not know: a restored backup, or an id used again.
            before = place.archive.adopt(entry.path)
            if before.manifest.content_sha256 != manifest.content_sha256:
                return self._conflict(delivery, CONFLICT, stored=rows_of(before))
            delivery.received.discard()
            stored = before
        self.result.note_stored(entry, delivery.fetched.numbers.broker)
        return place.ledger.move(entry, ShipmentState.STORED, place.clock.now(), stored=rows_of(stored))

    def _conflict(self, delivery: _Delivery, objection: Objection, *, stored: StoredRows | None = None) -> Entry:
        # The shipment stored first stays where it is and what it is; the other is kept beside it.
        place, entry = self.place, delivery.entry
        other = self._quarantine(delivery, objection)
        reason = f"{Failure.CONFLICT}: {objection.reason}; kept at {other.path}"
        if entry.state is not ShipmentState.CONFLICT:
            entry = place.ledger.move(entry, ShipmentState.CONFLICT, place.clock.now(), reason=reason, stored=stored)
        # Or it would be fetched again by each run.
        place.ledger.note_listed_as(entry, delivery.listed)
        return entry


def _without_place(message: str, insurer: str, shipment: str) -> str:
    """
    Return an error's sentence without insurer and shipment, which the ledger knows; the HTTP status stays.
    """
    return _BRACKETED_STATUS.sub(
        r"\1", message.removeprefix(f"{insurer}, getShipment of shipment {shipment!r}").lstrip(": ")
    )


def _checksum_objection(received: SpooledShipment, fetched: FetchedShipment) -> Objection | None:
    for file in fetched.files:
        algorithm = algorithm_of(file.checksum) if file.checksum else None
        if file.part is None or file.checksum is None or algorithm is None:
            continue
        digest = read_back(received.directory / file.part.handle, (algorithm,)).digests[algorithm]
        if not checksum_fits(file.checksum, digest):
            return Objection(Failure.WRONG_CHECKSUM, f"a file's {algorithm.upper()} checksum does not fit its bytes")
    return None
