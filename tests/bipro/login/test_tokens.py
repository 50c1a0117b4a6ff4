from __future__ import annotations

import threading

import pytest

from bipro_sync.errors import (
    BreakerOpenError,
    LoginRefusedError,
    LoginUnknownError,
    StorageError,
    TemporaryError,
    UnreachableError,
)
from bipro_sync.model.ports import LoginVerdict, Operation, Outcome

from ..fixtures import PASSWORD, TOKEN, answer, http_parts, message, mtom_answer, token_answer, unframed
from ..insurer import Hang, reset, silence
from ..recorders import texts_of


def fault(*codes, status=500):
    one = b"<nac:Meldung><nac:ArtID>Fehler</nac:ArtID><nac:MeldungID>%s</nac:MeldungID></nac:Meldung>"
    body = message("08")
    begin, end = body.index(b"<nac:Meldung>"), body.index(b"</nac:Status>")
    body = body[:begin] + b"".join(one % code.encode() for code in codes) + body[end:]
    return answer(body, status=status)


def refused(house, step):
    house.script(step)
    with pytest.raises(LoginRefusedError) as caught:
        house.client().login()
    assert house.gate.verdicts == [LoginVerdict.REFUSED]
    assert house.gate.reasons == [caught.value.message]
    assert [outcome.outcome for _, outcome in house.observer.outcomes] == [Outcome.REFUSED]
    return caught.value


@pytest.mark.parametrize("example", ["04", "05", "06"])
def test_a_token_is_taken_once_and_sent_with_every_call(house, example):
    house.script(token_answer(example), answer(message("32")), answer(message("32")))
    client = house.client()
    client.login()
    client.login()
    client.list_shipments()
    client.list_shipments()
    token = b"bipro:4711-invented-000" + (b"2" if example == "06" else b"1")
    assert [token in served.body for served in house.insurer.served] == [False, True, True]
    assert house.gate.verdicts == [LoginVerdict.ACCEPTED]
    assert house.gate.attempts[0][0] == "MAKLER-0815"
    assert house.gate.attempts[0][1].reveal() == PASSWORD


@pytest.mark.parametrize(
    ("example", "seconds"),
    [("04", 600), ("05", 1800), ("06", 1200), ("negative", 600), ("missing", 600), ("a week", 600), ("nonsense", 600)],
)
def test_a_token_is_renewed_at_80_percent_of_its_own_life(house, example, seconds):
    body = message(example if example.isdigit() else "04")
    body = {
        "negative": body.replace(b"08:10:00", b"07:10:00"),
        "missing": body.replace(b"wsu:Expires", b"wsu:Other"),
        "a week": body.replace(b"03-02T08:10:00", b"03-09T08:10:00"),
        "nonsense": body.replace(b"2026-03-02T08:10:00Z", b"bald"),
    }.get(example, body)
    house.script(answer(body), answer(body))
    client = house.client()
    client.login()
    house.clock.seconds += 0.8 * seconds - 0.1
    client.login()
    assert len(house.insurer.served) == 1
    house.clock.seconds += 0.2
    client.login()
    assert len(house.insurer.served) == 2


def test_many_threads_share_one_renewal(house):
    house.script(token_answer())
    client = house.client()
    barrier = threading.Barrier(8)

    def ask():
        barrier.wait()
        client.login()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(house.gate.attempts) == len(house.insurer.served) == 1


@pytest.mark.parametrize("second", ["04", "06"], ids=["the same text", "another text"])
def test_two_calls_whose_token_was_refused_share_one_new_login(house, second):
    house.script(token_answer("04"), token_answer(second))
    tokens = house.client()._tokens
    refused_token = tokens.current()
    renewed = tokens.instead_of(refused_token)
    assert renewed is not refused_token
    assert tokens.instead_of(refused_token) is renewed
    assert len(house.insurer.served) == 2


def test_a_closed_client_has_forgotten_its_token(house):
    house.script(token_answer())
    client = house.client()
    client.login()
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.login()


def test_wrong_credentials_say_so(house):
    error = refused(house, answer(message("07"), status=500))
    assert "user name or password was refused (00960, 00961)" in error.message
    assert "tries a new credential, and this one never again" in error.hint


@pytest.mark.parametrize("code", ["00964", "00965"])
def test_a_locked_account_says_so(house, code):
    error = refused(house, fault("00960", code))
    assert f"the account is locked ({code})" in error.message
    assert "insurers unblock muster" in error.hint


def test_an_expired_password_says_where_to_change_it(house):
    error = refused(house, fault("00966"))
    assert "has expired" in error.message
    assert "portal" in error.hint


ODD = {
    "html": answer(b"<html>Anmelden</html>", content_type="text/html"),
    "html as xml": answer(b"<html><body/></html>"),
    "401": answer(b"", status=401, content_type=""),
    "403 html": answer(b"<p>", status=403, content_type="text/html"),
    "401 cut": answer(b"<Env", status=401, length=900),
    "redirect": answer(b"", status=302, Location="https://evil.invalid/"),
    "500": answer(b"oops", status=500, content_type="text/plain"),
    "fault without detail": answer(message("62"), status=500),
    "fault in multipart": mtom_answer("72", status=500),
    "soap 1.2": answer(http_parts("82")[1], status=500, content_type="application/soap+xml"),
    "a token with status 500": answer(message("04"), status=500),
    "no identifier": answer(message("04").replace(b"bipro:4711-invented-0001", b"  ")),
    "another operation": answer(message("32")),
    "not entitled": fault("00930", "00931"),
    "bad signature": fault("00963"),
    "own code": fault("99999"),
    "locked and temporary": fault("00940", "00964"),
    "wrong password at 503": fault("00961", status=503),
    "nothing": answer(b"", content_type=""),
    "doctype": answer(b"<!DOCTYPE a><a/>"),
}


@pytest.mark.parametrize("odd", ODD)
def test_whatever_is_neither_a_token_nor_temporary_counts_as_refused(house, odd):
    error = refused(house, ODD[odd])
    assert error.exit_code == 12


@pytest.mark.parametrize("odd", ["html", "401", "redirect", "fault without detail", "own code", "not entitled"])
def test_an_odd_refusal_says_what_came_and_why_it_counts(house, odd):
    assert "counts as refused" in refused(house, ODD[odd]).message


def test_a_login_that_does_not_fit_the_insurers_schema_says_what_to_check(house):
    error = refused(house, fault("00007"))
    assert "consumer_id" in error.hint
    assert "insurers unblock muster" in error.hint


@pytest.mark.parametrize(
    "step",
    [
        answer(message("09"), status=500),
        fault("00949"),
        answer(message("62"), status=503),
        answer(http_parts("81")[1], status=503, content_type="text/html"),
        answer(b"slow down", status=429, content_type="text/plain"),
    ],
    ids=["00940", "00949", "503 fault", "503 html", "429"],
)
def test_what_is_positively_temporary_is_no_refusal(house, step):
    house.script(step)
    with pytest.raises(TemporaryError):
        house.client().login()
    assert house.gate.verdicts == [LoginVerdict.TEMPORARY]


@pytest.mark.parametrize("status", [502, 504])
@pytest.mark.parametrize("body", [b"", b"<!DOCTYPE html><html/>", b"<html/>", message("62"), message("32")])
def test_a_gateways_trouble_leaves_open_whether_the_login_counted(house, status, body):
    house.script(answer(body, status=status))
    with pytest.raises(LoginUnknownError, match=rf"a gateway answered \(HTTP {status}\); it may have counted"):
        house.client().login()
    assert house.gate.verdicts == [LoginVerdict.UNKNOWN]
    assert house.observer.of(Operation.ISSUE)[0].outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("status", [502, 504])
def test_a_fault_of_the_norm_counts_more_than_a_gateways_status(house, status):
    house.script(fault("00940", status=status), fault("00961", status=status))
    client = house.client()
    with pytest.raises(TemporaryError):
        client.login()
    with pytest.raises(LoginRefusedError):
        client.login()
    assert house.gate.verdicts == [LoginVerdict.TEMPORARY, LoginVerdict.REFUSED]


@pytest.mark.parametrize(
    "step",
    [
        silence,
        reset,
        answer(message("04")[:300], length=885),
        unframed(message("04")[:300]),
        b"HTTP/1.1 200 OK\r\nConnection: close",
        answer(b"<Env", status=503, length=900),
    ],
    ids=["silence", "reset", "cut", "cut unframed", "cut head", "cut 503"],
)
def test_a_login_without_a_whole_answer_is_unknown(house, step):
    house.script(step)
    with pytest.raises(LoginUnknownError, match="may have counted") as caught:
        house.client().login()
    assert "once by itself, after 15 minutes" in caught.value.hint
    assert "insurers show muster" in caught.value.hint
    assert house.gate.verdicts == [LoginVerdict.UNKNOWN]
    assert house.observer.of(Operation.ISSUE)[0].outcome is Outcome.UNKNOWN


def test_a_login_that_is_never_answered_is_unknown(house):
    hang = Hang()
    house.script(hang)
    with pytest.raises(LoginUnknownError):
        house.client(sts_timeout=0.2).login()
    assert hang.reached.is_set()
    assert house.gate.verdicts == [LoginVerdict.UNKNOWN]


def test_no_connection_is_no_attempt(house):
    house.insurer.close()
    with pytest.raises(UnreachableError, match="nothing was sent") as caught:
        house.client().login()
    assert caught.value.sent is False
    assert house.gate.verdicts == [LoginVerdict.NOT_SENT]
    assert house.observer.outcomes[0][1].outcome is Outcome.NOT_SENT


def test_a_log_that_cannot_be_written_lets_no_login_out(house):
    house.observer.broken = "intent"
    with pytest.raises(StorageError):
        house.client().login()
    assert house.gate.verdicts == [LoginVerdict.NOT_SENT]
    assert not house.insurer.served


def test_an_outcome_that_cannot_be_written_does_not_hide_that_the_login_worked(house):
    house.observer.broken = "outcome"
    house.script(token_answer())
    with pytest.raises(StorageError):
        house.client().login()
    assert house.gate.verdicts == [LoginVerdict.ACCEPTED]


def test_a_shut_gate_lets_nothing_out(house):
    house.gate.shut = True
    with pytest.raises(BreakerOpenError):
        house.client().login()
    assert not house.observer.intents
    assert not house.gate.verdicts


def test_an_interrupted_login_is_unknown(house):
    house.script(token_answer())
    house.clock.interrupted_at = 2
    with pytest.raises(KeyboardInterrupt):
        house.client().login()
    assert house.observer.outcomes[0][1].detail == "KeyboardInterrupt"
    assert house.observer.outcomes[0][1].outcome is Outcome.UNKNOWN
    assert house.gate.verdicts == [LoginVerdict.UNKNOWN]


def test_no_secret_stands_in_anything_said_or_recorded(house):
    house.script(fault("00961"), token_answer(), answer(message("62"), status=500))
    client = house.client()
    said = []
    for _ in range(2):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is
            client.list_shipments()
        said.append(texts_of(caught.value))
    said += [repr(client.__dict__), repr(house.observer.__dict__), repr(house.gate.__dict__)]
    assert len(house.insurer.served) == 3
    for secret in (PASSWORD, "a&amp;b", TOKEN, "erfunden"):
        assert secret not in " ".join(said)
