from itertools import permutations

import pytest

from .gdv_mail import (
    HOME,
    HOUSE,
    LIABILITY,
    LIABILITY_2,
    MAKER,
    MOTOR,
    dearer,
    gdv_shipment,
    history,
    portfolio,
    rows_in,
    states,
    zipped,
)


CHANGES = "999010020"


def deliver(office, *shipments, **section):
    office.opens(*shipments, **section)
    return office.pull()


def policies(office, *kinds):
    return sorted(each.policy for each in states(office, *kinds))


def test_a_pulled_portfolio_s_contracts_and_partners_are_in_the_catalogue_with_their_way_back(office):
    pulled = deliver(office, gdv_shipment(office, "A", portfolio(LIABILITY, MOTOR)))
    assert (pulled["exit_code"], pulled["remarks"]) == (0, [])
    assert pulled["gdv"] == {"indexed": 1, "new": 4, "unreadable": 0, "foreign": 0, "waiting": 0}
    assert policies(office) == policies(office, "partner") == [LIABILITY.number, MOTOR.number]
    (state,) = states(office, policy=MOTOR.number)
    assert (state.insurer, state.key, state.line, state.status) == (
        "muster",
        ("99999", MOTOR.number, "050"),
        "050",
        "1",
    )
    assert (state.since.shipment, str(state.since.place), state.until) == ("A", "file 1", None)
    file = next((office.archive / state.since.path).glob("*.gdv")).read_bytes().split(b"\r\n")
    assert [file[record - 1][:4] for record in state.records] == [b"0200", b"0200", b"0210", b"0220"]


def test_claims_and_commission_are_there_too(office):
    deliver(
        office,
        gdv_shipment(office, "C", MAKER.claims(), category="999030000"),
        gdv_shipment(office, "P", MAKER.commission(), category="999050000"),
    )
    assert policies(office, "claim") == [MOTOR.number] * 2
    assert policies(office, "commission") == sorted(each.number for each in MAKER.CONTRACTS)


def test_a_gdv_file_inside_a_zip_file_is_found_by_its_content(office):
    deliver(office, gdv_shipment(office, "A", zipped(b"%PDF-1.7", portfolio(MOTOR))))
    (state,) = states(office)
    assert str(state.since.place) == "file 1, entry 2"


def test_what_is_delivered_again_as_it_was_adds_no_row(office):
    deliver(office, gdv_shipment(office, "A", portfolio(LIABILITY, MOTOR)))
    again = deliver(office, gdv_shipment(office, "B", portfolio(LIABILITY, MOTOR), day=2))
    assert (again["gdv"]["indexed"], again["gdv"]["new"]) == (1, 0)
    assert history(office, MOTOR) == [("A", None, "48275")]


def test_what_has_changed_gets_a_state_of_its_own_and_the_one_before_stays(office):
    deliver(office, gdv_shipment(office, "A", portfolio(LIABILITY, MOTOR)))
    deliver(office, gdv_shipment(office, "B", portfolio(LIABILITY, dearer(MOTOR)), day=2))
    assert history(office, MOTOR) == [("A", "B", "48275"), ("B", None, "48375")]
    assert history(office, LIABILITY) == [("A", None, "8940")]


def test_what_a_whole_portfolio_has_no_more_has_ended_and_may_come_back(office):
    deliver(office, gdv_shipment(office, "A", portfolio(LIABILITY, LIABILITY_2)))
    deliver(office, gdv_shipment(office, "B", portfolio(LIABILITY), day=2))
    assert history(office, LIABILITY_2) == [("A", "B", "12900")]
    assert policies(office, "contract", "partner") == [LIABILITY.number] * 2
    deliver(office, gdv_shipment(office, "C", portfolio(LIABILITY, LIABILITY_2), day=3))
    assert history(office, LIABILITY_2) == [("A", "B", "12900"), ("C", None, "12900")]


def test_changes_end_nothing_that_they_do_not_have(office):
    deliver(office, gdv_shipment(office, "A", portfolio(LIABILITY, LIABILITY_2)))
    deliver(office, gdv_shipment(office, "B", portfolio(dearer(LIABILITY)), day=2, category=CHANGES))
    assert history(office, LIABILITY) == [("A", "B", "8940"), ("B", None, "9040")]
    assert history(office, LIABILITY_2) == [("A", None, "12900")]


def test_a_portfolio_without_a_line_says_nothing_of_that_line_nor_of_partners(office):
    deliver(office, gdv_shipment(office, "A", portfolio(LIABILITY, LIABILITY_2, MOTOR)))
    deliver(office, gdv_shipment(office, "B", portfolio(LIABILITY), day=2))
    assert policies(office) == [LIABILITY.number, MOTOR.number]
    assert policies(office, "partner") == [LIABILITY.number, LIABILITY_2.number, MOTOR.number]


def test_a_portfolio_of_another_broker_number_ends_nothing(office):
    deliver(office, gdv_shipment(office, "A", portfolio(LIABILITY, LIABILITY_2)))
    other = portfolio(LIABILITY).replace(b"ERF-4711", b"ERF-4712")
    deliver(office, gdv_shipment(office, "B", other, day=2))
    assert history(office, LIABILITY_2) == [("A", None, "12900")]


def test_several_files_of_one_shipment_are_one_portfolio(office):
    deliver(office, gdv_shipment(office, "A", portfolio(LIABILITY, LIABILITY_2)))
    deliver(office, gdv_shipment(office, "B", zipped(portfolio(LIABILITY), portfolio(LIABILITY_2)), day=2))
    assert history(office, LIABILITY_2) == [("A", None, "12900")]


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda data: data[: data.rindex(b"9999")],
        lambda data: data.replace(b"99990000000", b"99990000001"),
        lambda data: data + data[: data.index(b"0100")],
    ],
    ids=["no trailer", "another number of records", "a packet cut behind its header"],
)
def test_a_portfolio_of_which_something_is_missing_ends_nothing_and_says_so(office, spoilt):
    deliver(office, gdv_shipment(office, "A", portfolio(LIABILITY, LIABILITY_2)))
    data = spoilt(portfolio(LIABILITY))
    pulled = deliver(office, gdv_shipment(office, "B", data, day=2))
    assert (pulled["exit_code"], pulled["gdv"]["unreadable"]) == (0, 1)
    assert "not taken to be gone" in pulled["remarks"][0]
    assert history(office, LIABILITY_2) == [("A", None, "12900")]


def test_however_many_packets_are_cut_one_remark_says_so(office):
    data = portfolio(LIABILITY)
    header = data[: data.index(b"0100")]
    pulled = deliver(office, gdv_shipment(office, "A", data + 30 * (header + b"0200".ljust(256) + b"\r\n")))
    [remark] = pulled["remarks"]
    assert "packet 2 (like 29 more) lacks its header or trailer" in remark


def test_a_line_behind_the_trailer_takes_no_word_from_a_whole_portfolio(office):
    deliver(office, gdv_shipment(office, "A", portfolio(LIABILITY, LIABILITY_2)))
    pulled = deliver(office, gdv_shipment(office, "B", portfolio(LIABILITY) + b"end of transmission\r\n", day=2))
    assert pulled["remarks"] == []
    assert history(office, LIABILITY_2) == [("A", "B", "12900")]


ONE_AFTER_THE_OTHER = {
    "A": portfolio(LIABILITY, LIABILITY_2),
    "B": portfolio(dearer(LIABILITY), LIABILITY_2),
    "C": portfolio(LIABILITY),
    "D": portfolio(LIABILITY, LIABILITY_2),
}


def test_in_whatever_order_deliveries_come_the_rows_are_the_same(office):
    days = {name: number for number, name in enumerate(ONE_AFTER_THE_OTHER, start=1)}
    mail = {name: gdv_shipment(office, name, data, day=days[name]) for name, data in ONE_AFTER_THE_OTHER.items()}
    expected = None
    for order in list(permutations(mail))[::5]:
        office.archive = office.root / "-".join(order)
        for name in order:
            pulled = deliver(office, mail[name], acknowledge="manual")
            assert pulled["gdv"]["indexed"] >= 1, pulled
        found = rows_in(office.archive / "catalog.db")
        assert found == (expected or found), order
        expected = found
    assert history(office, LIABILITY) == [("A", "B", "8940"), ("B", "C", "9040"), ("C", None, "8940")]
    assert history(office, LIABILITY_2) == [("A", "C", "12900"), ("D", None, "12900")]


def test_what_cannot_be_read_is_archived_and_acknowledged_and_said(office):
    damaged = bytearray(zipped(portfolio(MOTOR)))
    damaged[60] ^= 0xFF
    pulled = deliver(office, gdv_shipment(office, "A", bytes(damaged)))
    assert (pulled["exit_code"], pulled["outcome"], pulled["acknowledged"]) == (0, "ok", 1)
    assert pulled["gdv"]["unreadable"] == 1
    assert "GDV data of shipment A of muster, file 1" in pulled["remarks"][0]
    (insurer,) = office.ask("status")[1]["insurers"]
    assert insurer["gdv"] == {"waiting": 0, "unreadable": 1, "foreign": 0}
    assert "1 with GDV files that could not be read" in office.run("status")[1]
    assert office.pull()["remarks"] == [], "it is said once"


def test_other_brokers_numbers_are_an_alarm_and_no_quarantine(office):
    data = portfolio(LIABILITY, MOTOR)
    place = data.index(b"0200")
    data = data[:place] + data[place:].replace(b"ERF-4711", b"ERF-9999", 2)
    pulled = deliver(office, gdv_shipment(office, "A", data), broker_numbers=["ERF-4711"])
    assert (pulled["exit_code"], pulled["acknowledged"], pulled["quarantined"]) == (0, 1, 0)
    assert pulled["gdv"]["foreign"] == 1
    assert "1 broker number(s) that are not among `broker_numbers` (file 1 record 5)" in pulled["remarks"][0]
    (record,) = office.records("foreign-data")
    assert (record["insurer"], record["shipment"], record["count"]) == ("muster", "A", 2)
    assert "ERF-9999" not in str(office.records())
    (insurer,) = office.ask("status")[1]["insurers"]
    assert insurer["gdv"]["foreign"] == 1


def test_without_configured_numbers_none_is_foreign(office):
    assert deliver(office, gdv_shipment(office, "A", portfolio(HOME)))["gdv"]["foreign"] == 0
    numbers = ["erf 4711", "12"]
    assert deliver(office, gdv_shipment(office, "B", portfolio(HOUSE)), broker_numbers=numbers)["gdv"]["foreign"] == 0


def test_a_dry_run_looks_at_nothing(office):
    office.opens(gdv_shipment(office, "A", portfolio(HOME)))
    assert office.pull("--dry-run")["gdv"]["indexed"] == 0


def test_what_is_in_quarantine_is_not_looked_at(office):
    mail = gdv_shipment(office, "A", portfolio(HOME))
    office.opens(mail, office.fault("getShipment", "other-id"))
    assert office.pull()["quarantined"] == 1
    assert (office.pull()["gdv"]["waiting"], states(office)) == (0, [])
