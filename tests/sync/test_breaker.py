import re
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bipro_sync.archive import Layout
from bipro_sync.audit import AuditLog, Session, read
from bipro_sync.errors import BreakerOpenError, StorageError
from bipro_sync.model.ports import CallIntent, CallOutcome, LoginVerdict, Operation, Outcome
from bipro_sync.model.secret import Secret
from bipro_sync.sync.breaker import Breaker


REFUSED, ACCEPTED = LoginVerdict.REFUSED, LoginVerdict.ACCEPTED
TEMPORARY, NOT_SENT, UNKNOWN = LoginVerdict.TEMPORARY, LoginVerdict.NOT_SENT, LoginVerdict.UNKNOWN

SESSION = Session("run-1", "schedule", None, None, None, None, "tester", "bipro-sync test")
INTENT = CallIntent("muster", "muster", "410", Operation.ISSUE, "auth", "https://sts.example", None, "0" * 64)
TO_THE_HUB = CallIntent("muster", "muster", "hub", Operation.HUB, "auth", "https://hub.example", None, "0" * 64)
LIST = CallIntent("muster", "muster", "430", Operation.LIST, "list", "https://transfer.example", None, "0" * 64)

SAID = {
    REFUSED: Outcome.REFUSED,
    ACCEPTED: Outcome.OK,
    TEMPORARY: Outcome.FAULT,
    NOT_SENT: Outcome.NOT_SENT,
    UNKNOWN: Outcome.UNKNOWN,
}


class Door:
    """One account's breaker in an archive of its own, opened anew by each process that `restart` stands for."""

    def __init__(self, root, clock):
        self.layout = Layout(root)
        self.layout.prepare()
        self.clock = clock
        self.log = None
        self.user = "MAKLER-0815"
        self.restart()

    def restart(self):
        if self.log:
            self.log.close()
        self.log = AuditLog(self.layout.audit, session=SESSION, clock=self.clock, reserve_bytes=4096)
        self.breaker = Breaker(self.layout, "muster", insurer="muster", log=self.log, clock=self.clock)

    def login(self, password, verdict, *, intent=INTENT):
        """Does what a login does, in its order; a verdict of None is a process that died."""
        self.attempt(password, hub=intent is TO_THE_HUB)
        call = self.log.intent(intent)
        if verdict is None:
            self.restart()
            return
        self.log.outcome(call, CallOutcome(SAID[verdict], 1))
        self.breaker.conclude(verdict, "as the insurer said.")

    def attempt(self, password, *, hub=False):
        self.breaker.attempt("hub" if hub else self.user, Secret(password), hub=hub)

    def refuses(self, password):
        with pytest.raises(BreakerOpenError) as refused:
            self.attempt(password)
        return refused.value

    @property
    def file(self):
        return self.layout.breakers / "muster.json"

    def lose_the_file(self):
        self.file.unlink(missing_ok=True)

    def keep_a_copy(self):
        if self.file.exists():
            shutil.copy(self.file, self.layout.root / "copy.json")

    def put_the_copy_back(self):
        if (self.layout.root / "copy.json").exists():
            shutil.copy(self.layout.root / "copy.json", self.file)


@pytest.fixture
def door(tmp_path, clock):
    opened = Door(tmp_path, clock)
    yield opened
    opened.log.close()


def test_a_refused_credential_is_never_tried_again(door, clock):
    door.login("wrong", REFUSED)
    clock.advance(days=4000)
    for _ in range(2):
        error = door.refuses("wrong")
        assert (error.exit_code, error.retry.value) == (12, "forbidden")
        assert "this credential was refused at 2026-03-02 08:00 UTC" in error.message
        assert "bipro-sync insurers unblock muster" in error.hint
        door.restart()


def test_after_two_refusals_no_credential_is_tried(door):
    door.login("wrong", REFUSED)
    door.login("wrong too", REFUSED)
    assert "a third could lock the account" in door.refuses("right").message
    door.restart()
    assert "a third could lock the account" in door.refuses("right").message
    assert door.breaker.state().strikes == 2


def test_the_right_credential_after_a_wrong_one_works_and_resets(door):
    door.login("wrong", REFUSED)
    door.login("right", ACCEPTED)
    assert door.breaker.state().strikes == 0
    door.login("wrong too", REFUSED)
    door.login("right", ACCEPTED)


@pytest.mark.parametrize("verdict", [TEMPORARY, NOT_SENT])
def test_what_is_temporary_or_was_not_sent_is_no_strike(door, verdict):
    for _ in range(5):
        door.login("right", verdict)
    assert door.breaker.state().strikes == 0


@pytest.mark.parametrize("verdict", [UNKNOWN, None])
def test_a_login_nobody_saw_the_end_of_waits_a_quarter_of_an_hour_and_is_repeated_once(door, clock, verdict):
    door.login("right", verdict)
    clock.advance(minutes=15, microseconds=-1)
    assert "never answered; it may have counted, so none follows within 15 minutes" in door.refuses("right").message
    assert "never answered" in door.refuses("another").message
    clock.advance(microseconds=1)
    door.login("right", verdict)
    clock.advance(days=1)
    assert "a third could lock the account" in door.refuses("right").message


def test_an_operator_opens_the_way_and_it_is_written_down(door):
    door.login("wrong", REFUSED)
    door.login("wrong too", REFUSED)
    assert door.breaker.unblock("the insurer confirmed the new password") is True
    assert door.breaker.unblock("once more") is False
    door.login("wrong", REFUSED)
    decision = next(record for record in read(door.layout.audit) if record.type == "operator.decision")
    assert (decision.outcome, decision.account) == ("unblock", "muster")
    assert decision.detail == "the insurer confirmed the new password"


@pytest.mark.parametrize("lost", [False, True])
def test_a_hub_and_the_insurer_count_together_and_forgive_each_for_itself(door, lost):
    door.login("wrong", REFUSED)
    door.login("key", ACCEPTED, intent=TO_THE_HUB)
    if lost:
        door.lose_the_file()
    assert "was refused" in door.refuses("wrong").message
    assert door.breaker.state().strikes == 1
    door.breaker.unblock("the log does not know which credential it was")
    for side in (TO_THE_HUB, INTENT):
        door.login("wrong", REFUSED, intent=side)
    assert "a third could lock the account" in door.refuses("right").message


def test_what_the_hub_refused_only_its_own_success_forgives(door):
    door.login("wrong key", REFUSED, intent=TO_THE_HUB)
    door.login("right", ACCEPTED)
    assert door.breaker.state().strikes == 1
    door.login("key", ACCEPTED, intent=TO_THE_HUB)
    assert door.breaker.state().strikes == 0


def test_a_user_who_is_called_hub_is_the_insurer_s_all_the_same(door):
    door.user = "hub"
    for password in ("wrong", "wrong too"):
        door.login("key", ACCEPTED, intent=TO_THE_HUB)
        door.login(password, REFUSED)
    assert "a third could lock the account" in door.refuses("right").message


@pytest.mark.parametrize("lost", [False, True])
def test_a_transfer_call_that_the_insurer_refuses_for_its_certificate_is_a_refused_login(door, lost):
    door.attempt("certificate")
    door.log.outcome(door.log.intent(LIST), CallOutcome(Outcome.REFUSED, 1))
    door.restart()
    if lost:
        door.lose_the_file()
    assert "was refused" in door.refuses("certificate").message
    assert door.breaker.state().strikes == 1


def test_a_refusal_that_was_concluded_before_its_outcome_was_written_counts_once(door):
    call = door.log.intent(LIST)
    door.attempt("certificate")
    door.breaker.conclude(REFUSED, "the certificate was revoked.")
    door.log.outcome(call, CallOutcome(Outcome.REFUSED, 1))
    assert door.breaker.state().strikes == 1
    door.lose_the_file()
    assert door.breaker.state().strikes == 1


def test_who_unlocks_the_account_is_named(door, clock):
    door.login("wrong", REFUSED)
    breaker = Breaker(
        door.layout, "muster", insurer="muster", log=door.log, clock=clock, unlock_contact="The portal's administrator."
    )
    with pytest.raises(BreakerOpenError) as refused:
        breaker.attempt("MAKLER-0815", Secret("wrong"), hub=False)
    assert refused.value.hint.endswith("Who unlocks it: The portal's administrator.")


def test_where_the_file_is_lost_the_audit_log_stands_in_for_it(door):
    door.login("wrong", REFUSED)
    door.lose_the_file()
    door.restart()
    assert "was refused" in door.refuses("wrong").message
    assert "was refused" in door.refuses("another").message, "the log does not know which credential it was"
    door.breaker.unblock("checked by telephone")
    door.lose_the_file()
    door.login("another", REFUSED)


def test_another_accounts_refusals_are_its_own(door, clock):
    door.login("wrong", REFUSED)
    door.lose_the_file()
    other = Breaker(door.layout, "other", insurer="muster", log=door.log, clock=clock)
    assert other.state().strikes == 0


def test_a_file_that_cannot_be_read_lets_no_login_through(door):
    path = door.layout.breakers / "muster.json"
    path.write_bytes(b'{"account": "muster", "strikes": ')
    with pytest.raises(StorageError, match=re.escape(str(path))):
        door.attempt("right")


def test_the_file_does_not_give_the_password_away(door):
    door.login("erfunden-und-geheim", REFUSED)
    text = (door.layout.breakers / "muster.json").read_text()
    assert "erfunden" not in text
    assert "MAKLER" not in text
    assert (door.layout.breakers / "muster.json").stat().st_mode & 0o777 == 0o600


class Moment:
    def __init__(self):
        self.moment = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def now(self):
        return self.moment

    def monotonic(self):
        return 0.0


WAYS_TO_END = st.sampled_from(["answered", "answer lost", "died before the answer", "died after it", "died in between"])
STEPS = st.one_of(
    st.tuples(st.just("login"), st.sampled_from(["right", "wrong", "wrong too", "wrong as well"]), WAYS_TO_END),
    st.tuples(st.just("login"), st.sampled_from(["right", "wrong"]), st.sampled_from(["temporary", "not sent"])),
    st.tuples(st.just("hub"), st.sampled_from(["right", "wrong"]), WAYS_TO_END),
    st.tuples(st.just("wait"), st.integers(1, 40)),
    st.tuples(st.just("lose the file")),
    st.tuples(st.just("keep a copy")),
    st.tuples(st.just("put the copy back")),
    st.tuples(st.just("unblock")),
)


class Account:
    """The insurer's side: it counts wrong passwords, whoever hears of it."""

    def __init__(self):
        self.wrong = 0
        self.refused = set()

    def login(self, password, *, heard):
        if password == "right":
            self.wrong = 0
            return ACCEPTED
        self.wrong += 1
        assert self.wrong < 3, "the insurer locks the account"
        assert password not in self.refused, "a refused credential was sent again"
        if heard:
            self.refused.add(password)
        return REFUSED


HEARD = {"answered", "died in between", "died after it"}
"""Endings after which the outcome stands in the audit log."""

LOGIN = ("login", "wrong", "died in between")
THE_HUB_SAYS_YES = [("login", "wrong", "answered"), ("hub", "right", "answered"), ("login", "wrong", "answered")]
REFUSED_AND_RESTORED = [
    ("login", "right", "answered"),
    ("keep a copy",),
    ("login", "wrong", "answered"),
    ("put the copy back",),
    ("login", "wrong", "answered"),
]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(steps=[LOGIN, ("lose the file",), ("login", "wrong too", "answered"), ("login", "wrong as well", "answered")])
@example(steps=[LOGIN, ("wait", 40), LOGIN, ("wait", 40), ("lose the file",), ("login", "wrong too", "answered")])
@example(steps=REFUSED_AND_RESTORED)
@example(steps=THE_HUB_SAYS_YES)
@given(steps=st.lists(STEPS, min_size=3, max_size=10))
def test_no_history_brings_a_third_bad_login_to_the_insurer(steps):
    memory = Path("/dev/shm")  # durability is others' subject, and fsync on a disk takes its time
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as root:
        door, account, hub = Door(Path(root), Moment()), Account(), Account()
        for name, *arguments in steps:
            match name:
                case "wait":
                    door.clock.moment += timedelta(minutes=arguments[0])
                case "lose the file":
                    door.lose_the_file()
                case "keep a copy":
                    door.keep_a_copy()
                case "put the copy back":
                    door.put_the_copy_back()
                case "unblock":
                    door.breaker.unblock("the insurer has reset the account")
                    account, hub = Account(), Account()
                case "login":
                    log_in(door, account, *arguments)
                case "hub":
                    log_in(door, hub, *arguments, intent=TO_THE_HUB)
        door.log.close()


def log_in(door, account, password, ending, *, intent=INTENT):
    try:
        door.attempt(password, hub=intent is TO_THE_HUB)
    except BreakerOpenError:
        return
    call = door.log.intent(intent)
    if ending in {"temporary", "not sent"}:
        verdict = TEMPORARY if ending == "temporary" else NOT_SENT
    else:
        verdict = account.login(password, heard=ending in HEARD)
        if verdict is ACCEPTED and ending in HEARD:
            account.refused.clear()
        if ending == "answer lost":
            verdict = UNKNOWN
    if ending != "died before the answer":
        door.log.outcome(call, CallOutcome(SAID[verdict], 1))
        if ending != "died in between":
            door.breaker.conclude(verdict, "as the insurer said.")
    if ending.startswith("died"):
        door.restart()
