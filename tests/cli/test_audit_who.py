import shutil

import pytest

from ..identities import logged_in


@pytest.fixture
def house(office):
    """An office in earnest, after a pull; an admin, a reader, and an auditor of another insurer."""
    people = {"boss": 'role = "admin"', "clerk": 'role = "reader"', "guest": 'role = "auditor"\ninsurer = "other"'}
    office.head = '[audit]\nresponsible = "boss"\nanchors = "none"\n[alerts]\nnone = true\n' + "".join(
        f'[users.{key}]\nname = "Erika Erfunden"\nlogin = "{key}"\nactive_from = 2026-01-01\n{lines}\n'
        for key, lines in people.items()
    )
    office.opens(office.shipment("A"), environment="production")
    office.opens(name="other", environment="production")
    office.identity = logged_in("boss")
    assert office.ask("pull", "--insurer", "muster")[0] == 0
    return office


def test_who_was_logged_on_is_told_with_each_call_the_insurer_saw(house):
    start, end = house.records("session.start")[0], house.records("session.end")[0]
    code, document = house.ask("audit", "who", "--at", start["ts"])
    [moment] = document["moments"]
    [session] = [each for each in moment["sessions"] if each["login"]]
    assert (code, session["principal"], session["principal_name"], session["insurer"]) == (
        0,
        "boss",
        "Erika Erfunden",
        "muster",
    )
    assert (session["begin"], session["end"], session["ended"]) == (start["ts"], end["ts"], True)
    login, *others = [call["operation"] for call in session["calls"]]
    assert ("login", login) == (house.calls()[0]["operation"], "RequestSecurityToken")
    assert others == [call["operation"] for call in house.calls()[1:]]
    assert {call["outcome"] for call in session["calls"]} == {"ok"}


def test_before_and_after_the_nearest_logins_are_told(house):
    moment = house.ask("audit", "who", "--at", "2020-01-01T10:00")[1]["moments"][0]
    assert (moment["sessions"], moment["before"], moment["after"]["insurer"]) == ([], None, "muster")
    moment = house.ask("audit", "who", "--at", "2099-01-01T10:00")[1]["moments"][0]
    assert (moment["sessions"], moment["after"], moment["before"]["insurer"]) == ([], None, "muster")


def test_a_time_that_is_yet_to_come_is_named(house):
    assert "yet to come" in house.run("audit", "who", "--at", "2099-01-01T10:00")[2]
    assert "yet to come" not in house.run("audit", "who", "--at", "2020-01-01T10:00")[2]


def test_the_hour_that_october_has_twice_is_answered_for_twice_and_marchs_missing_one_is_named(house):
    document = house.ask("audit", "who", "--at", "2026-10-25T02:30")[1]
    assert [each["at"] for each in document["moments"]] == ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]
    out = house.run("audit", "who", "--at", "2026-10-25T02:30")[1]
    assert "At 2026-10-25 02:30:00 CEST (00:30:00 UTC) nobody was at work." in out
    assert "At 2026-10-25 02:30:00 CET (01:30:00 UTC) nobody was at work." in out
    code, document = house.ask("audit", "who", "--at", "2026-03-29T02:30")
    assert (code, "There is no 2026-03-29T02:30 in Berlin" in document["error"]["message"]) == (2, True)


def test_the_question_is_itself_recorded_with_what_for(house):
    house.ask("audit", "who", "--at", "2026-11-21T10:00", "--purpose", "question 17")
    record = house.records("read")[-1]
    assert (record["operation"], record["principal"], record["detail"]) == (
        "audit who",
        "boss",
        "at 2026-11-21T10:00; question 17",
    )


def test_who_may_not_ask_learns_nothing_and_an_auditor_of_one_insurer_nothing_of_others(house):
    at = house.records("session.start")[0]["ts"]
    house.identity = logged_in("clerk")
    assert house.ask("audit", "who", "--at", at)[0] == 17
    house.identity = logged_in("guest")
    code, document = house.ask("audit", "who", "--at", at)
    assert (code, document["moments"][0]["sessions"], document["moments"][0]["before"]) == (0, [], None)
    house.identity = logged_in("boss")
    assert house.records("read")[-1]["insurer"] == "other"
    house.identity = logged_in("guest")
    assert house.ask("audit", "who", "--at", at, "--insurer", "muster")[0] == 17


def test_a_person_reads_who_from_when_to_when_and_each_call(house):
    at = house.records("session.start")[0]["ts"]
    out = house.run("audit", "who", "--at", at)[1]
    assert "boss (Erika Erfunden), logged on to muster" in out
    for operation in ("listShipments", "getShipment", "acknowledgeShipment"):
        assert operation in out


def test_a_log_elsewhere_is_asked_without_an_index_and_without_a_record(house, tmp_path):
    shutil.copytree(house.archive / "audit", tmp_path / "copy")
    before = sorted(path.name for path in (tmp_path / "copy").iterdir())
    at = house.records("session.start")[0]["ts"]
    code, document = house.ask("audit", "who", "--at", at, "--directory", str(tmp_path / "copy"))
    assert (code, document["moments"][0]["sessions"][0]["insurer"]) == (0, "muster")
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == before
