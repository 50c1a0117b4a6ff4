import re

import pytest


PERFDATA = re.compile(r"'[a-z_-]+'=\d+s?;\d*;\d*;\d*")


def test_where_all_is_well_it_is_one_line_with_figures(office):
    office.opens(office.shipment("A"))
    office.pull()
    code, out, err = office.run("check")
    text, _, figures = out.partition(" | ")
    assert (code, text, err) == (0, "BIPRO-SYNC OK - 1 insurer(s), nothing to see to", "")
    assert out.count("\n") == 1
    assert all(PERFDATA.fullmatch(figure) for figure in figures.split())
    assert "'muster_quarantined'=0;0;;0" in figures
    assert "'muster_success_age'=" in figures


def test_an_open_quarantine_is_a_warning_with_its_age(office):
    office.opens(office.shipment("A", fields=', Vermittlernummer = "9999"'), broker_numbers=["4711"])
    office.pull()
    code, out, _ = office.run("check")
    assert code == 1
    assert out.startswith("BIPRO-SYNC WARNING - muster: 1 shipment(s) in quarantine, the oldest since ")
    assert re.search(r"'muster_quarantine_age'=\d+s;;;0", out)
    code, document = office.ask("check")
    assert (code, document["status"], document["exit_code"]) == (1, "warning", 1)
    assert [each["matter"] for each in document["conditions"]] == ["quarantine"]


def test_the_worst_comes_first_and_decides(office):
    office.opens(office.shipment("A", fields=', Vermittlernummer = "9999"'), broker_numbers=["4711"])
    office.pull()
    office.password("wrong")
    office.opens(name="zweite")
    office.run("pull", "--insurer", "muster")
    code, out, _ = office.run("check")
    first, *others = out.splitlines()
    assert code == 2
    assert first.startswith("BIPRO-SYNC CRITICAL - muster: no login is possible")
    assert "(and 2 more) | " in first
    assert [line.partition(":")[0] for line in others] == ["muster", "zweite"]
    assert office.run("check", "--insurer", "zweite")[0] == 1


def test_what_was_expected_and_did_not_come_is_told(office):
    office.opens(expect={"mail": "1 minute"})
    office.pull()
    memory = office.archive / "state" / "runs" / "muster.json"
    memory.write_text(re.sub(r'"first_run_at":"\d{4}', '"first_run_at":"2020', memory.read_text()))
    code, out, _ = office.run("check")
    assert code == 2
    assert "nothing of the kind mail since: never (expected: 1 minute); reachable, but empty" in out
    _, document = office.ask("status")
    assert document["insurers"][0]["expected"][0]["silent"] == "empty"
    assert office.ask("doctor")[0] == 0
    assert "reachable, but empty" in office.run("doctor")[1]


@pytest.mark.parametrize("arguments", [["--max-age", "soon"], ["--insurer", "nobody"], ["--no-such-option"], ["odd"]])
def test_a_call_that_cannot_be_meant_is_unknown(office, arguments):
    office.opens()
    office.pull()
    assert office.run("check", *arguments)[0] == 3


def test_every_failure_of_its_own_is_unknown_and_says_so_on_the_line(office):
    office.opens()
    code, out, _ = office.run("check")
    assert (code, out.startswith("BIPRO-SYNC UNKNOWN - There is no archive at")) == (3, True)
    office.pull()
    (office.archive / "catalog.db").write_bytes(b"garbage" * 1000)
    code, out, _ = office.run("check")
    assert (code, out.startswith("BIPRO-SYNC UNKNOWN - ")) == (3, True)
    office.config.write_text("[")
    code, out, _ = office.run("check")
    assert (code, out.startswith("BIPRO-SYNC UNKNOWN - The configuration")) == (3, True)
    assert office.ask("check")[0] == 3
