import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bipro_sync.catalog import Catalogue, FileEntry, Ledger, Queries, StoredRows
from bipro_sync.errors import BiproSyncError
from bipro_sync.model.kinds import Kind
from bipro_sync.model.shipment import ListedShipment
from bipro_sync.model.states import OPEN, TO_FETCH, TRANSITIONS, ShipmentState


S = ShipmentState
INSURERS = ("muster", "zweite")

keys = st.tuples(st.sampled_from(INSURERS), st.sampled_from("123"))


class Histories(RuleBasedStateMachine):
    """Whatever happens in whatever order, the ledger tells what a plain list of events tells."""

    @initialize()
    def begin(self):
        self.directory = tempfile.TemporaryDirectory()
        self.catalogue = Catalogue.open(Path(self.directory.name) / "catalog.db", shipments_exist=False)
        self.ledger = Ledger(self.catalogue, run="run")
        self.queries = Queries(self.catalogue)
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.events = {}
        self.misses = Counter()
        self.storages = []
        self.kept = {}
        self.entries = {}
        for insurer in INSURERS:
            self.ledger.note_run(insurer, self.now, outcome="ok", error=None, listed=0, success=True)

    def tick(self):
        self.now += timedelta(seconds=1)
        return self.now

    def state(self, key):
        return self.events[key][-1]

    def happened(self, key, entry):
        self.events.setdefault(key, []).append(entry.state)
        self.entries[key] = entry

    @rule(insurer=st.sampled_from(INSURERS), ids=st.sets(st.sampled_from("123")))
    def a_complete_list_comes(self, insurer, ids):
        empty = (None,) * 8
        listed = {each: (ListedShipment(each, *empty, fields=()), Kind.MAIL) for each in ids}
        self.ledger.note_listed(insurer, insurer, listed, self.tick())
        for each, entry in self.ledger.entries(insurer, ids).items():
            self.misses[insurer, each] = 0
            if (insurer, each) not in self.events:
                self.happened((insurer, each), entry)
        missed = self.ledger.note_missing(insurer, ids)
        gone = {entry.id: self.ledger.move(entry, S.VANISHED, self.tick()) for entry in missed}
        for key in [key for key in self.events if key[0] == insurer and key[1] not in ids]:
            unfetched = self.state(key) in TO_FETCH or (self.state(key) is S.HELD and key not in self.kept)
            if unfetched and self.misses[key]:
                self.happened(key, gone.pop(key[1]))
            elif unfetched:
                self.misses[key] = 1
        assert gone == {}

    @rule(key=keys, data=st.data(), kind=st.sampled_from([Kind.MAIL, Kind.CLAIMS]), stale=st.booleans())
    def somebody_moves_a_shipment(self, key, data, kind, stale):
        if key not in self.events:
            return
        new = data.draw(st.sampled_from(sorted(TRANSITIONS[self.state(key)])) | st.sampled_from(S))
        entry = self.ledger.entries(key[0], [key[1]])[key[1]]
        if stale:
            entry = self.entries[key]
        stored = None
        if new in {S.STORED, S.QUARANTINED}:
            file = FileEntry(1, "01-File.pdf", f"{self.now:%S}.pdf", "ab" * 32, 1, "application/pdf", kind)
            stored = StoredRows(
                shown=True,
                listed_as="",
                category=None,
                kind=kind,
                manifest_sha256="cd" * 32,
                files=[file],
                words=["V-1"],
            )
        allowed = new in TRANSITIONS[entry.state] and entry.state is self.state(key)
        try:
            moved = self.ledger.move(entry, new, self.tick(), stored=stored, path=PurePosixPath("p"))
        except BiproSyncError:
            assert not allowed
            return
        assert allowed
        if not stale:
            self.happened(key, moved)
        else:
            self.events[key].append(moved.state)
        if stored:
            self.storages.append((key, kind, self.now))
            self.kept[key] = self.now
        elif new is S.LISTED:
            self.kept.pop(key, None)

    @invariant()
    def the_counts_are_those_of_a_recount(self):
        summaries = {summary.insurer: summary for summary in self.queries.summaries()}
        for insurer in INSURERS:
            mine = [key for key in self.events if key[0] == insurer]
            assert summaries[insurer].states == Counter(map(self.state, mine))
            counted = Counter(kind for key, kind, _ in self.storages if key[0] == insurer)
            latest = {kind: moment for key, kind, moment in self.storages if key[0] == insurer}
            assert summaries[insurer].deliveries == {kind: (latest[kind], counted[kind]) for kind in counted}
            assert {entry.id for entry in self.ledger.open_entries(insurer)} == {
                key[1] for key in mine if self.state(key) in OPEN
            }

    @invariant()
    def the_history_is_what_happened(self):
        for entry in self.queries.shipments():
            key = (entry.insurer, entry.id)
            steps = self.queries.history(entry)
            assert [step.new for step in steps] == self.events[key]
            assert [step.old for step in steps] == [None, *self.events[key][:-1]]
            assert entry.state is self.state(key)
            assert entry.stored_at == self.kept.get(key)
            assert len(self.queries.files([entry])[entry.number]) == (key in self.kept)

    def teardown(self):
        if hasattr(self, "catalogue"):
            self.catalogue.close()
            self.directory.cleanup()


Histories.TestCase.settings = settings(max_examples=15, stateful_step_count=30, deadline=None)
TestHistories = Histories.TestCase
