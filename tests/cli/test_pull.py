import contextlib
import json
import os
import pty
import re
import signal
import time

import pytest

from bipro_sync.cli.main import main
from bipro_sync.config import load


TWO_FILES = """
[[shipment.transfer.file]]
name = "Police.pdf"
text = "another file of the same name"
"""


def outcomes(pulled):
    return {each["id"]: each["state"] for each in pulled["shipments"]}


def test_each_shipment_is_stored_before_it_is_acknowledged_and_before_the_next_is_fetched(office):
    insurer = office.opens(
        office.shipment("B", more='framing = "inline"'),
        office.shipment("A", more='framing = "inline-wrapped"') + TWO_FILES,
        office.shipment("C", file=None),
    )

    pulled = office.pull()

    assert [(call["operation"], call.get("shipment")) for call in insurer.calls()] == [
        ("login", None),
        ("listShipments", None),
        *((operation, each) for each in "ABC" for operation in ("getShipment", "acknowledgeShipment")),
        ("listShipments", None),
    ]
    assert office.history("A") == ["listed", "fetching", "stored", "ack_intent", "acknowledged"]
    assert (pulled["stored"], pulled["acknowledged"]) == (3, 3)
    for each in office.ask("shipments", "list")[1]:
        assert each["stored_at"] < each["acknowledged_at"]


def test_every_archived_file_is_what_the_insurer_sent(office):
    office.opens(
        office.shipment("A") + TWO_FILES, office.shipment("B", more='framing = "inline"'), office.shipment("C")
    )
    office.pull()

    stored = office.stored()
    for call in office.calls("getShipment"):
        entry = office.ask("shipments", "show", call["shipment"])[1]
        assert [(file["name"], file["sha256"], file["size"]) for file in entry["files"]] == [
            (file["name"], file["sha256"], file["size"]) for file in call["files"]
        ]
        for file in entry["files"]:
            assert stored[f"{entry['path']}/{file['path']}"] == file["sha256"]
    assert len(stored) == 4 + 2 * 3


def test_the_json_is_the_contract_s(office):
    office.opens(office.shipment("A"))

    code, out, err = office.run("pull", "--json")

    (insurer,) = json.loads(out)["insurers"]
    month = office.ask("shipments", "list")[1][0]["stored_at"]
    assert json.loads(out) == {
        "insurers": [
            {
                "insurer": "muster",
                "outcome": "ok",
                "exit_code": 0,
                "listed": 1,
                "fetched": 1,
                "stored": 1,
                "acknowledged": 1,
                "not_acknowledged": 0,
                "quarantined": 0,
                "failed": 0,
                "bytes": office.calls("getShipment")[0]["sent"],
                "error": None,
                "remarks": [],
                "missing_rights": [],
                "clock_skew": insurer["clock_skew"],
                "repeated": 0,
                "urgent": [],
                "gdv": {"indexed": 0, "new": 0, "unreadable": 0, "foreign": 0, "waiting": 0},
                "shipments": [
                    {
                        "id": "A",
                        "state": "acknowledged",
                        "category": "100007000",
                        "kind": "mail",
                        "path": f"shipments/muster/{month[:4]}/{month[5:7]}/A",
                    }
                ],
            }
        ],
        "handover": {"warnings": []},
        "reports": {"warnings": []},
        "audit": {"warnings": []},
        "certificates": {"warnings": []},
        "alerts": {"warnings": []},
        "monitoring": {"warnings": []},
        "texts": {"warnings": []},
        "exit_code": 0,
    }
    assert (office.archive / insurer["shipments"][0]["path"] / "manifest.json").is_file()
    assert (code, out.count("\n"), err) == (0, 1, "")


def test_success_says_nothing_where_nobody_watches(office):
    office.opens(office.shipment("A"))
    assert office.run("pull") == (0, "", "")
    assert office.run("pull") == (0, "", "")


def at_a_terminal(office, *arguments):
    """What a person sees of a command that succeeds."""
    ours, theirs = pty.openpty()
    child = office.start(*arguments, terminal=theirs)
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):  # the end of a terminal is an error
        while chunk := os.read(ours, 4096):
            seen += chunk
    os.close(ours)
    assert child.wait() == 0
    return seen.decode()


def test_at_a_terminal_a_table_sums_up(office):
    office.opens(office.shipment("A"))
    assert re.search("muster +ok +1 +1 +1 +1 +0 +0 +0", at_a_terminal(office, "pull"))


def test_a_second_pull_finds_nothing_and_changes_nothing(office):
    office.opens(office.shipment("A"), office.shipment("B", file=None))
    office.pull()
    before = office.stored(), office.ask("shipments", "list"), office.history("A"), office.history("B")

    pulled = office.pull()

    assert (pulled["listed"], pulled["fetched"], pulled["stored"], pulled["acknowledged"]) == (0, 0, 0, 0)
    assert pulled["shipments"] == []
    assert (office.stored(), office.ask("shipments", "list"), office.history("A"), office.history("B")) == before


def test_an_empty_mailbox_is_success(office):
    office.opens()
    assert office.pull()["outcome"] == "ok"
    assert office.calls("listShipments")[0]["codes"] == ["04001"]


def test_without_a_decision_everything_is_stored_and_nothing_acknowledged_and_each_run_says_so(office):
    office.opens(office.shipment("A"), office.shipment("B"), acknowledge=None)
    for _ in range(2):
        code, out, err = office.run("pull")
        assert (code, out) == (0, "")
        assert "2 stored shipment(s) of muster were NOT acknowledged" in err
    pulled = office.pull()
    assert (pulled["not_acknowledged"], pulled["acknowledged"], len(pulled["remarks"])) == (2, 0, 1)
    assert len(office.calls("getShipment")) == 2

    office.configure(acknowledge="auto")
    pulled = office.pull()

    assert (pulled["fetched"], pulled["acknowledged"], pulled["not_acknowledged"], pulled["remarks"]) == (0, 2, 0, [])
    assert len(office.calls("getShipment")) == 2
    assert len(office.calls("acknowledgeShipment")) == 2


def test_manual_acknowledgement_waits_for_an_operator(office):
    office.opens(office.shipment("A"), acknowledge="manual")
    pulled = office.pull()
    assert "wait for an operator's acknowledgement" in pulled["remarks"][0]
    assert office.states() == {"A": "stored"}
    assert office.calls("acknowledgeShipment") == []


def test_no_ack_stores_and_acknowledges_nothing_until_the_next_run(office):
    office.opens(office.shipment("A"))
    pulled = office.pull("--no-ack")
    assert (pulled["stored"], pulled["acknowledged"], pulled["not_acknowledged"]) == (1, 0, 1)
    assert office.calls("acknowledgeShipment") == []
    assert (office.pull()["acknowledged"], len(office.calls("getShipment"))) == (1, 1)


def test_a_dry_run_changes_nothing_but_the_audit_log(office):
    office.opens(
        office.shipment("A"),
        office.shipment("B"),
        office.shipment("C", category="999010010"),
        office.shipment("D", category="999010010", more="periodic = true").replace("2026-03-01", "2025-12-31"),
        deliveries={"gdv-portfolio": "leave"},
    )
    office.pull("--shipment", "A")
    before = office.stored(), office.ask("shipments", "list"), len(office.records()), len(office.calls())

    pulled = office.pull("--dry-run")

    assert (office.stored(), office.ask("shipments", "list")) == before[:2]
    assert [call["operation"] for call in office.calls()[before[3] :]] == ["login", "listShipments"]
    assert [record["operation"] for record in office.records("call.intent")[-2:]] == [
        "RequestSecurityToken",
        "listShipments",
    ]
    assert pulled["planned"] == [
        {
            "category": "100007000",
            "meaning": "application",
            "kind": "mail",
            "listed": 1,
            "oldest": "2026-03-01T17:30:00+00:00",
            "to_fetch": 1,
            "to_acknowledge": 1,
        },
        {
            "category": "999010010",
            "meaning": "GDV data: full portfolio",
            "kind": "gdv-portfolio",
            "listed": 2,
            "oldest": "2025-12-31T17:30:00+00:00",
            "to_fetch": 0,
            "to_acknowledge": 0,
        },
    ]


def test_a_dry_run_says_what_the_options_leave_of_a_pull(office):
    office.opens(office.shipment("A"), office.shipment("B").replace("2026-03-01", "2026-05-01"), acknowledge=None)
    for options, fetched in (((), 2), (("--since", "2026-04-01"), 1), (("--shipment", "A"), 1), (("--limit", "1"), 1)):
        (group,) = office.pull("--dry-run", *options)["planned"]
        assert (group["listed"], group["to_fetch"], group["to_acknowledge"]) == (2, fetched, 0), options


def test_limit_takes_the_oldest_first_and_the_rest_comes_later(office):
    office.opens(
        office.shipment("A").replace("2026-03-01", "2026-03-03"),
        office.shipment("B").replace("2026-03-01", "2026-03-02"),
        office.shipment("C"),
    )
    assert outcomes(office.pull("--limit", "2")) == {"C": "acknowledged", "B": "acknowledged"}
    assert outcomes(office.pull("--limit", "2")) == {"A": "acknowledged"}


def test_what_only_waits_for_a_decision_does_not_use_up_the_limit(office):
    office.opens(*map(office.shipment, "ABC"), acknowledge=None)
    for _ in range(3):
        office.pull("--limit", "1")
    assert set(office.states().values()) == {"stored"}


def test_since_takes_only_what_was_posted_from_that_day_on_in_berlin(office):
    office.opens(
        office.shipment("A").replace("2026-03-01T18:30:00", "2026-02-28T23:59:59"),
        office.shipment("B").replace("2026-03-01T18:30:00", "2026-03-01T00:00:00"),
    )
    office.pull("--since", "2026-03-01")
    assert office.states() == {"A": "listed", "B": "acknowledged"}


def test_a_failed_shipment_is_tried_at_once_only_when_asked_for(office):
    office.opens(office.shipment("A"), office.shipment("B"), office.fault("getShipment", "close", times=2))
    assert office.pull()["exit_code"] == 3
    assert office.states() == {"A": "failed", "B": "failed"}
    assert office.fired() == [("getShipment", "A", "close"), ("getShipment", "B", "close")]

    assert office.pull()["exit_code"] == 0
    assert office.states() == {"A": "failed", "B": "failed"}
    office.pull("--shipment", "B")
    assert office.states() == {"A": "failed", "B": "acknowledged"}
    office.pull("--retry-failed")
    assert office.states() == {"A": "acknowledged", "B": "acknowledged"}


@pytest.mark.parametrize("arguments", [["--insurer", "nobody"], ["--limit", "0"], ["--since", "yesterday"]])
def test_what_does_not_exist_is_a_usage_error_and_sends_nothing(office, arguments):
    office.opens()
    code, document = office.ask("pull", *arguments)
    assert (code, document["exit_code"], document["error"]["code"]) == (2, 2, "usage")
    assert office.calls() == []


def test_a_terminated_run_finishes_the_shipment_in_hand_and_the_next_goes_on(office):
    office.opens(*map(office.shipment, "ABC"), office.fault("getShipment", "stall", shipment="B", seconds=1, times=1))
    child = office.start("pull", "--json")
    office.until(lambda: any(call.get("shipment") == "A" for call in office.calls("acknowledgeShipment")))
    office.under_way("getShipment")
    child.send_signal(signal.SIGTERM)
    out, err = child.communicate()

    assert child.returncode == 143
    assert json.loads(out)["exit_code"] == 143
    assert "Terminated" in err
    assert office.fired() == [("getShipment", "B", "stall")]
    assert office.states() == {"A": "acknowledged", "B": "acknowledged", "C": "listed"}
    assert outcomes(office.pull()) == {"C": "acknowledged"}


def test_ctrl_c_ends_after_the_shipment_in_hand_and_a_second_one_at_once(office):
    office.opens(*map(office.shipment, "AB"), office.fault("getShipment", "stall", shipment="A", seconds=1, times=2))
    child = office.start("pull")
    office.under_way("getShipment")
    child.send_signal(signal.SIGINT)
    child.communicate()
    assert child.returncode == 130
    assert office.states() == {"A": "acknowledged", "B": "listed"}


def test_a_second_ctrl_c_ends_at_once_and_the_log_does_not_call_it_a_success(office):
    office.opens(office.shipment("A"), office.fault("getShipment", "stall", seconds=30, times=1))
    child = office.start("pull")
    office.under_way("getShipment")
    child.send_signal(signal.SIGINT)
    time.sleep(0.3)  # two at once may arrive as one
    child.send_signal(signal.SIGINT)
    child.communicate()
    assert child.returncode == 130
    assert [record["outcome"] for record in office.records("session.end")] == ["interrupted"]
    assert office.states() == {"A": "fetching"}
    assert outcomes(office.pull()) == {"A": "acknowledged"}


def test_a_passing_trouble_is_waited_out_in_the_same_run_unless_nobody_wants_to_wait(office):
    office.opens(office.shipment("A"), office.fault("getShipment", "status", status=503, retry_after=1, times=2))
    assert office.pull("--no-wait")["exit_code"] == 3
    assert office.states() == {"A": "failed"}
    office.patient = True
    pulled = office.pull("--retry-failed")
    assert (pulled["acknowledged"], pulled["repeated"]) == (1, 1)
    assert pulled["remarks"] == ["1 call(s) to muster had to be repeated; the audit log says which, and why."]
    assert office.fired() == [("getShipment", "A", "status")] * 2
    assert len([each for each in office.records("call.intent") if each.get("shipment") == "A"]) == 4


def test_a_rest_that_is_given_is_told_at_a_terminal_and_under_v(office):
    busy = office.fault("getShipment", "status", status=503, retry_after=1, times=1)
    office.opens(office.shipment("A"), busy)
    assert "muster is given 1 s, then the call is made once more." in at_a_terminal(office, "pull")
    office.opens(office.shipment("B"), busy)
    office.patient = True
    assert "event=waiting insurer=muster seconds=1" in office.run("pull", "-v")[2]
    office.opens(office.shipment("C"), busy)
    office.patient = False
    assert "event=waiting" not in office.run("pull", "-v")[2], "nobody waits"
    assert office.fired() == [("getShipment", name, "status") for name in "ABC"]


def test_a_remark_names_its_insurer_once(office):
    office.opens(office.shipment("A"), acknowledge=None)
    (line,) = office.run("pull")[2].splitlines()
    assert line.startswith("1 stored shipment(s) of muster were NOT acknowledged")


def test_whoever_waits_stops_soon_when_told_to(office):
    office.opens(office.shipment("A"), office.fault("listShipments", "status", status=503, retry_after=120))
    child = office.start("pull", "--json")
    office.until(lambda: any(each["exchange"] == "list" for each in office.records("call.outcome")))
    before = time.monotonic()
    child.send_signal(signal.SIGTERM)
    out, _ = child.communicate()
    assert child.returncode == json.loads(out)["exit_code"] == 143
    assert time.monotonic() - before < 5
    assert len(office.calls("listShipments")) == 1
    assert [each["outcome"] for each in office.records("session.end")] == ["terminated"]


def test_a_shipment_that_was_asked_for_and_that_nobody_lists_is_3(office):
    office.opens(office.shipment("A"), office.shipment("B"))
    office.opens(office.shipment("C"), name="zweite")
    code, document = office.ask("pull", "--shipment", "A", "--shipment", "C")
    assert (code, [each["acknowledged"] for each in document["insurers"]]) == (0, [1, 1])
    for dry in ([], ["--dry-run"]):
        code, document = office.ask("pull", "--shipment", "B", "--shipment", "NONE", *dry)
        assert (code, [each["exit_code"] for each in document["insurers"]]) == (3, [3, 3])
        for each in document["insurers"]:
            assert "NONE, which was asked for" in each["remarks"][-1]
        if not dry:
            assert document["insurers"][0]["acknowledged"] == 1
            office.opens(office.shipment("B"))


def test_whoever_has_read_the_configuration_already_pulls_by_that_one_whatever_the_file_says_by_now(office):
    office.opens(office.shipment("A"))
    config = load(office.config)
    office.config.write_text("no longer TOML")
    assert main(["pull"], office.identity, config) == 0
    office.write_config()
    assert office.states() == {"A": "acknowledged"}
