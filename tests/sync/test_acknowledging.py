import shutil


def acknowledgements(office):
    return [call["shipment"] for call in office.calls("acknowledgeShipment")]


def reason(office, shipment):
    return office.ask("shipments", "show", shipment)[1]["history"][-1]["reason"]


def test_an_acknowledgement_whose_answer_is_lost_is_settled_by_the_next_list_without_another_fetch(office):
    office.opens(*map(office.shipment, "AB"), office.fault("acknowledgeShipment", "lose-answer", shipment="A", times=1))
    pulled = office.pull()
    assert office.fired() == [("acknowledgeShipment", "A", "lose-answer")]
    assert pulled["exit_code"] == 0
    assert "got no clear answer" in pulled["remarks"][0]
    assert office.states() == {"A": "ack_unknown", "B": "acknowledged"}

    office.pull()

    assert office.states() == {"A": "acknowledged", "B": "acknowledged"}
    assert "no longer in the insurer's complete list" in reason(office, "A")
    assert (len(office.calls("getShipment")), acknowledgements(office)) == (2, ["A", "B"])


def test_an_acknowledgement_that_never_arrived_is_repeated_after_reading_back(office):
    office.opens(office.shipment("A"), office.fault("acknowledgeShipment", "close", times=1))
    office.pull()
    assert office.states() == {"A": "ack_unknown"}
    assert office.pull()["acknowledged"] == 1
    assert (len(office.calls("getShipment")), acknowledgements(office)) == (1, ["A", "A"])
    assert office.history("A")[-4:] == ["ack_intent", "ack_unknown", "ack_intent", "acknowledged"]


def test_a_first_unknown_id_proves_nothing_and_a_second_one_or_a_list_without_it_does(office):
    office.opens(
        *map(office.shipment, "AB"),
        office.fault("acknowledgeShipment", "nok", shipment="A", code="04003", times=2),
        office.fault("acknowledgeShipment", "vanish", shipment="B"),
    )
    office.pull()
    assert office.states() == {"A": "ack_unknown", "B": "ack_unknown"}
    office.pull()
    assert office.states() == {"A": "acknowledged", "B": "acknowledged"}
    assert "an earlier acknowledgement had arrived" in reason(office, "A")
    assert "no longer in the insurer's complete list" in reason(office, "B")
    assert [what for _, _, what in office.fired()] == ["nok", "vanish", "nok"]


def test_a_refused_acknowledgement_is_an_alarm_once_and_is_not_repeated(office):
    office.opens(*map(office.shipment, "AB"), office.fault("acknowledgeShipment", "nok", shipment="A", code="04004"))
    pulled = office.pull()
    assert (pulled["exit_code"], pulled["acknowledged"]) == (3, 1)
    assert office.states() == {"A": "ack_refused", "B": "acknowledged"}
    assert office.pull()["exit_code"] == 0
    assert acknowledgements(office) == ["A", "B"]
    assert len(office.calls("getShipment")) == 2


def test_what_is_listed_again_is_read_back_and_acknowledged_once_a_run(office):
    office.opens(
        '[transfer]\nrepeated_ack = "ok"\n',
        office.shipment("A"),
        office.fault("listShipments", "relist", nth=3, times=4),
    )
    office.pull()
    before = office.stored()
    for acknowledged in (2, 3):
        pulled = office.pull()
        assert (pulled["exit_code"], pulled["listed"], pulled["fetched"], pulled["acknowledged"]) == (0, 1, 0, 1)
        assert acknowledgements(office) == ["A"] * acknowledged
        assert reason(office, "A")
    assert office.pull()["listed"] == 0
    assert office.fired() == [("listShipments", None, "relist")] * 4, "the second list of a run brings nothing new"
    assert office.stored() == before


def test_another_letter_under_a_used_id_is_never_acknowledged_though_the_list_looks_the_same(office):
    office.opens(office.shipment("A"))
    office.pull()
    first = office.stored()
    office.insurers["muster"].stop()
    (office.root / "insurer-muster" / "calls.jsonl").unlink()
    office.opens(office.shipment("A", file='document = "rechnung.pdf"'))

    pulled = office.pull()

    assert (pulled["exit_code"], pulled["fetched"], pulled["acknowledged"]) == (3, 1, 0)
    assert office.states() == {"A": "conflict"}
    assert office.stored().items() > first.items()
    assert acknowledgements(office) == []


def test_where_acknowledged_shipments_are_listed_on_our_wish_they_are_left_alone(office):
    office.opens(office.shipment("A"), confirmed_flag="true")
    office.pull()
    pulled = office.pull()
    assert (pulled["listed"], pulled["acknowledged"], acknowledgements(office)) == (1, 0, ["A"])


def test_what_was_tampered_with_is_never_acknowledged_and_the_others_go_on(office):
    office.opens(*map(office.shipment, "ABC"), acknowledge=None)
    office.pull()
    for each, file in (("A", "01-File.pdf"), ("B", "manifest.json")):
        path = office.archive / office.ask("shipments", "show", each)[1]["path"] / file
        path.chmod(0o600)
        path.write_bytes(path.read_bytes().replace(b"V", b"W").replace(b"P", b"Q"))
    office.configure(acknowledge="auto")

    for acknowledged in (1, 0):
        pulled = office.pull()
        assert (pulled["exit_code"], pulled["acknowledged"]) == (15, acknowledged)
        assert pulled["error"]["code"] == "integrity"
    assert acknowledgements(office) == ["C"]
    assert office.states() == {"A": "stored", "B": "stored", "C": "acknowledged"}


def test_another_posting_under_a_stored_id_is_compared_and_other_bytes_are_a_conflict(office):
    office.opens(*map(office.shipment, "ABC"), acknowledge=None)
    office.pull()
    first = office.stored()
    for each in "ABC":
        assert office.history(each)[-1] == "stored"

    office.opens(
        *(office.shipment(each).replace("2026-03-01", "2026-04-01") for each in "ABC"),
        office.fault("getShipment", "other-bytes", shipment="A"),
        office.fault("getShipment", "html", shipment="B"),
        acknowledge="auto",
    )
    pulled = office.pull()

    assert sorted(office.fired()) == [("getShipment", "A", "other-bytes"), ("getShipment", "B", "html")]
    assert office.states() == {"A": "conflict", "B": "stored", "C": "acknowledged"}
    assert acknowledgements(office) == ["C"], "what could not be compared is not acknowledged"
    assert (pulled["exit_code"], pulled["error"]["code"]) == (13, "protocol")
    both = office.stored()
    assert {path: digest for path, digest in both.items() if path in first} == first
    other = [digest for path, digest in both.items() if path.startswith("quarantine/") and path.endswith(".pdf")]
    sent = office.calls("getShipment")[-3]["files"][0]["sha256"]
    assert other == [sent]
    assert office.ask("shipments", "show", "A")[1]["files"][0]["sha256"] != sent

    office.pull()
    assert office.stored() == both
    assert "A" not in acknowledgements(office)
    assert office.ask("archive", "verify")[0] == 0


def test_a_conflict_is_found_whatever_is_known_of_the_acknowledgement(office):
    office.opens(*map(office.shipment, "AB"), office.fault("acknowledgeShipment", "close", shipment="A", times=1))
    office.pull()
    assert office.states() == {"A": "ack_unknown", "B": "acknowledged"}
    office.opens(
        *(office.shipment(each).replace("2026-03-01", "2026-04-01") for each in "AB"),
        office.fault("listShipments", "relist"),
        office.fault("getShipment", "other-bytes"),
        '[transfer]\nacknowledged = "keep"\n',
    )
    assert office.pull()["exit_code"] == 3
    assert office.states() == {"A": "conflict", "B": "conflict"}
    assert acknowledgements(office) == ["A", "B"]


def test_an_id_used_again_for_other_bytes_after_the_ledger_was_restored_is_a_conflict_too(office):
    office.opens(*map(office.shipment, "AB"), office.shipment("C", file=None), acknowledge=None)
    office.pull("--shipment", "C")
    backup = office.root / "backup.db"
    shutil.copy(office.archive / "catalog.db", backup)
    office.pull()
    first = office.stored()
    for leftover in office.archive.glob("catalog.db*"):
        leftover.unlink()
    shutil.copy(backup, office.archive / "catalog.db")
    office.opens(
        *map(office.shipment, "AB"),
        office.shipment("C", file=None),
        office.fault("getShipment", "other-bytes", shipment="A"),
        acknowledge="auto",
    )

    pulled = office.pull()

    assert pulled["exit_code"] == 3
    assert office.states() == {"A": "conflict", "B": "acknowledged", "C": "acknowledged"}
    assert office.stored().items() > first.items()
    assert acknowledgements(office) == ["B", "C"]
    assert office.ask("archive", "verify")[0] == 0


def test_what_an_older_ledger_does_not_know_is_stored_once_though_another_month_has_come(office, clock):
    office.opens(office.shipment("A"), acknowledge=None)
    office.pull_at(clock, dry_run=True)
    backup = office.root / "backup.db"
    shutil.copy(office.archive / "catalog.db", backup)
    office.pull_at(clock)
    first = office.stored()
    for leftover in office.archive.glob("catalog.db*"):
        leftover.unlink()
    shutil.copy(backup, office.archive / "catalog.db")
    code, verified = office.ask("archive", "verify")
    assert (code, [finding["problem"] for finding in verified["findings"]]) == (
        15,
        ["is on the disk and not in the catalogue."],
    )

    clock.advance(days=40)
    office.pull_at(clock)

    assert office.states() == {"A": "stored"}
    assert office.stored() == first
    assert office.ask("archive", "verify")[0] == 0


def test_a_shipment_vanishes_after_two_complete_lists_only_and_may_come_back(office):
    office.opens(*map(office.shipment, "AB"), office.fault("getShipment", "close"))
    office.pull()
    assert office.states() == {"A": "failed", "B": "failed"}
    office.opens(office.shipment("B"), office.fault("listShipments", "html", nth=2, times=1))

    assert office.pull()["exit_code"] == 0
    assert office.states()["A"] == "failed"
    assert office.pull()["exit_code"] == 13
    assert office.states()["A"] == "failed", "a list that failed proves nothing"
    pulled = office.pull()

    assert (pulled["exit_code"], office.states()["A"]) == (3, "vanished")
    assert [each["id"] for each in pulled["shipments"]] == ["A"]
    assert [record["shipment"] for record in office.records("shipment.vanished")] == ["A"]
    assert office.pull()["exit_code"] == 0

    office.opens(*map(office.shipment, "AB"))
    office.pull("--retry-failed")
    assert office.states()["A"] == "acknowledged"
    assert len(office.records("shipment.vanished")) == 1


def test_a_shipment_missed_once_and_listed_again_is_not_missed(office):
    for scenario in (office.shipment("A") + office.fault("getShipment", "close"), "", office.shipment("A"), ""):
        office.opens(scenario)
        office.pull()
    assert office.states() == {"A": "failed"}


def test_a_run_that_loses_its_login_before_an_acknowledgement_says_what_is_stored_and_waits(office):
    office.opens(
        office.shipment("A"),
        office.fault("acknowledgeShipment", "forget-tokens"),
        office.fault("login", "fault", nth=2, codes=["00960", "00961"]),
    )

    pulled = office.pull()

    assert (pulled["exit_code"], pulled["outcome"], pulled["not_acknowledged"]) == (12, "blocked", 1)
    (shipment,) = pulled["shipments"]
    assert (shipment["state"], shipment["path"]) == ("stored", office.ask("shipments", "list")[1][0]["path"])
    assert office.history("A")[-2:] == ["ack_intent", "stored"]
