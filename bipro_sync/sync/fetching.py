"""One shipment's way from the insurer into the archive; whatever goes wrong, it stays at the insurer."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from ..archive import Spool, SpooledShipment, Stored, content_digest
from ..catalog import Entry, StoredRows
from ..durable import read_back
from ..errors import (
    FramingError,
    InsurerError,
    LoginError,
    MissingPartError,
    NotOkError,
    ProtocolError,
    RefusedXmlError,
    ReserveReachedError,
    StorageError,
    UnreachableError,
)
from ..insurers import Insurer, Provider
from ..model.kinds import Kind
from ..model.shipment import FetchedShipment, ListedShipment
from ..model.states import FAILURES, Failure, ShipmentState
from .judge import Objection, checksum_fits, judge
from .recording import draft, rows_of
from .results import InsurerResult
from .workplace import Workplace


FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(hours=24)

CONFLICT = Objection(Failure.CONFLICT, "the insurer now delivers other contents under this id")

_CHECKSUMS = frozenset({"md5", "sha1"})

_BIG_KINDS = frozenset({Kind.GDV_PORTFOLIO, Kind.GDV_CHANGES, Kind.CLAIMS, Kind.COMMISSION})

_FAILURES: Mapping[type[InsurerError], Failure] = {
    FramingError: Failure.FRAMING,
    MissingPartError: Failure.MISSING_PART,
    RefusedXmlError: Failure.REFUSED_XML,
    ProtocolError: Failure.NOT_SOAP,
    NotOkError: Failure.NOT_OK,
    InsurerError: Failure.TRANSPORT,
}


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

    def fetch(self, entry: Entry, listed: ListedShipment) -> Entry:
        """
        Fetch, judge and store one shipment; the entry returned says where it stands then.

        What the insurer does wrong becomes a state.  Raises :class:`~bipro_sync.errors.UnreachableError` where
        it can no longer be reached, :class:`~bipro_sync.errors.StorageError` and
        :class:`~bipro_sync.errors.IntegrityError` where nothing more may be fetched, and
        :class:`~bipro_sync.errors.LoginError` where the token could not be renewed; the shipment is recovered
        by the next run.
        """
        place = self.place
        # The path is committed before anything arrives, so that recovery need not search for it.
        path = place.layout.shipment_path(self.insurer.name, entry.id, place.clock.now())
        entry = place.ledger.move(entry, ShipmentState.FETCHING, place.clock.now(), path=path)
        received = self.spool.open(keep_reserve=entry.kind in _BIG_KINDS)
        try:
            fetched = self.provider.fetch(entry.id, exchange=entry.kind, sink=received)
        except LoginError:
            received.discard()
            place.ledger.move(entry, ShipmentState.LISTED, place.clock.now(), reason="the login was lost")
            raise
        except InsurerError as error:
            received.discard()
            if isinstance(error, UnreachableError) and not error.sent:
                place.ledger.move(entry, ShipmentState.LISTED, place.clock.now(), reason=error.message)
                raise
            failure = next(failure for kind, failure in _FAILURES.items() if isinstance(error, kind))
            return self._failed(entry, Objection(failure, error.message))
        except ReserveReachedError as error:
            received.discard()
            self.result.errors.append(error)
            return self._failed(entry, Objection(Failure.TRANSPORT, error.message))
        except StorageError:
            # What was received so far may be what filled the disk; recovery does not need it.
            with suppress(StorageError):
                received.discard()
            raise
        self.result.fetched += 1
        self.result.bytes += fetched.received
        objection = judge(listed, fetched, self.insurer.broker_numbers) or _checksum_objection(received, fetched)
        if objection:
            return self._objected(entry, listed, received, fetched, objection)
        return self._store(entry, listed, received, fetched)

    def _failed(self, entry: Entry, objection: Objection) -> Entry:
        attempts = entry.attempts + 1
        now = self.place.clock.now()
        distance = min(FIRST_RETRY * 2 ** min(attempts - 1, 10), LONGEST_RETRY)
        return self.place.ledger.move(
            entry,
            ShipmentState.FAILED,
            now,
            reason=f"{objection.failure}: {objection.reason}",
            attempts=attempts,
            next_attempt_at=now + distance,
        )

    def _objected(
        self,
        entry: Entry,
        listed: ListedShipment,
        received: SpooledShipment,
        fetched: FetchedShipment,
        objection: Objection,
    ) -> Entry:
        attempts = FAILURES[objection.failure].attempts
        failed_before = self.place.queries.failures(entry, objection.failure)
        if attempts is None or failed_before + 1 < attempts:
            received.discard()
            return self._failed(entry, objection)
        stored = self._quarantine(entry, listed, received, fetched, objection)
        return self.place.ledger.move(
            entry,
            ShipmentState.QUARANTINED,
            self.place.clock.now(),
            reason=f"{objection.failure}: {objection.reason}",
            path=stored.path,
            stored=rows_of(stored),
        )

    def _quarantine(
        self,
        entry: Entry,
        listed: ListedShipment,
        received: SpooledShipment,
        fetched: FetchedShipment,
        objection: Objection,
    ) -> Stored:
        place = self.place
        path = place.layout.quarantine_path(self.insurer.name, entry.id, place.clock.now())
        manifest = draft(place, self.insurer, listed, fetched, objection=objection)
        return place.archive.store(received, manifest, fetched, path)

    def _store(
        self, entry: Entry, listed: ListedShipment, received: SpooledShipment, fetched: FetchedShipment
    ) -> Entry:
        place = self.place
        manifest = draft(place, self.insurer, listed, fetched)
        assert entry.path is not None
        try:
            stored = place.archive.store(received, manifest, fetched, entry.path)
        except FileExistsError:
            # An older run stored it, and the catalogue does not know: a restored backup, or an id used again.
            before = place.archive.read_back(entry.path)
            if before.manifest.content_sha256 != manifest.content_sha256:
                return self._conflict(entry, listed, received, fetched, stored=rows_of(before))
            received.discard()
            stored = before
        self.result.stored += 1
        return place.ledger.move(entry, ShipmentState.STORED, place.clock.now(), stored=rows_of(stored))

    def compare(self, entry: Entry, listed: ListedShipment) -> tuple[Entry, bool]:
        """
        Fetch once more what is stored already, because the insurer now lists something else under its id.

        True says that it is the same.  Other contents go into the quarantine beside the stored ones, and the
        shipment is in conflict (invariant I3); an answer that cannot be used leaves everything as it is.
        """
        received = self.spool.open(keep_reserve=entry.kind in _BIG_KINDS)
        try:
            fetched = self.provider.fetch(entry.id, exchange=entry.kind, sink=received)
        except InsurerError as error:
            received.discard()
            self.result.errors.append(error)
            return entry, False
        self.result.fetched += 1
        self.result.bytes += fetched.received
        assert entry.path is not None
        before, _ = self.place.archive.manifest(entry.path)
        if before.content_sha256 == content_digest(fetched):
            received.discard()
            return entry, True
        return self._conflict(entry, listed, received, fetched), False

    def _conflict(
        self,
        entry: Entry,
        listed: ListedShipment,
        received: SpooledShipment,
        fetched: FetchedShipment,
        *,
        stored: StoredRows | None = None,
    ) -> Entry:
        # The shipment stored first stays where it is and what it is; the other is kept beside it.
        other = self._quarantine(entry, listed, received, fetched, CONFLICT)
        reason = f"{CONFLICT.failure}: {CONFLICT.reason}; kept at {other.path}"
        return self.place.ledger.move(
            entry, ShipmentState.CONFLICT, self.place.clock.now(), reason=reason, stored=stored
        )


def _checksum_objection(received: SpooledShipment, fetched: FetchedShipment) -> Objection | None:
    for file in fetched.files:
        if file.part is None or file.checksum is None:
            continue
        algorithm = file.checksum.algorithm.strip().lower()
        if algorithm not in _CHECKSUMS:
            return Objection(Failure.WRONG_CHECKSUM, "a file's checksum is of a kind the norm does not know")
        digest = read_back(received.directory / file.part.handle, (algorithm,)).digests[algorithm]
        if not checksum_fits(file.checksum, digest):
            return Objection(Failure.WRONG_CHECKSUM, f"a file's {algorithm.upper()} checksum does not fit its bytes")
    return None
