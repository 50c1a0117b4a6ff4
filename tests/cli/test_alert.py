import pytest

from ..identities import logged_in
from ..receivers import MailServer


@pytest.fixture
def house(office, tmp_path):
    office.mail = MailServer(tmp_path / "mail")
    office.head = (
        f'[alerts]\nmail = {{ to = ["it@broker.example"], smtp = "{office.mail.url}", '
        f'ca_file = "{office.mail.ca_file}" }}\n'
    )
    office.configure(sts_url="https://good.example/sts", transfer_url="https://good.example/transfer")
    yield office
    office.mail.close()


def test_a_test_goes_each_way_and_leaves_nothing_behind(house):
    code, document = house.ask("alert", "test")
    assert (code, document["channels"]) == (0, [{"name": "mail", "ok": True, "error": None}])
    [mail] = house.mail.mails
    assert mail.message["Subject"] == "[bipro-sync] Test der Meldewege"
    assert "Dies ist ein Test" in mail.message.get_content()
    assert not (house.archive / "state" / "alerts.json").exists()


def test_a_test_that_does_not_get_through_says_why(house):
    house.mail.answers["MAIL"] = "451 later"
    code, _, err = house.run("alert", "test")
    assert (code, "mail: The mail server 127.0.0.1 refused: it answered 451." in err) == (3, True)


def test_a_unit_that_failed_is_told_once_a_day_with_what_systemd_knows(house, monkeypatch):
    monkeypatch.setenv("MONITOR_SERVICE_RESULT", "exit-code")
    monkeypatch.setenv("MONITOR_EXIT_STATUS", "14")
    unit = "bipro-sync-pull@muster.service"
    house.opens()
    house.run("pull")
    assert house.ask("alert", "unit-failed", unit)[1]["told"] is True
    assert house.ask("alert", "unit-failed", unit)[1]["told"] is False
    [mail] = house.mail.mails
    assert f"KRITISCH: Die Unit {unit} ist gescheitert (exit-code 14)" in mail.message.get_content()


def test_a_unit_that_failed_is_told_though_the_archive_cannot_be_used(house):
    house.archive.write_text("no directory at all")
    unit = "bipro-sync-pull@muster.service"
    assert house.run("alert", "unit-failed", unit)[0] == 0
    assert house.run("alert", "unit-failed", unit)[0] == 0
    assert len(house.mail.mails) == 2


@pytest.mark.parametrize("unit", ["", "two words", "$(reboot)", "x" * 300])
def test_what_is_no_unit_is_refused(house, unit):
    assert house.run("alert", "unit-failed", unit)[0] == 2


def test_where_nobody_is_told_that_is_said_unless_it_was_decided(house):
    house.head = ""
    house.write_config()
    assert house.run("alert", "test")[0] == 10
    assert house.run("alert", "unit-failed", "x.service")[0] == 10
    house.head = "[alerts]\nnone = true\n"
    house.write_config()
    assert house.run("alert", "test")[0] == 10
    assert house.ask("alert", "unit-failed", "x.service") == (0, {"unit": "x.service", "told": False, "exit_code": 0})


def test_a_stranger_tells_nobody_anything_though_there_is_no_archive(house):
    people = '[users.boss]\nname = "Erika Erfunden"\nlogin = "boss"\nrole = "admin"\nactive_from = 2026-01-01\n'
    house.head = f'[audit]\nresponsible = "boss"\nanchors = "none"\n{people}{house.head}'
    house.configure(environment="production")
    house.identity = logged_in("stranger")
    for words in (("test",), ("unit-failed", "x.service")):
        assert house.run("alert", *words)[0] == 17
    assert house.mail.mails == []
