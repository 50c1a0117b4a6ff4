from __future__ import annotations

import copy
import pickle
import threading
from datetime import timedelta

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


def refused(house, step, **options):
    house.script(step)
    with pytest.raises(LoginRefusedError) as caught:
        house.client(**options).login()
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


@pytest.mark.parametrize("skew", [-600, 600])
@pytest.mark.parametrize("example", ["04", "05", "06"])
def test_a_clock_that_is_ten_minutes_off_changes_no_tokens_life(house, example, skew):
    life = {"04": 600, "05": 1800, "06": 1200}[example]
    house.clock.wall += timedelta(seconds=skew)
    house.script(answer(message(example), Date="Mon, 02 Mar 2026 08:00:00 GMT"), token_answer(example))
    client = house.client()
    client.login()
    assert client.clock_skew == pytest.approx(-skew, abs=1)
    house.clock.seconds += 0.8 * life - 0.1
    client.login()
    assert len(house.insurer.served) == 1
    house.clock.seconds += 0.2
    client.login()
    assert len(house.insurer.served) == 2


class Slow:
    """An answer that comes once it is asked for."""

    def __init__(self, step):
        self.step = step
        self.reached, self.asked = threading.Event(), threading.Event()

    def __call__(self, connection):
        self.reached.set()
        assert self.asked.wait(10)
        connection.sendall(self.step)


@pytest.mark.parametrize("renewal", [False, True], ids=["first login", "renewal"])
def test_eight_threads_at_a_slow_sts_send_one_login(house, renewal):
    slow = Slow(token_answer("06"))
    client = house.client()
    if renewal:
        house.script(token_answer())
        client.login()
        house.clock.seconds += 480
    house.script(slow)
    tokens = client._tokens
    sessions = []
    threads = [threading.Thread(target=lambda: sessions.append(tokens.current())) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert slow.reached.wait(10)
    assert not sessions
    slow.asked.set()
    for thread in threads:
        thread.join(10)
    assert len(sessions) == 8
    assert len(set(map(id, sessions))) == 1
    assert len(house.gate.attempts) == len(house.insurer.served) == 1 + renewal


@pytest.mark.parametrize("renewal", [False, True], ids=["first login", "renewal"])
def test_of_eight_threads_whose_token_was_refused_one_logs_in(house, renewal):
    slow = Slow(token_answer("06"))
    house.script(token_answer(), slow)
    tokens = house.client()._tokens
    refused_token = tokens.current()
    house.clock.seconds += 480 * renewal
    sessions = []
    threads = [threading.Thread(target=lambda: sessions.append(tokens.instead_of(refused_token))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert slow.reached.wait(10)
    slow.asked.set()
    for thread in threads:
        thread.join(10)
    assert len(sessions) == 8
    assert len(set(map(id, sessions))) == 1
    assert len(house.insurer.served) == 2


def test_a_token_is_never_pickled(house):
    house.script(token_answer())
    session = house.client()._tokens.current()
    assert TOKEN not in repr(session)
    with pytest.raises(TypeError, match="a secret is not pickled"):
        pickle.dumps(session)
    with pytest.raises(TypeError):
        copy.deepcopy(session)


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


# codes, the sentence's core, what the hint names
REFUSALS = {
    ("00960",): ("did not authenticate the account (00960): user name or password may be wrong", "store the right one"),
    ("00960", "00961"): ("user name or password was refused (00960, 00961)", "store the right one"),
    ("00960", "00962"): ("calls a session ended where the login asked for a new one (00960, 00962)", "sts_url"),
    ("00960", "00963"): ("the time stamp or the signature of the login was not accepted (00960, 00963)", "clock"),
    ("00964",): ("the account is locked (00964)", "Have the insurer unlock"),
    ("00965", "00960"): ("has locked the account after too many wrong logins (00965, 00960)", "what else logs in"),
    ("00966",): ("has expired or must be changed first, as an initial one must (00966)", "Change it in the insurer's"),
    ("00900", "00905"): ("security header: 00900 (the security header is missing or malformed), 00905", "auth.method"),
    ("00920",): ("security header: 00920 (the account is not entitled to this)", "auth.method"),
    ("00930",): ("login service cannot be called like this (00930)", "another service's address"),
    ("00930", "00931"): ("the login's body did not pass the insurer's check (00930, 00931)", "release"),
    ("00930", "00932"): (
        "a technical error at the login and does not call it temporary (00930, 00932)",
        "what happened",
    ),
    ("00007",): ("HTTP status 500 with a fault, 00007 (the request does not fit the insurer's schema)", "consumer_id"),
    ("99999",): ("HTTP status 500 with a fault, 99999 (something for which the norm has no code)", "the release"),
}


@pytest.mark.parametrize("codes", REFUSALS, ids="-".join)
def test_each_fault_of_the_norm_has_its_own_sentence_and_hint_and_names_whom_to_ask(house, codes):
    error = refused(house, fault(*codes), unlock_contact="Frau Muster, Durchwahl 0.")
    sentence, hint = REFUSALS[codes]
    assert sentence in error.message
    assert hint in error.hint
    assert "Whom to ask: Frau Muster, Durchwahl 0.  " in error.hint
    assert "erfunden" not in texts_of(error)
    cured_by_another_credential = bool({"00961", "00966"} & set(codes)) or codes == ("00960",)
    assert ("tries a new credential, unless this was the second refusal" in error.hint) is cured_by_another_credential
    assert ("insurers unblock muster" in error.hint) is not cured_by_another_credential


def test_no_two_refusals_say_the_same():
    assert len({sentence for sentence, _ in REFUSALS.values()}) == len(REFUSALS)


@pytest.mark.parametrize(
    ("status", "sentence", "hint"),
    [
        (401, "did not accept user name or password (HTTP 401)", "Check user name or password and the address"),
        (403, "forbids this login (HTTP 403)", "or this network"),
        (404, "HTTP status 404 with neither a token nor a fault of the norm came", "the address"),
    ],
)
def test_a_status_without_a_fault_has_its_own_sentence(house, status, sentence, hint):
    error = refused(house, answer(b"", status=status, content_type=""))
    assert sentence in error.message
    assert hint in error.hint
    assert "Whom to ask" not in error.hint


def test_without_a_known_contact_nobody_is_named(house):
    assert "Whom to ask" not in refused(house, fault("00964")).hint


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
    house.clock.interrupted_at = 3
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
