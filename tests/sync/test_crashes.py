import signal
from collections import Counter

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
