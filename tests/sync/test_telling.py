"""Whole runs against a practice insurer, and what people and monitoring were told of them."""

import pytest

from bipro_sync.audit import RecordType
from bipro_sync.config import load
from bipro_sync.model.ports import SystemClock
from bipro_sync.model.rights import Verb
from bipro_sync.sync.holding import held
from bipro_sync.sync.workplace import open_workplace

from ..conftest import PASSWORD
from ..receivers import MailServer, WebServer
from .gdv_mail import HOME, gdv_shipment, portfolio


@pytest.fixture
def house(office, tmp_path):
    """An office whose people are told by mail and webhook, and that feeds a monitoring."""
    office.mail, office.web = MailServer(tmp_path / "mail"), WebServer(tmp_path / "web")
    secret = office.secret("hook", "S3CR3T-canary")["file"]
    office.figures = tmp_path / "bipro-sync.prom"
    office.head = f"""
[alerts]
language = "en"
mail = {{ to = ["it@broker.example"], smtp = "{office.mail.url}", ca_file = "{office.mail.ca_file}" }}
[alerts.webhook]
url = "{office.web.url}"
secret = {{ file = "{secret}" }}
ca_file = "{office.web.ca_file}"
[monitoring]
ping_url = "{office.web.url.replace("/told", "/ping")}"
ca_file = "{office.web.ca_file}"
prometheus = "{office.figures}"
"""
    yield office
    office.mail.close()
    office.web.close()


def news(house):
    """What the webhook was told, message by message."""
    return [
        ([each["key"] for each in said["new"]], [each["key"] for each in said["passed"]])
        for said in (request.document for request in house.web.requests if request.path == "/told")
    ]


def test_urgent_mail_is_named_in_the_run_and_told_once(house):
    house.opens(
        house.shipment("A", category="140012021"),
        house.shipment("B", category="140012024"),
        house.shipment("C", category="100007000"),
        house.shipment("D", category="777000000"),
    )
    _, out, err = house.run("pull", "--json")
    assert '"urgent": [{"id": "A", "urgency": "dunning"}, {"id": "B", "urgency": "cancellation"}' in out
    assert "muster sent 3 urgent shipment(s): A (dunning), B (cancellation), D (unknown-category)." in err
    [mail] = house.mail.mails
    assert "muster: 1 urgent shipment(s), dunning: A" in mail.message.get_content()
    assert news(house) == [
        (["urgent:muster:cancellation", "urgent:muster:dunning", "urgent:muster:unknown-category"], [])
    ]
    assert house.pull()["urgent"] == []
    assert len(house.mail.mails) == 1


def test_a_profile_says_what_is_urgent_at_its_insurer(house, tmp_path):
    profile = tmp_path / "own.toml"
    profile.write_text(
        'title = "Own"\nsource = "here"\nreviewed_on = 2026-01-01\nauth_methods = ["password"]\nunlock_contact = "us"\n'
        '[urgent]\n150002002 = "cancellation"\n140012 = "none"\n'
    )
    house.opens(
        house.shipment("A", category="150002002"), house.shipment("B", category="140012021"), profile=str(profile)
    )
    assert house.pull()["urgent"] == [{"id": "A", "urgency": "cancellation"}]


def test_trouble_is_told_once_and_so_is_its_end(house):
    foreign = house.shipment("A", fields=', Vermittlernummer = "9999"')
    house.opens(foreign, broker_numbers=["4711"])
    for _ in range(3):
        house.run("pull")
    assert news(house) == [(["quarantine:muster:"], [])]
    house.run("shipments", "retry", "A", "--reason", "it is ours after all")
    house.opens(house.shipment("A", fields=', Vermittlernummer = "4711"'), broker_numbers=["4711"])
    assert house.pull()["stored"] == 1
    assert news(house)[-1] == ([], ["quarantine:muster:"])
    assert len(house.mail.mails) == 2


def test_a_login_that_is_refused_is_told_at_once_and_a_dry_run_tells_nobody(house):
    house.opens()
    house.password("wrong")
    house.run("pull", "--dry-run")
    assert news(house) == []
    house.run("pull")
    assert news(house)[0][0] == ["refused:muster:"]


def test_a_run_beside_this_one_makes_nothing_pass_that_it_has_not_mended(house):
    house.opens()
    house.opens(name="zweite")
    house.password("wrong")
    house.run("pull", "--insurer", "muster")
    house.password(PASSWORD)
    config = load(house.config)
    with (
        open_workplace(config, SystemClock(), Verb.PULL, identity=house.identity) as place,
        held(place.layout, "muster", insurer="muster"),
    ):
        place.audit.write(RecordType.SESSION_START, insurer="muster", account="muster")
        place.ledger.note_attempt("muster", place.clock.now())
        assert house.ask("status")[1]["insurers"][0]["last_outcome"] == "running"
        assert house.run("pull", "--insurer", "zweite")[0] == 0
    assert news(house) == [(["refused:muster:", "never-ran:zweite:"], []), ([], ["never-ran:zweite:"])]


def test_an_insurer_whose_profile_cannot_be_used_is_told_of(house):
    house.opens()
    house.opens(name="zweite", profile="/nowhere/own.toml")
    assert house.run("pull")[0] == 10
    assert news(house) == [(["configuration:zweite:"], [])]


def test_an_archive_that_cannot_be_read_is_told_with_what_the_run_has_brought(house):
    house.opens(house.shipment("A", category="140012021"))
    house.pull("--dry-run")
    (house.archive / "state" / "runs" / "zweite.json").write_text("{")
    house.opens(name="zweite")
    house.run("pull", "--insurer", "muster")
    assert news(house) == [(["urgent:muster:dunning", "archive::"], [])]


def test_a_way_that_does_not_work_is_told_the_other_way_and_everywhere_it_is_asked(house):
    house.opens(house.shipment("A", category="140012021"))
    house.mail.answers["MAIL"] = "451 later"
    code, _, err = house.run("pull")
    assert code == 0
    assert "mail: The mail server 127.0.0.1 refused: it answered 451." in err
    assert ["channel::mail" in new for new, _ in news(house)] == [True]
    _, page, _ = house.run("status")
    assert "warning: Alerts by mail do not get through since" in page
    assert house.run("check")[0] == 1
    _, document = house.ask("doctor")
    [check] = [each for each in document["checks"] if each["id"] == "alerts"]
    assert check["verdict"] == "warn"
    del house.mail.answers["MAIL"]
    house.run("pull")
    [mail] = house.mail.mails
    text = mail.message.get_content()
    assert text.startswith("Nothing could be told this way since ")
    assert "urgent shipment(s), dunning: A" in text
    assert "Alerts by mail" not in house.run("status")[1]


def test_a_run_pings_before_and_after_and_leaves_its_figures(house):
    house.opens(house.shipment("A"), expect={"mail": "3 working days"})
    house.run("pull")
    assert house.web.paths == ["/ping/start", "/ping"]
    text = house.figures.read_text()
    assert 'bipro_sync_shipments{insurer="muster",state="acknowledged"} 1.0' in text
    assert 'bipro_sync_silent{broker_number="",insurer="muster",kind="mail"} 0.0' in text
    assert 'bipro_sync_reach{insurer="muster",reach="reachable"} 1.0' in text
    assert 'bipro_sync_last_success_seconds{insurer="muster"}' in text
    assert house.figures.stat().st_mode & 0o777 == 0o644
    house.insurers["muster"].stop()
    assert house.run("pull")[0] == 13
    assert house.web.paths[2:] == ["/ping/start", "/ping/13"]
    assert 'bipro_sync_reach{insurer="muster",reach="unreachable"} 1.0' in house.figures.read_text()


def test_a_place_for_figures_that_is_not_there_is_said_and_fails_nothing(house):
    house.figures.parent.joinpath("gone").mkdir()
    house.head = house.head.replace(str(house.figures), str(house.figures.parent / "nowhere" / "x.prom"))
    house.opens(house.shipment("A"))
    code, _, err = house.run("pull")
    assert code == 0
    assert "monitoring: Cannot replace" in err


def test_nobody_is_told_a_customer_s_name_a_file_s_name_or_a_secret(house):
    name = "Kanarienvogel"
    fields = f', Versicherungsnehmer = "{name}", Vermittlernummer = "{name}", Versicherungsscheinnummer = "{name}"'
    file = f'document = "police.pdf"\nname = "{name}.pdf"'.replace('name = "Police.pdf"\n', "")
    urgent = house.shipment("A", category="140012021", fields=fields, file=file).replace('name = "Police.pdf"\n', "")
    foreign = house.shipment("B", fields=fields)
    house.opens(urgent, foreign, house.fault("listShipments", "nok", nth=2), broker_numbers=[])
    house.run("pull")
    house.configure(broker_numbers=["4711"])
    house.run("pull")
    told = b"".join(mail.text for mail in house.mail.mails)
    told += b"".join(
        request.body + request.path.encode() + str(request.headers).encode() for request in house.web.requests
    )
    told += house.figures.read_bytes() + (house.archive / "state" / "alerts.json").read_bytes()
    told += (house.archive / "state" / "runs" / "muster.json").read_bytes()
    assert b"muster" in told
    for secret in (name, "S3CR3T-canary", "schatz"):
        assert secret.encode() not in told


def test_deliveries_are_remembered_by_the_broker_numbers_that_are_ours(house):
    house.opens(
        house.shipment("A", fields=', Vermittlernummer = "4711"'),
        house.shipment("B", fields=', Vermittlernummer = "9999"'),
        expect_numbers={"4711": {"mail": "5 working days"}, "0815": {"mail": "5 working days"}},
    )
    house.run("pull")
    [insurer] = house.ask("status")[1]["insurers"]
    assert list(insurer["broker_numbers"]) == ["4711"]
    by_number = {each["broker_number"]: each for each in insurer["expected"]}
    assert by_number["4711"]["last_delivery_at"]
    assert (by_number["0815"]["last_delivery_at"], by_number["0815"]["silent"]) == (None, None)
    assert "for the broker number 4711: mail on" in house.run("status")[1]


def test_what_makes_a_section_useless_is_known_to_monitoring_as_to_people(house):
    house.opens()
    house.opens(name="zweite", profile="/nowhere/own.toml")
    assert house.run("check")[0] == 3, "there is no archive yet"
    house.run("pull", "--insurer", "muster")
    code, page, _ = house.run("check", "--insurer", "zweite")
    assert code == 2
    assert "zweite: 1 problem(s) in the configuration, so nothing is fetched" in page
    assert 'bipro_sync_conditions{level="critical"} 1.0' in house.figures.read_text()
    house.opens(name="zweite", profile="generic")
    house.run("pull")
    assert house.run("check")[0] == 0
    assert news(house)[-1] == ([], ["configuration:zweite:"])


def test_data_of_other_brokers_in_a_gdv_file_are_told_once(house):
    data = portfolio(HOME).replace(b"ERF-4711", b"ERF-9999")
    house.opens(gdv_shipment(house, "A", data), broker_numbers=["ERF-4711"])
    for _ in range(2):
        house.run("pull")
    assert news(house) == [(["foreign:muster:"], [])]
    assert "1 shipment(s) with GDV data of broker numbers that are not ours: A" in (
        house.mail.mails[0].message.get_content()
    )
    assert "9999" not in house.mail.mails[0].message.get_content()
