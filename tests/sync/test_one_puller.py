import json


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
