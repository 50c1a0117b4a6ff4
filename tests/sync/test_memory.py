from datetime import UTC, datetime, timedelta

import pytest

from bipro_sync.archive import Layout
from bipro_sync.errors import StorageError
from bipro_sync.model.kinds import Kind
from bipro_sync.sync.memory import MissingRight, RunMemory, remember, remembered


NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def missing(kind, since=NOW):
    return MissingRight(kind=kind, right="a right", since=since)


def after(memory, *, rights=(), delivered=(), list_remarks=(), skew=None, numbers=None, now=NOW):
    return memory.after(
        skew=skew,
        missing=rights,
        delivered=delivered,
        list_remarks=list_remarks,
        numbers=numbers or {},
        outcome="ok",
        now=now,
    )


def test_what_is_remembered_is_read_back(tmp_path):
    layout = Layout(tmp_path)
    assert remembered(layout, "muster") == RunMemory()
    memory = RunMemory(
        clock_skew=-1.5, clock_seen_at=NOW, missing_rights=(missing(Kind.MAIL), missing(None)), list_remarks=("odd",)
    )
    remember(layout, "muster", memory)
    assert remembered(layout, "muster") == memory
    assert remembered(layout, "other") == RunMemory()


def test_a_file_that_is_garbage_is_an_error_that_names_it(tmp_path):
    layout = Layout(tmp_path)
    remember(layout, "muster", RunMemory())
    path = layout.state / "runs" / "muster.json"
    path.write_text("{")
    with pytest.raises(StorageError, match=str(path)):
        remembered(layout, "muster")


def test_a_right_is_missing_since_it_was_first_missed():
    memory = after(RunMemory(), rights=[missing(Kind.MAIL)])
    later = after(memory, rights=[missing(Kind.MAIL, NOW + timedelta(days=1))])
    assert later.missing_rights == (missing(Kind.MAIL),)


def test_a_delivery_of_its_kind_ends_it_and_nothing_else_does():
    memory = after(RunMemory(), rights=[missing(Kind.MAIL), missing(Kind.CLAIMS)])
    assert after(memory).missing_rights == memory.missing_rights
    assert after(memory, delivered={Kind.MAIL}).missing_rights == (missing(Kind.CLAIMS),)


def test_a_list_ends_the_missing_right_to_list():
    memory = after(RunMemory(), rights=[missing(None)], list_remarks=None)
    assert after(memory, list_remarks=None).missing_rights == (missing(None),)
    assert after(memory).missing_rights == ()


def test_what_is_odd_about_lists_is_that_of_the_last_run_that_got_one():
    memory = after(RunMemory(), list_remarks=["schema: line 1"])
    assert after(memory, list_remarks=None).list_remarks == ("schema: line 1",)
    assert after(memory).list_remarks == ()


def test_a_run_without_an_answer_leaves_the_clock_as_it_was_seen():
    memory = after(RunMemory(), skew=3.0)
    assert (memory.clock_skew, memory.clock_seen_at) == (3.0, NOW)
    assert after(memory, now=NOW + timedelta(days=1)) == memory


def test_what_came_for_a_broker_number_is_added_to_what_came_before():
    later = NOW + timedelta(days=1)
    first = after(RunMemory(), numbers={"4711": {Kind.MAIL, Kind.CLAIMS}})
    second = after(first, numbers={"4711": {Kind.MAIL}, "0815": {Kind.MAIL}}, now=later)
    assert second.numbers == {"4711": {Kind.MAIL: later, Kind.CLAIMS: NOW}, "0815": {Kind.MAIL: later}}
    assert second.first_run_at == NOW
