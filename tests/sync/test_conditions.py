from datetime import UTC, date, datetime, timedelta

import pytest

from bipro_sync.archive import LastBackup
from bipro_sync.audit.anchoring import Anchoring
from bipro_sync.catalog import GdvSummary, InsurerSummary
from bipro_sync.config import AuditSection, Expected, parse_duration
from bipro_sync.model.condition import Level, Matter
from bipro_sync.model.kinds import Kind
from bipro_sync.model.states import ShipmentState
from bipro_sync.model.working_days import WorkingDays
from bipro_sync.sync.conditions import conditions_of
from bipro_sync.sync.memory import MissingRight, RunMemory
from bipro_sync.sync.overview import InsurerView, Overview
from bipro_sync.sync.silence import Cadence, Reach


NOW = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WELL = {"last_attempt_at": NOW, "last_success_at": NOW, "last_outcome": "ok"}


@pytest.fixture
def found(tmp_path):
    """What somebody should be told of one insurer, as (matter, level) pairs."""

    def _found(
        *,
        max_age=None,
        schedule="15 6,12,18 * * mon-fri",
        problems=(),
        in_service=True,
        silent=(),
        ending=(),
        since=None,
        memory=None,
        backed_up=False,
        backup_days=None,
        **summary,
    ):
        view = InsurerView(
            summary=InsurerSummary("muster", **(WELL | summary)),
            memory=memory or RunMemory(first_run_at=NOW - 30 * DAY),
            suspended=None,
            in_service=in_service,
            expected=Expected(kinds={}, numbers={}, days=WorkingDays("DE"), contract_end=None, schedule=schedule),
            cadences=tuple(silent),
            ending=ending,
            quarantined_since=since,
            gdv=GdvSummary(),
            problems=tuple(problems),
        )
        anchoring = Anchoring.of(AuditSection(), tmp_path)
        at = None if backup_days is None else NOW - backup_days * DAY
        last = at and LastBackup(at=at, name="B", directory="/mnt/backup", target="T", records=1)
        seen = Overview(now=NOW, insurers=(view,), anchoring=anchoring, backed_up=backed_up, last_backup=last)
        return [(each.matter, each.level) for each in conditions_of(seen, max_age=max_age and parse_duration(max_age))]

    return _found


def silence(why, *, grave=False):
    length = parse_duration("3 working days")
    return Cadence(kind=Kind.MAIL, number=None, expected=length, last_delivery_at=None, why=why, grave=grave)


def test_where_all_is_well_there_is_nothing_to_tell(found):
    assert found() == []


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ({"last_attempt_at": None, "last_success_at": None, "last_outcome": None}, (Matter.NEVER_RAN, Level.WARNING)),
        ({"last_attempt_at": NOW - 5 * DAY}, (Matter.NOT_RUNNING, Level.CRITICAL)),
        ({"last_outcome": "login-refused"}, (Matter.REFUSED, Level.CRITICAL)),
        ({"last_outcome": "unreachable", "last_success_at": NOW - 2 * DAY}, (Matter.UNREACHABLE, Level.WARNING)),
        ({"last_outcome": "protocol", "last_success_at": NOW - 4 * DAY}, (Matter.UNREACHABLE, Level.CRITICAL)),
        ({"last_outcome": "disk-full", "last_success_at": NOW - DAY / 4}, (Matter.FAILING, Level.WARNING)),
        ({"last_outcome": "died", "last_success_at": NOW - 4 * DAY}, (Matter.FAILING, Level.CRITICAL)),
    ],
)
def test_each_trouble_of_its_runs_is_a_thing_of_its_own(found, summary, expected):
    assert found(**summary) == [expected]


@pytest.mark.parametrize("outcome", ["unreachable", "temporary", "interrupted", "busy"])
def test_what_the_next_run_may_mend_is_not_told_within_a_day(found, outcome):
    assert found(last_outcome=outcome, last_success_at=NOW - DAY / 4) == []


@pytest.mark.parametrize(
    ("schedule", "late"),
    [("15 6,12,18 * * mon-fri", True), ("0 7 * * mon", False), ("0 7 1 * *", True), ("0 7 15 * *", False)],
)
def test_whether_a_run_is_late_is_the_schedule_s_to_say(found, schedule, late):
    last = datetime(2026, 2, 28, 12, 0, tzinfo=UTC) if "mon" not in schedule else NOW - 4 * DAY
    told = found(schedule=schedule, last_attempt_at=last, last_success_at=last)
    assert told == ([(Matter.NOT_RUNNING, Level.CRITICAL)] if late else [])


def test_a_silence_is_told_unless_its_runs_explain_it(found):
    assert found(silent=[silence(Reach.REACHABLE)]) == [(Matter.SILENCE, Level.WARNING)]
    assert found(silent=[silence(Reach.REACHABLE, grave=True)]) == [(Matter.SILENCE, Level.CRITICAL)]
    assert found(silent=[silence(None)]) == []
    assert found(silent=[silence(Reach.REFUSED)], last_outcome="login-refused") == [(Matter.REFUSED, Level.CRITICAL)]
    assert found(silent=[silence(Reach.REFUSED)]) == [(Matter.SILENCE, Level.WARNING)]


def test_a_suspended_insurer_owes_nothing_but_what_lies_here_still_wants_somebody(found):
    states = {ShipmentState.QUARANTINED: 2}
    assert found(in_service=False, last_attempt_at=NOW - 90 * DAY) == []
    assert found(in_service=False, states=states, since=NOW) == [(Matter.QUARANTINE, Level.WARNING)]


def test_shipments_that_want_somebody_are_counted_by_what_they_want(found):
    states = {
        ShipmentState.QUARANTINED: 2,
        ShipmentState.CONFLICT: 1,
        ShipmentState.ACK_REFUSED: 1,
        ShipmentState.ACKNOWLEDGED: 9,
    }
    told = found(states=states, since=NOW)
    assert [matter for matter, _ in told] == [Matter.QUARANTINE, Matter.CONFLICT, Matter.ACK_REFUSED]


def test_what_is_under_way_leaves_the_verdict_to_the_run_before(found):
    refused = RunMemory(first_run_at=NOW - 30 * DAY, last_outcome="login-refused")
    assert found(memory=refused, last_outcome="running") == [(Matter.REFUSED, Level.CRITICAL)]
    assert found(last_outcome="running", last_success_at=None) == []


class Ending:
    """A shipment whose last day is near."""

    id = "A"

    def __init__(self, until):
        self.until = until

    def is_over(self, today):
        return self.until < today


def test_what_ends_tomorrow_is_critical(found):
    assert found(ending=[Ending(date(2026, 3, 7))]) == [(Matter.ENDING, Level.CRITICAL)]
    assert found(ending=[Ending(date(2026, 3, 8))]) == [(Matter.ENDING, Level.WARNING)]


def test_a_missing_right_and_a_broken_section_are_told(found):
    missing = MissingRight(kind=Kind.MAIL, right="archive", since=NOW)
    memory = RunMemory(first_run_at=NOW, missing_rights=(missing,))
    assert found(memory=memory) == [(Matter.MISSING_RIGHT, Level.WARNING)]
    assert found(problems=["odd"], last_attempt_at=None) == [(Matter.CONFIGURATION, Level.CRITICAL)]


def test_how_old_a_success_may_be_can_be_said(found):
    assert found(max_age="1 hour", last_success_at=NOW - DAY / 4) == [(Matter.NOT_RUNNING, Level.CRITICAL)]
    assert found(max_age="8 hours", last_success_at=NOW - DAY / 4) == []


@pytest.mark.parametrize(
    ("backed_up", "days", "expected"),
    [
        (False, None, []),
        (False, 30, []),
        (True, None, [(Matter.BACKUP, Level.WARNING)]),
        (True, 2, []),
        (True, 4, [(Matter.BACKUP, Level.WARNING)]),
        (True, 11, [(Matter.BACKUP, Level.CRITICAL)]),
    ],
)
def test_an_archive_that_is_to_be_backed_up_and_is_not_wants_somebody(found, backed_up, days, expected):
    assert found(backed_up=backed_up, backup_days=days) == expected
