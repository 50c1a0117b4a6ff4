import json
import re
from collections import Counter
from datetime import datetime


CANARIES = ("wort & <schatz>", "wort &amp; &lt;schatz&gt;", "Erfunden-Kunde", "Kanarienvogel")


def paired(office):
    """The calls as the log announced them, each with the insurer's record of it."""
    names = {"RequestSecurityToken": "login"}
    intents = [
        (names.get(record["operation"], record["operation"]), record.get("shipment"), record["ts"])
        for record in office.records("call.intent")
    ]
    return intents, [(call["operation"], call.get("shipment"), call["ts"]) for call in office.calls()]


def test_no_call_of_any_kind_precedes_its_intent_and_each_has_its_outcome(office):
    office.opens(
        *map(office.shipment, "ABCDE"),
        office.fault("getShipment", "truncate", shipment="A"),
        office.fault("getShipment", "html", shipment="B"),
        office.fault("acknowledgeShipment", "lose-answer", shipment="C", times=1),
        office.fault("listShipments", "fault", codes=["00930"], nth=4, times=1),
        office.fault("getShipment", "forget-tokens", shipment="D", times=1),
    )
    codes = [office.pull("--retry-failed")["exit_code"] for _ in range(3)]

    assert codes == [3, 3, 13]
    assert {what for _, _, what in office.fired()} == {"truncate", "html", "lose-answer", "fault", "forget-tokens"}
    intents, calls = paired(office)
    assert Counter(each[:2] for each in intents) == Counter(each[:2] for each in calls)
    for (*announced, before), (*seen, after) in zip(intents, calls, strict=True):
        assert announced == seen, "one after the other, in the same order"
        assert datetime.fromisoformat(before) < datetime.fromisoformat(after)
    outcomes = {record["call"]: record for record in office.records("call.outcome")}
    assert [record["call"] for record in office.records("call.intent")] == list(outcomes)
    assert Counter(record["outcome"] for record in outcomes.values()) == {
        "ok": 12,
        "unusable": 4,
        "unknown": 1,
        "fault": 2,
    }
    decided = [record["shipment"] for record in office.records("ack.decision")]
    assert decided == [call["shipment"] for call in office.calls("acknowledgeShipment")]
    code, verdict = office.ask("audit", "verify")
    assert (code, verdict["open_intents"]) == (0, [])


def test_a_run_is_one_session_and_says_who_and_with_what(office):
    office.opens(office.shipment("A"))
    office.pull()
    records = office.records()
    assert [record["type"] for record in records] == [
        *("config.changed", "session.start"),
        *("call.intent", "call.outcome") * 3,
        *("ack.decision", "call.intent", "call.outcome"),
        *("call.intent", "call.outcome", "session.end"),
    ]
    assert len({record["run"] for record in records}) == 1
    for record in records:
        assert record["os_user"]
        assert record["software"].startswith("bipro-sync ")
    fetched = next(record for record in records if record["type"] == "call.outcome" and record["exchange"] == "mail")
    assert (fetched["shipment"], fetched["bytes"], fetched["http_status"]) == (
        "A",
        office.calls("getShipment")[0]["sent"],
        200,
    )


def test_calls_that_got_no_answer_or_no_connection_are_on_record_like_the_others(office):
    office.opens(office.shipment("A"), office.fault("getShipment", "reset", shipment="A"))
    office.pull()
    office.configure(sts_url="https://localhost:1/sts")
    office.pull()
    assert [what for _, _, what in office.fired()] == ["reset"]
    outcomes = {(record["operation"], record["outcome"]) for record in office.records("call.outcome")}
    assert {("getShipment", "unknown"), ("RequestSecurityToken", "not-sent")} <= outcomes
    calls = [record["call"] for record in office.records("call.intent")]
    assert sorted(calls) == sorted(record["call"] for record in office.records("call.outcome"))


def test_both_sides_logs_can_be_laid_side_by_side(office):
    office.opens('login = "certificate"\n', office.shipment("A"))
    office.configure(auth=office.by_certificate(kind="house"))
    assert office.pull()["acknowledged"] == 1
    page = office.ask("insurers", "show", "muster")[1]
    serial = page["certificate"]["serial"]
    intents, outcomes = office.records("call.intent"), office.records("call.outcome")
    assert {(each["account"], each["certificate"]) for each in intents} == {("muster", serial)}
    named = [each["process_id"] for each in outcomes if each["exchange"] != "auth"]
    assert len(set(named)) == len(named) > 0
    assert all(each.startswith("practice-") for each in named)


def test_the_hash_of_a_login_tells_nothing_of_its_password(office):
    office.opens(office.shipment("A"))
    office.password("wrong")
    assert office.pull()["exit_code"] == 12
    office.password("wort & <schatz>")
    assert office.pull()["exit_code"] == 0
    logins = [each for each in office.records("call.intent") if each["operation"] == "RequestSecurityToken"]
    assert len(logins) == 2
    assert len({each["request_sha256"] for each in logins}) == 1


def test_no_secret_and_no_customers_datum_leaves_the_archive(office):
    customer = ', Freitext = "Kanarienvogel", Kunde = "Erfunden-Kunde"'
    names = (
        "A",
        "B-FAILS",
        "C-WRONG",
        "D-FOREIGN",
    )
    office.opens(
        *(office.shipment(each, fields=customer).replace('"Police.pdf"', '"Kanarienvogel.pdf"') for each in names[:3]),
        office.shipment("D-FOREIGN", fields=customer + ', Vermittler = { Vermittlernummer = "Kanarienvogel" }'),
        office.fault("getShipment", "missing-part", shipment="B-FAILS"),
        office.fault("getShipment", "wrong-checksum", shipment="C-WRONG"),
        broker_numbers=["ERF-4711"],
    )
    said = ""
    for expected, *options in ((3,), (0, "-v"), (3, "-vv", "--retry-failed")):
        code, out, err = office.run("pull", *options)
        assert code == expected
        said += out + err
    office.opens(office.fault("login", "html"))
    office.run("insurers", "unblock", "muster", "--reason", "for the test")
    code, out, err = office.run("pull", "-v")
    assert code == 12
    said += out + err
    said += "".join(office.run(*command)[2] for command in (("archive", "verify"), ("audit", "verify"), ("status",)))
    for place in ("audit", "state"):
        for path in (office.archive / place).rglob("*"):
            if path.is_file():
                said += path.read_text("latin-1")
    assert "C-WRONG" in said
    for canary in CANARIES:
        assert canary not in said

    on_disk = b"".join(path.read_bytes() for path in office.archive.rglob("*") if path.is_file())
    assert b"Kanarienvogel" in on_disk, "the archive itself holds what was delivered"
    assert b"schatz" not in on_disk
    assert not re.search(rb"bipro:[\w-]{16,}", on_disk), "a token"


def test_a_crash_says_nothing_of_what_it_had_in_hand(office):
    office.opens(office.shipment("A", fields=', Kunde = "Kanarienvogel"'), acknowledge=None)
    office.pull()
    path = office.archive / office.ask("shipments", "list")[1][0]["path"] / "manifest.json"
    path.chmod(0o600)
    path.write_text(json.dumps({"shipment": "Kanarienvogel"}))
    office.configure(acknowledge="auto")
    code, out, err = office.run("pull", "-v")
    assert code == 15
    assert "Kanarienvogel" not in out + err
