"""The account and the mailbox behave as an insurer's do."""

import re
import time
from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest


def test_the_third_wrong_password_locks_the_account_even_for_the_right_one(start):
    client = start()
    assert client.login("falsch").codes() == ["00960", "00961"]
    assert client.login("falsch").codes() == ["00960", "00961"]
    assert client.login("falsch").codes() == ["00965"]
    reply = client.login()
    assert (reply.status, reply.codes()) == (500, ["00964"])


def test_a_success_makes_the_count_of_wrong_passwords_begin_anew(start):
    client = start()
    for password in ["falsch", "falsch", "geheim & <erfunden>", "falsch", "falsch"]:
        client.login(password)
    assert client.login().status == 200


def test_an_unknown_user_is_refused(start):
    assert start().login(username="NIEMAND").codes() == ["00960", "00961"]


@pytest.mark.parametrize("token", ["bipro:ausgedacht", "ausgedacht"])
def test_a_token_that_was_not_given_out_is_refused(start, token):
    client = start()
    client.token = token
    reply = client.list()
    assert (reply.status, reply.codes()) == (500, ["00960", "00962"])


def test_a_token_expires(start):
    client = start("[sts]\ntoken_life = 1\n")
    client.login()
    assert client.token.startswith("bipro:")
    assert client.list().status == 200
    time.sleep(1.1)
    assert client.list().codes() == ["00960", "00962"]


@pytest.mark.parametrize(
    ("style", "form"),
    [
        ("utc", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
        ("offset", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0[12]:00"),
        ("local", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"),
        ("blank", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
    ],
)
def test_a_tokens_life_is_told_in_every_style(start, style, form):
    reply = start(f'[sts]\nlifetime = "{style}"\ntoken_life = 90\n').login()
    created, expires = (each.text for each in reply.xml().iter() if each.tag.endswith(("}Created", "}Expires")))
    assert re.fullmatch(form, created)
    assert (datetime.fromisoformat(expires) - datetime.fromisoformat(created)).total_seconds() == 90


def test_a_tokens_life_may_be_left_out(start):
    assert b"Lifetime" not in start('[sts]\nlifetime = "absent"\n').login().body


def test_fetching_confirms_nothing_and_acknowledging_deletes(start):
    client = start()
    client.login()
    assert client.get("S-1").files() == client.get("S-1").files() == [("eins.txt", "Grüße\r\n".encode())]
    assert client.list().ids() == ["S-1", "S-2"]
    assert client.acknowledge("S-1").status_id() == "OK"
    assert client.list().ids() == ["S-2"]
    reply = client.get("S-1")
    assert (reply.status, reply.status_id(), reply.codes()) == (200, "NOK", ["04003"])


@pytest.mark.parametrize(
    ("habit", "status", "codes"), [("04003", "NOK", ["04003"]), ("04004", "NOK", ["04004"]), ("ok", "OK", ["04000"])]
)
def test_a_repeated_acknowledgement_is_answered_as_the_scenario_says(start, habit, status, codes):
    client = start(f'[transfer]\nrepeated_ack = "{habit}"\n')
    client.login()
    assert client.acknowledge("S-1").status_id() == "OK"
    reply = client.acknowledge("S-1")
    assert (reply.status_id(), reply.codes()) == (status, codes)


def test_an_insurer_may_keep_what_is_acknowledged(start):
    client = start('[transfer]\nacknowledged = "keep"\n')
    client.login()
    client.acknowledge("S-1")
    assert client.list().ids() == ["S-2"]
    assert client.get("S-1").status_id() == "OK"


def test_an_unknown_id_is_told(start):
    client = start()
    client.login()
    assert client.get("S-9").codes() == client.acknowledge("S-9").codes() == ["04003"]


def test_an_empty_mailbox_is_a_positive_answer(start):
    client = start(mailbox="")
    client.login()
    reply = client.list()
    assert (reply.status_id(), reply.codes(), reply.ids()) == ("OK", ["04001"], [])


def test_what_is_no_longer_available_is_told(start):
    client = start(mailbox='[[shipment]]\nid = "ALT"\navailable_until = "2026-01-01"\n')
    client.login()
    assert client.list().ids() == ["ALT"]
    assert client.get("ALT").codes() == ["04006"]


@pytest.mark.parametrize(
    ("habit", "ids", "codes"),
    [
        ("also", ["S-1", "S-2"], ["04000"]),
        ("only", ["S-1"], ["04000"]),
        ("ignored", ["S-2"], ["04000"]),
        ("refuse", [], ["04002"]),
        ("forbidden", [], ["00007"]),
    ],
)
def test_the_flag_for_confirmed_shipments_means_what_the_scenario_says(start, habit, ids, codes):
    client = start(f'[transfer]\nconfirmed_flag = "{habit}"\n')
    client.login()
    client.acknowledge("S-1")
    reply = client.list("<t:BestaetigeLieferungen>true</t:BestaetigeLieferungen>")
    assert (reply.ids(), reply.codes()) == (ids, codes)


@pytest.mark.parametrize(
    ("habit", "wanted", "ids", "codes"),
    [
        ("accept", "140012", ["S-2"], ["04000"]),
        ("accept", "999999999", ["S-1", "S-2"], ["04000"]),
        ("accept", "777", [], ["04001"]),
        ("coarse", "140", ["S-2"], ["04000"]),
        ("coarse", "140012", [], ["04005"]),
        ("refuse", "140", [], ["00007"]),
    ],
)
def test_the_category_filter_works_as_the_scenario_says(start, habit, wanted, ids, codes):
    client = start(f'[transfer]\ncategory_filter = "{habit}"\n')
    client.login()
    reply = client.list(f"<t:KategorieDerLieferung>{wanted}</t:KategorieDerLieferung>")
    assert (reply.ids(), reply.codes()) == (ids, codes)


def test_shipments_may_be_listed_in_another_order(start):
    client = start('[transfer]\norder = "reversed"\n')
    client.login()
    assert client.list().ids() == ["S-2", "S-1"]


def test_the_insurers_clock_may_be_wrong(start):
    client = start("[http]\nclock_skew = 86400\n")
    reply = client.login()
    created = next(each.text for each in reply.xml().iter() if each.tag.endswith("}Created"))
    for told in [parsedate_to_datetime(reply.headers["Date"]), datetime.fromisoformat(created)]:
        assert told.timestamp() - time.time() == pytest.approx(86400, abs=5)
    assert client.list().status == 200


def test_each_insurers_prefixes_are_others(start):
    for style, prefix in [("tran", b"<tran:Response>"), ("t", b"<t:Response>"), ("xf", b"<xf:Response>")]:
        client = start(f'[transfer]\nprefixes = "{style}"\n')
        client.login()
        reply = client.list()
        assert prefix in reply.body
        assert reply.ids() == ["S-1", "S-2"]
        assert client.get("S-1").files()[0][0] == "eins.txt"
