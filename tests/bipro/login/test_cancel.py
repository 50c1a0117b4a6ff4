from __future__ import annotations

import pytest
from lxml import etree

from bipro_sync.bipro import HubLogin
from bipro_sync.bipro.login.shelf import MOST_ENDED
from bipro_sync.errors import StorageError
from bipro_sync.model.ports import LoginVerdict, Operation, Outcome
from bipro_sync.model.secret import Secret

from ..fixtures import TOKEN, answer, message, token_answer
from ..insurer import reset
from .test_hub import BEARER, hub_answer


CANCELS = {"sts_cancels": True}


def shape(xml):
    """Names and texts; the name by which header and body refer to each other is free."""
    parser = etree.XMLParser(remove_blank_text=True, remove_comments=True)
    return [(element.tag, (element.text or "").strip()) for element in etree.fromstring(xml, parser).iter()]


def test_at_the_end_the_session_is_ended_where_the_sts_can(house):
    house.script(token_answer(), answer(message("13")))
    client = house.client(CANCELS)
    client.login()
    client.close()
    cancelled = house.insurer.served[1]
    assert shape(cancelled.body) == shape(message("12"))
    root = etree.fromstring(cancelled.body)
    (token,) = root.iterfind(".//{*}SecurityContextToken")
    (reference,) = root.iterfind(".//{*}CancelTarget//{*}Reference")
    assert reference.get("URI") == "#" + token.attrib.values()[0]
    (outcome,) = house.observer.of(Operation.CANCEL)
    assert outcome.outcome is Outcome.OK
    assert house.gate.verdicts == [LoginVerdict.ACCEPTED]


def test_what_the_log_holds_of_it_is_not_the_session(house):
    house.script(token_answer(), answer(message("13")), token_answer("06"), answer(message("13")))
    for _ in range(2):
        client = house.client(CANCELS)
        client.login()
        client.close()
    digests = [each.request_sha256 for each in house.observer.intents if each.operation is Operation.CANCEL]
    assert len(digests) == 2
    assert len(set(digests)) == 1
    assert house.insurer.served[1].body != house.insurer.served[3].body


def test_through_a_hub_the_end_goes_with_its_token(house):
    house.script(hub_answer(), token_answer(), answer(message("13")))
    client = house.client(CANCELS, hub=HubLogin(house.insurer.url("/login"), Secret("erfunden")))
    client.login()
    client.close()
    assert house.insurer.served[2].headers["authorization"] == f"Bearer {BEARER}"


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (answer(message("62"), status=500), Outcome.FAULT),
        (answer(message("60"), status=500), Outcome.FAULT),
        (answer(message("04")), Outcome.UNUSABLE),
        (answer(message("32")), Outcome.UNUSABLE),
        (answer(b"<html>", content_type="text/html"), Outcome.UNUSABLE),
        (answer(b"", status=503, content_type=""), Outcome.UNUSABLE),
        (reset, Outcome.UNKNOWN),
    ],
    ids=["fault", "00962", "another token", "another answer", "html", "503", "reset"],
)
def test_a_session_that_cannot_be_ended_is_left_and_nothing_is_repeated(house, step, outcome):
    house.script(token_answer(), step)
    client = house.client(CANCELS, most_retries=20)
    client.login()
    client.close()
    assert [each.outcome for each in house.observer.of(Operation.CANCEL)] == [outcome]
    assert len(house.insurer.served) == 2
    assert TOKEN not in repr(house.observer.outcomes)
    client.close()
    assert len(house.insurer.served) == 2


def test_without_a_connection_it_is_left_too(house):
    house.script(token_answer())
    client = house.client(CANCELS)
    client.login()
    house.insurer.close()
    client.close()
    assert [each.outcome for each in house.observer.of(Operation.CANCEL)] == [Outcome.NOT_SENT]


def test_a_log_that_cannot_be_written_is_not_passed_over(house):
    house.script(token_answer())
    client = house.client(CANCELS)
    client.login()
    house.observer.broken = "intent"
    with pytest.raises(StorageError):
        client.close()
    assert len(house.insurer.served) == 1


def test_where_the_sts_cannot_or_no_session_was_begun_nothing_is_sent(house):
    house.script(token_answer())
    client = house.client()
    client.login()
    client.close()
    house.client(CANCELS).close()
    assert len(house.insurer.served) == 1


def cancelled(house):
    """The tokens that were ended, in this order."""
    asked = [each.body for each in house.insurer.served if b"/Cancel<" in each.body]
    return [etree.fromstring(body).findtext(".//{*}Identifier") for body in asked]


def renewing(house, times):
    """A client that has had *times* tokens, each of which lived to its renewal."""
    client = house.client(CANCELS)
    for number in range(times):
        house.script(answer(message("04").replace(TOKEN.encode(), b"bipro:%d" % number)))
        client.login()
        house.clock.sleep(500)
    return client


def test_the_sessions_that_were_renewed_are_ended_too_the_latest_first(house):
    client = renewing(house, 3)
    house.script(*[answer(message("13"))] * 3)
    client.close()
    assert cancelled(house) == ["bipro:2", "bipro:1", "bipro:0"]
    assert [each.outcome for each in house.observer.of(Operation.CANCEL)] == [Outcome.OK] * 3


def test_no_more_than_so_many_are_ended_and_none_after_a_failure(house):
    client = renewing(house, 3 + MOST_ENDED)
    house.script(*[answer(message("13"))] * (MOST_ENDED - 1), reset)
    client.close()
    assert len(cancelled(house)) == MOST_ENDED
    client = renewing(house, 3)
    house.script(reset)
    client.close()
    assert len(cancelled(house)) == MOST_ENDED + 1


def test_a_session_that_the_insurer_ended_itself_is_not_ended_again(house):
    house.script(token_answer(), answer(message("60"), status=500), token_answer("06"), answer(message("32")))
    client = house.client(CANCELS)
    client.list_shipments()
    house.script(answer(message("13")))
    client.close()
    assert cancelled(house) == ["bipro:4711-invented-0002"]
