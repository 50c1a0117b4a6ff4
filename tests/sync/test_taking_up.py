import pytest

from .lost_catalogue import lose, rebuild, shipments


@pytest.fixture
def older(office):
    """Puts the catalogue back to what it was at the first call, and pulls twice."""
    kept = []

    def _older():
        if not kept:
            kept.append((office.archive / "catalog.db").read_bytes())
            return []
        lose(office, kept[0])
        return [office.pull() for _ in range(2)]

    return _older


def remarks(pulled):
    return [each for each in pulled["remarks"] if "lie in the archive" in each]


def test_what_an_older_catalogue_believes_unfetched_is_acknowledged_where_the_log_says_so(office, older):
    office.opens(*map(office.shipment, "ABCDE"), office.fault("getShipment", "html", shipment="B", times=1))
    office.pull("--limit", "2")
    office.run("shipments", "hold", "C", "--reason", "a question")
    assert office.states() == {"A": "acknowledged", "B": "failed", "C": "held", "D": "listed", "E": "listed"}
    older()
    office.run("shipments", "release", "C", "--reason", "answered")
    office.pull("--retry-failed")
    known, fetched = shipments(office), len(office.calls("getShipment"))
    assert set(office.states().values()) == {"acknowledged"}

    first, second = older()

    assert (first["exit_code"], remarks(first)) == (0, [])
    assert second["exit_code"] == 0
    [remark] = remarks(second)
    assert remark.startswith("4 shipment(s) of muster lie in the archive though the catalogue believed them unfetched:")
    assert "archive rebuild" in remark
    assert (shipments(office), len(office.calls("getShipment"))) == (known, fetched)
    assert office.records("shipment.vanished") == []
    assert office.history("D") == ["listed", "fetching", "stored", "acknowledged"]
    assert office.ask("archive", "verify")[0] == 0
    told = office.ask("shipments", "list")[1]
    rebuild(office)
    again = office.ask("shipments", "list")[1]
    for moment in ("stored_at", "acknowledged_at"):
        assert [each[moment] for each in told if each["id"] != "A"] == [
            each[moment] for each in again if each["id"] != "A"
        ]


@pytest.mark.parametrize("answer", ["lose-answer", "close"])
def test_an_acknowledgement_that_had_no_clear_answer_had_arrived_where_the_shipment_is_gone(office, older, answer):
    office.opens(office.shipment("A"), office.fault("acknowledgeShipment", answer, times=1))
    office.pull("--shipment", "NONE")
    assert office.states() == {"A": "listed"}
    older()
    office.pull()
    assert office.states() == {"A": "ack_unknown"}
    office.opens()
    older()
    assert office.states() == {"A": "acknowledged"}
    assert "without a clear answer" in office.ask("shipments", "show", "A")[1]["reason"]


def test_what_was_only_stored_is_stored_and_what_was_held_then_is_held(office, older):
    office.opens(*map(office.shipment, "AB"), acknowledge="manual")
    office.pull("--shipment", "NONE")
    older()
    office.pull()
    office.run("shipments", "hold", "B", "--reason", "a question")
    office.opens(acknowledge="manual")
    older()
    assert office.states() == {"A": "stored", "B": "held"}
    assert office.ask("shipments", "show", "B")[1]["reason"] == "hold by an operator: a question"


def test_what_does_not_lie_in_the_archive_has_vanished_all_the_same(office, older):
    office.opens(*map(office.shipment, "AB"))
    office.pull("--shipment", "NONE")
    older()
    office.pull("--shipment", "A")
    office.opens()
    _, second = older()
    assert (second["exit_code"], office.states()) == (3, {"A": "acknowledged", "B": "vanished"})
    assert [record["shipment"] for record in office.records("shipment.vanished")] == ["B"]


def test_what_is_damaged_in_the_archive_is_an_alarm_and_has_not_vanished(office, older):
    office.opens(office.shipment("A"))
    office.pull("--shipment", "NONE")
    older()
    office.pull()
    (file,) = office.archive.glob("shipments/*/*/*/A/01-*")
    file.chmod(0o600)
    file.write_bytes(b"torn")
    first, second = older()
    assert (first["exit_code"], second["exit_code"], office.states()) == (0, 15, {"A": "listed"})
    assert "does not hold the bytes that were received" in second["error"]["message"]
    assert office.records("shipment.vanished") == []
