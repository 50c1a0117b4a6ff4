import json
import time
from collections import Counter

import pytest


def test_a_second_pull_leaves_before_touching_the_wire_and_a_killed_one_frees_the_account_at_once(office):
    office.opens(office.shipment("A"), office.fault("listShipments", "stall", seconds=3, times=1), account="shared")
    office.configure("zweite", account="shared", **office.addresses())
    holder = office.start("pull", "--insurer", "muster")
    office.under_way("listShipments")
    before = len(office.records("call.intent"))

    code, out, err = office.run("pull", "--json", "--insurer", "muster", "--insurer", "zweite")

    assert code == 11
    for each in json.loads(out)["insurers"]:
        assert (each["outcome"], each["exit_code"], each["error"]["code"]) == ("busy", 11, "busy")
    assert "Another run" in err
    assert len(office.records("call.intent")) == before == 2
    assert holder.poll() is None, "the holder was still at work"

    holder.kill()
    holder.wait()
    assert office.pull("--insurer", "zweite", name="zweite")["acknowledged"] == 1
    office.until(office.fired)
    assert office.fired() == [("listShipments", None, "stall")]


@pytest.mark.timeout(300)
def test_of_eight_pulls_at_once_one_works_and_a_killed_one_leaves_the_account_to_the_next(office):
    office.opens(office.shipment("A"), office.fault("getShipment", "stall", seconds=120, times=1))
    pulls = [office.start("pull", "--json") for _ in range(8)]

    while sum(each.poll() is not None for each in pulls) < 7:
        time.sleep(0.05)  # eight programs that begin at once may take longer than an office's patience

    (holder,) = (each for each in pulls if each.poll() is None)
    left = [each for each in pulls if each is not holder]
    assert {each.returncode for each in left} == {11}
    for each in left:
        (result,) = json.loads(each.communicate()[0])["insurers"]
        assert (result["outcome"], result["listed"], result["error"]["code"]) == ("busy", 0, "busy")
    office.under_way("getShipment")
    assert [len(office.calls(each)) for each in ("login", "listShipments")] == [1, 1]
    assert len(office.records("call.intent")) == 3
    assert len(office.records("session.start")) == 1

    holder.kill()
    holder.wait()
    assert [each["operation"] for each in office.ask("audit", "verify")[1]["open_intents"]] == ["getShipment"]
    assert office.pull()["acknowledged"] == 1
    assert len(office.calls("login")) == 2


@pytest.mark.timeout(300)
def test_eight_accounts_in_eight_processes_share_an_archive_its_log_and_its_catalogue_without_loss(office):
    names = [f"insurer-{number}" for number in range(8)]
    for name in names:
        office.opens(*(office.shipment(f"{name}-{each}") for each in "ABC"), name=name)

    pulls = {name: office.start("pull", "--insurer", name) for name in names}

    said = {name: (each.communicate()[1], each.returncode) for name, each in pulls.items()}
    assert said == dict.fromkeys(names, ("", 0))
    assert office.states() == {f"{name}-{each}": "acknowledged" for name in names for each in "ABC"}
    way = ["listed", "fetching", "stored", "ack_intent", "acknowledged"]
    assert all(office.history(shipment) == way for shipment in office.states())
    assert len([path for path in office.stored() if path.endswith("manifest.json")]) == 24
    assert (office.ask("archive", "verify")[0], office.ask("audit", "verify")[0]) == (0, 0)
    seen = Counter((name, call.get("shipment")) for name in names for call in office.calls(name=name))
    for kind in ("call.intent", "call.outcome"):
        assert Counter((each["insurer"], each.get("shipment")) for each in office.records(kind)) == seen
    assert len({record["run"] for record in office.records("call.intent")}) == 8
