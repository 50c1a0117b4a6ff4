from datetime import UTC, datetime

from .conftest import TestClock
from .gdv_mail import LIABILITY, LIABILITY_2, MOTOR, dearer, gdv_shipment, history, portfolio, states
from .test_pruning import prune


LONG_AGO = datetime(2018, 3, 1, 8, 0, tzinfo=UTC)
LATELY = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


def delivered(office, at, *shipments, **section):
    office.opens(*shipments, **section)
    result = office.pull_at(TestClock(at))
    assert not result.errors
    return result


def left_of(office, word):
    return [
        path for path in office.archive.rglob("*") if path.is_file() and word.encode("latin-1") in path.read_bytes()
    ]


def test_what_only_the_erased_shipment_told_is_forgotten_to_the_last_byte(office):
    delivered(office, LONG_AGO, gdv_shipment(office, "A", portfolio(LIABILITY, MOTOR)))
    assert left_of(office, MOTOR.town)
    prune(office)
    assert states(office, "contract", "partner", latest=False) == []
    for word in (MOTOR.number, MOTOR.town, LIABILITY.number):
        assert left_of(office, word) == []


def test_what_a_later_portfolio_has_too_begins_with_that_and_what_changed_before_it_is_forgotten(office):
    delivered(office, LONG_AGO, gdv_shipment(office, "A", portfolio(LIABILITY, LIABILITY_2, MOTOR)))
    delivered(office, LATELY, gdv_shipment(office, "B", portfolio(LIABILITY, dearer(MOTOR)), day=2))
    assert history(office, LIABILITY) == [("A", None, "8940")]
    prune(office)
    assert history(office, LIABILITY) == [("B", None, "8940")]
    assert history(office, MOTOR) == [("B", None, "48375")]
    assert history(office, LIABILITY_2) == []
    (state,) = states(office, policy=LIABILITY.number)
    assert (state.since.path is not None, state.records) == (True, ()), "where in that file, nobody has noted"


def test_changes_do_not_vouch_for_what_they_do_not_have(office):
    delivered(office, LONG_AGO, gdv_shipment(office, "A", portfolio(LIABILITY, MOTOR)))
    delivered(office, LATELY, gdv_shipment(office, "B", portfolio(dearer(MOTOR)), day=2, category="999010020"))
    prune(office)
    assert history(office, LIABILITY) == []
    assert history(office, MOTOR) == [("B", None, "48375")]
    assert left_of(office, LIABILITY.number) == []


def test_remarks_and_alarms_go_with_the_shipment(office):
    foreign = portfolio(LIABILITY).replace(b"ERF-4711", b"ERF-9999")
    result = delivered(office, LONG_AGO, gdv_shipment(office, "A", foreign), broker_numbers=["ERF-4711"])
    assert result.gdv.foreign == 1
    prune(office)
    (insurer,) = office.ask("status")[1]["insurers"]
    assert insurer["gdv"] == {"waiting": 0, "unreadable": 0, "foreign": 0}
