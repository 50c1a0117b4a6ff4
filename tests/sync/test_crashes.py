import signal
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from pysqlite3 import dbapi2


@pytest.mark.parametrize("operation", ["listShipments", "getShipment", "acknowledgeShipment"])
def test_after_a_killed_run_the_next_one_completes_with_one_copy_of_everything(office, operation):
    office.opens(*map(office.shipment, "AB"), office.fault(operation, "stall", seconds=2, times=1))
    child = office.start("pull")
    office.under_way(operation)
    child.send_signal(signal.SIGKILL)
    child.wait()
    stalled = office.until(office.fired)
    assert [(each[0], each[2]) for each in stalled] == [(operation, "stall")]

    code, verdict = office.ask("audit", "verify")
    assert code == 0
    assert [each["operation"] for each in verdict["open_intents"]] == [operation]

    pulled = office.pull()

    assert (pulled["exit_code"], office.states()) == (0, {"A": "acknowledged", "B": "acknowledged"})
    fetched = Counter(call["shipment"] for call in office.calls("getShipment"))
    assert fetched == {"A": 2 if operation == "getShipment" else 1, "B": 1}
    assert len([path for path in office.stored() if path.endswith("manifest.json")]) == 2
    assert list((office.archive / "spool" / "muster").iterdir()) == []
    assert office.ask("archive", "verify")[0] == 0
    if operation == "acknowledgeShipment":
        assert office.history("A")[-3:] == ["ack_intent", "ack_unknown", "acknowledged"]


def test_a_shipment_that_appeared_before_its_row_was_written_is_stored_not_fetched_again(office):
    """What a crash between the rename and the commit leaves, made from a whole run: the ledger of before it."""
    office.opens(office.shipment("A"), acknowledge=None)
    office.pull()
    row = office.archive / "catalog.db"
    with dbapi2.connect(row) as connection:
        connection.execute("UPDATE shipments SET state = 'fetching', manifest_sha256 = NULL, stored_at = NULL")
    connection.close()
    office.configure(acknowledge="auto")

    assert office.pull()["acknowledged"] == 1
    assert len(office.calls("getShipment")) == 1
    assert "stored by a run that died" in office.ask("shipments", "show", "A")[1]["history"][-3]["reason"]


def test_a_delivery_quarantined_before_its_row_was_written_is_not_quarantined_a_second_time(office):
    foreign = ', Vermittler = { Vermittlernummer = "FREMD-1" }'
    office.opens(office.shipment("A", fields=foreign), broker_numbers=["ERF-4711"])
    office.pull()
    kept = office.stored()
    before = "state = 'fetching', path = 'shipments/muster/2026/11/A', manifest_sha256 = NULL, stored_at = NULL"
    forgotten(office, before, "quarantined")

    pulled = office.pull()

    assert (pulled["exit_code"], pulled["quarantined"]) == (3, 1)
    assert office.stored() == kept
    assert office.ask("shipments", "show", "A")[1]["path"] == str(next(Path(path).parent for path in kept))
    assert office.pull()["exit_code"] == 0


@pytest.mark.parametrize("noted", [False, True])
def test_other_bytes_kept_before_their_row_was_written_are_not_kept_a_second_time(office, noted):
    office.opens(office.shipment("A"), acknowledge="manual")
    office.pull()
    office.opens(office.shipment("A", file='document = "rechnung.pdf"').replace("2026-03-01", "2026-03-05"))
    office.pull()
    kept = office.stored()
    assert office.states() == {"A": "conflict"}
    forgotten(office, "listed_as = ''" if noted else "listed_as = '', state = 'stored'", None if noted else "conflict")

    assert office.pull()["fetched"] == 1

    assert office.states() == {"A": "conflict"}
    assert office.stored() == kept
    assert office.pull()["fetched"] == 0


def forgotten(office, row, step):
    """Takes the catalogue back to before a change of the only shipment: its row, and the step in its history."""
    catalogue = dbapi2.connect(office.archive / "catalog.db")
    with closing(catalogue), catalogue:
        catalogue.execute(f"UPDATE shipments SET {row}")
        assert catalogue.execute("DELETE FROM history WHERE new = ?", [step]).rowcount == (step is not None)
