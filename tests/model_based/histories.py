"""Histories of one office and its insurer: what may happen, in whatever order, and what must be true all the while."""

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bipro_sync.model.states import TROUBLE, ShipmentState

from ..conftest import PASSWORD
from .insurer import FAULTS, ODD, OTHER, OURS, USUAL, Mailbox, Offer
from .logins import Logins
from .promises import Archive


S = ShipmentState

ENOUGH = 6
"""Runs after which nothing must be left to do, where nobody disturbs them any more."""

passwords = st.sampled_from([PASSWORD, PASSWORD, "falsch", "auch falsch", "wieder falsch"])
distances = st.sampled_from([{"minutes": 4}, {"minutes": 14}, {"minutes": 16}, {"hours": 20}, {"days": 9}])
misbehaviours = st.lists(
    st.tuples(
        st.sampled_from([(on, do, more) for on, actions in FAULTS.items() for do, more in actions]),
        st.sampled_from([1, 1, 2, 3]),
        st.sampled_from([1, 1, 0]),
    ).map(lambda drawn: (*drawn[0][:2], drawn[0][2] | {"nth": drawn[1], "times": drawn[2]})),
    min_size=1,
    max_size=2,
)
steps = st.integers(1, 500) | st.integers(1, 1500)


class Histories(RuleBasedStateMachine):
    """
    An office with an archive of its own, run after run, each a process; *happened* counts what is to be seen of them.

    What the insurer saw stands in its own log, which is believed; of a run only its exit code is.
    """

    def __init__(self, office, runs, happened):
        super().__init__()
        self.office, self.runs, self.happened = office, runs, happened
        self.now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
        self.section = {"acknowledge": "auto", "workers": 1, "deliveries": {}, "broker_numbers": [OURS]}
        self.mailbox, self.archive, self.logins = Mailbox(), Archive(office), Logins()
        self.password = PASSWORD
        self.posted = self.calls = 0
        self.opened = None
        self.gone, self.states, self.missed, self.last_days = set(), {}, Counter(), {}
        self.insurer_opens()

    def insurer_opens(self, faults=()):
        """Starts the insurer anew, unless it is the same, has seen no misbehaviour and has today's date."""
        wanted = repr((self.mailbox, self.section, self.now.date(), faults))
        if faults or wanted != self.opened:
            self.office.opens(self.mailbox.scenario(self.now, faults), **self.section)
        self.opened = wanted

    @initialize(faults=misbehaviours, step=steps)
    def the_first_run_is_killed(self, faults, step):
        for files in (1, 2):
            self.the_insurer_posts_something_maybe_under_a_used_id(
                again=False, which=0, files=files, category=USUAL, days=None, wrong=None
            )
        self.pull(faults, killed_at=step)

    @rule(
        again=st.booleans(),
        which=st.integers(0, 9),
        files=st.integers(0, 2),
        category=st.sampled_from([USUAL, USUAL, OTHER]),
        days=st.sampled_from([None, None, 1, 30]),
        wrong=st.sampled_from([None, None, None, "count", "checksum", "broker"]),
    )
    def the_insurer_posts_something_maybe_under_a_used_id(self, *, again, which, files, category, days, wrong):
        self.posted += 1
        used = list(self.mailbox.offers)
        name = used[which % len(used)] if again and used else f"{self.posted}{ODD[which % len(ODD)]}"
        texts = tuple(f"Brief {file} von {self.posted}" for file in range(files))
        until = (self.now + timedelta(days=days)).date() if days else None
        self.mailbox.offers[name] = Offer(name, self.posted, texts, category, until, wrong)
        self.last_days.setdefault(name, []).append(until)

    @precondition(lambda self: self.mailbox.offers)
    @rule(which=st.integers(0, 9))
    def the_insurer_takes_something_away(self, which):
        del self.mailbox.offers[list(self.mailbox.offers)[which % len(self.mailbox.offers)]]

    @rule(limit=st.sampled_from([0, 0, 1, 2]), relists=st.booleans(), answer=st.sampled_from(["04003", "04004", "ok"]))
    def the_insurer_cuts_lists_or_lists_again_what_was_acknowledged(self, limit, relists, answer):
        self.mailbox.list_limit, self.mailbox.relists, self.mailbox.repeated_ack = limit, relists, answer

    @rule(password=passwords)
    def the_operator_stores_a_password(self, password):
        self.password = password
        self.office.password(password)

    @precondition(lambda self: self.logins.strikes)
    @rule()
    def the_operator_unblocks(self):
        self.runs.unblock(self.office.config, self.now)
        self.logins.unblocked()

    @rule(acknowledge=st.sampled_from(["auto", "manual", None]), workers=st.integers(1, 4), leaves=st.booleans())
    def the_operator_changes_the_configuration(self, acknowledge, workers, leaves):
        rules = {OTHER[:3]: "leave"} if leaves else {}
        self.section |= {"acknowledge": acknowledge, "workers": workers, "deliveries": rules}

    @precondition(lambda self: self.logins.strikes)
    @rule()
    def the_breaker_s_file_is_lost(self):
        (self.office.archive / "state" / "breakers" / "muster.json").unlink(missing_ok=True)
        self.logins.nameless()

    @rule(distance=distances)
    def time_passes(self, distance):
        self.now += timedelta(**distance)

    @rule(retry=st.booleans(), acknowledge=st.sampled_from([True, True, False]))
    def a_run_goes_through(self, retry, acknowledge):
        self.pull(retry_failed=retry, acknowledge=acknowledge)

    @rule(faults=misbehaviours, retry=st.booleans())
    def a_run_meets_misbehaviour(self, faults, retry):
        self.pull(faults, retry_failed=retry)

    @rule(faults=misbehaviours)
    def another_run_does(self, faults):
        self.pull(faults)

    @rule(faults=st.just([]) | misbehaviours, step=steps)
    def a_run_is_killed(self, faults, step):
        self.pull(faults, killed_at=step)

    def pull(self, faults=(), **options):
        """Lets a run go as it may, looks at everything after it, and returns the shipments that went on."""
        self.now += timedelta(seconds=1)
        self.insurer_opens(faults)
        forbidden = self.logins.objection(self.password, self.now)
        result = self.runs.pull(self.office.config, self.now, **options)
        calls = self.office.calls()[self.calls :]
        self.calls += len(calls)
        self.logins_were_allowed(calls, forbidden, killed=result is None)
        self.nothing_is_lost(calls)
        lists = [call["listed"] for call in calls if "listed" in call and "truncate" not in call["fired"]]
        steps = self.archive.new_steps()
        self.absence_was_seen(lists, steps)
        if result is None:
            self.happened["killed"] += 1
        else:
            self.archive.is_in_order()
            self.the_exit_code_fits(result["exit_code"], lists, steps)
        self.happened["misbehaved"] += sum(bool(call["fired"]) for call in calls)
        self.happened["acknowledged"] += sum("acknowledged" in call["effects"] for call in calls)
        return steps.keys()

    def logins_were_allowed(self, calls, forbidden, *, killed):
        said = [each for each in self.office.records() if each.get("operation") == "RequestSecurityToken"]
        unheard = killed and said and said[-1]["type"] == "call.intent"
        sent = [call for call in calls if call["operation"] == "login"]
        for call in calls:
            if call["operation"] == "login":
                self.logins.sent(call, self.password, self.now, heard=not (unheard and call is sent[-1]))
            elif {"00961", "00964"} & set(call["codes"]) and not killed:
                self.logins.refused(self.password, self.now)
        if not killed and not self.logins.doubtful:
            assert bool(sent) is not bool(forbidden), forbidden
        self.logins.doubtful = self.logins.doubtful or killed

    def nothing_is_lost(self, calls):
        self.archive.has_changed_nothing_it_had()
        self.archive.has_told_of_every_call()
        stored = self.archive.kept("shipments")
        for call in calls:
            if call["operation"] == "acknowledgeShipment":
                offer = self.mailbox.offers.get(call["shipment"])
                assert any(each.holds(offer) if offer else each.id == call["shipment"] for each in stored), call
            if {"acknowledged", "vanished"} & set(call["effects"]):
                self.gone.add(call["shipment"])

    def absence_was_seen(self, lists, steps):
        listed = {each for found in lists for each in found}
        for each, taken in steps.items():
            self.states[each] = taken[-1].new
            if any(step.new is S.VANISHED for step in taken):
                assert lists, "nothing is concluded without a list"
                assert each not in listed
                over = any(until and until < self.now.date() for until in self.last_days[each])
                assert self.missed[each] or over, "one list alone proves nothing before the last day"
            if any((step.old, step.new) == (S.ACK_UNKNOWN, S.ACKNOWLEDGED) for step in taken):
                assert lists, "nothing is concluded without a list"
                assert each not in listed
        if lists:
            self.missed = Counter({each: self.missed[each] + 1 for each in self.states if each not in listed})

    def the_exit_code_fits(self, code, lists, steps):
        troubled = [each for each, taken in steps.items() if taken[-1].new in TROUBLE]
        assert code in ({3, 12, 13} if troubled else {0, 12, 13}), (code, troubled)
        if not lists or self.logins.strikes:
            assert code in {12, 13}

    def teardown(self):
        if sys.exc_info()[0] is None:
            self.everything_settles()

    def everything_settles(self):
        """Where nobody disturbs them any more, a few runs bring everything to its end, and one more changes nothing."""
        self.mailbox = Mailbox(self.mailbox.offers)
        self.section |= {"acknowledge": "auto", "deliveries": {}}
        self.the_operator_stores_a_password(PASSWORD)
        self.the_operator_unblocks()
        quiet = 0
        for _ in range(ENOUGH):
            self.now += timedelta(days=2)
            late = {each.id for each in self.mailbox.offers.values() if each.until and each.until < self.now.date()}
            quiet = 0 if self.pull(retry_failed=True) - late else quiet + 1
            # The first list without a shipment changes nothing that shows; the second says that it has vanished.
            if quiet == 2:
                break
        before, calls = self.office.stored(), self.calls
        assert not self.pull() - late, "there is always something left to do"
        assert self.office.stored() == before
        seen = [call["operation"] for call in self.office.calls()[calls:] if call.get("shipment") not in late]
        assert seen == ["login", "listShipments"]
        left = {self.states[each] for each in self.mailbox.offers.keys() - self.gone - late}
        assert left <= {S.QUARANTINED, S.CONFLICT, S.ACK_REFUSED}, "only what needs a person stays at the insurer"
