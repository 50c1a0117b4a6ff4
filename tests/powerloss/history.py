"""A run's writes without its wire: breaker, audit log and archive, and what each promised when it returned."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from bipro_sync.archive import Archive, Layout, Spool
from bipro_sync.audit import AuditLog, RecordType, Session, read
from bipro_sync.audit.verification import verify
from bipro_sync.durable import replace as replace_file
from bipro_sync.model.ports import CallIntent, CallOutcome, LoginVerdict, Operation, Outcome
from bipro_sync.model.secret import Secret
from bipro_sync.sync.breaker import Breaker, breaker_state
from bipro_sync.sync.memory import RunMemory, remember, remembered

from ..archive.conftest import LISTED, NOW, draft, receive


SHIPMENTS = {
    "A": (b"%PDF-1.7\n%%EOF\n", b"000199999Absender"),
    "B": (),
}
"""What comes, by id: the contents of its files."""

SESSION = Session("run-1", "schedule", None, None, None, "u001", "bipro-sync", "bipro-sync test")


class Clock:
    """Goes on by a minute at each look."""

    def __init__(self):
        self.moment = datetime(2026, 3, 31, 22, 0, tzinfo=UTC)

    def now(self):
        self.moment += timedelta(minutes=1)
        return self.moment

    def monotonic(self):
        return self.moment.timestamp()


@dataclass(frozen=True)
class Promises:
    """What had returned at some moment, so that no loss may take it back."""

    records: tuple = ()
    stored: dict = field(default_factory=dict)
    strikes: int = 0
    remembered: RunMemory | None = None


class History:
    """Runs on one archive; *moment* says how far its disk has come, and each promise is kept with that."""

    def __init__(self, root, moment=lambda: 0):
        self.layout = Layout(Path(root))
        self.clock = Clock()
        self.promised = []
        self.adopted = []
        self._moment = moment
        self._promises = Promises()
        self._promise()

    def _promise(self, **more):
        self._promises = Promises(**vars(self._promises) | more)
        self.promised.append((self._moment(), self._promises))

    def promises_at(self, moment):
        """What was promised when the disk had come so far."""
        return next(promises for since, promises in reversed(self.promised) if since <= moment)

    def run(self, *, verdict):
        """What a pull of two shipments writes, where the insurer says *verdict* to its login."""
        self.layout.prepare()
        for beside in (self.layout.catalogue, self.layout.state / "archive.json"):
            # A run that finds none makes them before it goes on, and their directories durable with them.
            if not beside.exists():
                replace_file(beside, b"")
        log = AuditLog(self.layout.audit, session=SESSION, clock=self.clock, reserve_bytes=4096)
        Spool(self.layout.spool, reserve=0).clear()
        self._write(log, RecordType.SESSION_START)
        if self._log_in(log, verdict):
            for name, contents in SHIPMENTS.items():
                self._fetch(log, name, contents)
                self._write(log, RecordType.ACK_DECISION, shipment=name)
                self._call(log, Operation.ACKNOWLEDGE, name)
        memory = RunMemory(clock_skew=float(len(self.promised)))
        remember(self.layout, "muster", memory)
        self._promise(remembered=memory)
        self._write(log, RecordType.SESSION_END)
        log.close()

    def _write(self, log, record_type, **facts):
        record = log.write(record_type, insurer="muster", **facts)
        self._promise(records=(*self._promises.records, (record.seq, record.type, record.call)))

    def _call(self, log, operation, shipment=None, *, outcome=Outcome.OK, **promised):
        """What is *promised* holds from the answer on, before it is noted."""
        intent = CallIntent("muster", "muster", "430", operation, "mail", "https://t.example", shipment, "a" * 64)
        call = log.intent(intent)
        self._promise(records=(*self._promises.records, (log.settle(), RecordType.CALL_INTENT, call)), **promised)
        log.outcome(call, CallOutcome(outcome, 1))

    def _log_in(self, log, verdict):
        breaker = Breaker(self.layout, "muster", insurer="muster", log=log, clock=self.clock)
        if breaker.state().objection(None, self.clock.now()):
            return False
        before = self._promises.strikes
        breaker.attempt("MAKLER-0815", Secret(f"wort-{self.clock.now()}"), hub=False)
        self._promise(strikes=before + 1)
        if verdict is LoginVerdict.REFUSED:
            self._call(log, Operation.ISSUE, outcome=Outcome.REFUSED)
        else:
            self._call(log, Operation.ISSUE, strikes=0)
        breaker.conclude(verdict, "as the insurer said.")
        return verdict is not LoginVerdict.REFUSED

    def path(self, name):
        return self.layout.shipment_path("muster", name, NOW)

    def _fetch(self, log, name, contents):
        archive, path = Archive(self.layout), self.path(name)
        if (self.layout.root / path).exists():
            # What a dead run published: the ledger says `fetching`, and recovery believes it only so.
            stored = archive.adopt(path)
            self.adopted.append(name)
        else:
            self._call(log, Operation.GET, name)
            received, fetched = receive(self.layout, *contents, listed=msgspec.structs.replace(LISTED, id=name))
            stored = archive.store(received, draft(fetched), fetched, path)
        self._promise(stored=self._promises.stored | {name: stored.manifest_sha256})


def kept(root, promises):
    """Asserts on what survived at *root* that everything promised is there, and nothing half is taken for whole."""
    survivor = History(root)
    layout = survivor.layout
    for name, contents in SHIPMENTS.items():
        path = survivor.path(name)
        if name in promises.stored or (layout.root / path).exists():
            stored = Archive(layout).read_back(path)
            assert stored.manifest.shipment == name
            assert sorted(file.size for file in stored.manifest.files) == sorted(map(len, contents))
            assert promises.stored.get(name, stored.manifest_sha256) == stored.manifest_sha256
    records = {(record.seq, record.type, record.call) for record in read(layout.audit)}
    assert set(promises.records) <= records, "a record that was durable is gone"
    state = breaker_state(layout, "muster")
    assert state.strikes >= promises.strikes, "an attempt that was noted is forgotten"
    assert state.log_seq <= len(records), "the breaker would pass over records that are still to come"
    if promises.remembered:
        assert remembered(layout, "muster").clock_skew >= promises.remembered.clock_skew


def goes_on(root, promises):
    """Asserts that the next run on what survived at *root* completes, and that nothing promised before is lost by it.

    Returns the ids of what is stored then."""
    survivor = History(root)
    survivor.clock.moment += timedelta(days=1)
    survivor.run(verdict=LoginVerdict.ACCEPTED)
    kept(root, replace(promises, strikes=0, remembered=None))
    assert list(survivor.layout.spool.iterdir()) == []
    found = verify(survivor.layout.audit)
    assert (found.damaged, found.torn_bytes) == (False, 0)
    return frozenset(survivor.promises_at(0).stored)
