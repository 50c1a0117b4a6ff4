from __future__ import annotations

import ssl
import threading
from datetime import UTC, datetime

import pytest

from bipro_sync.bipro import HubLogin, TlsLogin
from bipro_sync.errors import (
    BreakerOpenError,
    FaultError,
    LoginRefusedError,
    LoginUnknownError,
    MissingRightError,
    NotOkError,
    ProtocolError,
    StorageError,
    TemporaryError,
    UnreachableError,
)
from bipro_sync.model.ports import LoginVerdict, Operation, Outcome
from bipro_sync.model.secret import Secret
from bipro_sync.model.shipment import AckVerdict

from ..conftest import House
from ..fixtures import SHIPMENT, answer, message
from ..insurer import reset, silence
from ..recorders import Gate
from .certificates import client_certificate, server_tls
from .test_hub import hub_answer
from .test_tokens import Slow, fault


EMPTY = answer(message("32"))
NOK = message("45")


def client_of(house, **options):
    return house.client(login=TlsLogin(client_certificate()), **options)


def test_no_sts_is_asked_and_the_first_transfer_call_is_the_login(house):
    house.script(EMPTY, EMPTY)
    client = client_of(house)
    client.login()
    assert not house.gate.attempts
    assert not house.insurer.served
    client.list_shipments()
    client.list_shipments()
    assert [b"Security" in served.body for served in house.insurer.served] == [False, False]
    assert [intent.operation for intent in house.observer.intents] == [Operation.LIST, Operation.LIST]
    assert [identity for identity, _ in house.gate.attempts] == ["4711"]
    assert house.gate.verdicts == [LoginVerdict.ACCEPTED]


@pytest.mark.parametrize(
    "step",
    [
        fault("00960"),
        fault("00960", "00961"),
        fault("00962"),
        fault("00964"),
        fault("00905"),
        fault("00905", status=403),
        fault("00931", status=403),
        fault("00930", "00931"),
        fault("00007"),
        answer(message("62"), status=500),
        answer(message("34").replace(b"04005", b"00960")),
        answer(b"", status=401, content_type=""),
        answer(b"<p>", status=403, content_type="text/html"),
        answer(b"<html/>", content_type="text/html"),
        answer(b"", status=302, Location="https://evil.invalid/"),
        answer(b"<!DOCTYPE a><a/>"),
    ],
    ids=lambda step: step[:60].decode("latin-1").split("\r")[0],
)
def test_a_first_call_that_is_no_success_counts_as_refused(house, step):
    house.script(step)
    with pytest.raises(LoginRefusedError) as caught:
        client_of(house, unlock_contact="Frau Erfunden.").list_shipments()
    assert "Whom to ask: Frau Erfunden." in caught.value.hint
    assert house.gate.verdicts == [LoginVerdict.REFUSED]
    assert house.gate.reasons == [caught.value.message]
    assert [each.outcome for each in house.observer.of(Operation.LIST)] == [Outcome.REFUSED]
    assert len(house.insurer.served) == 1


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (answer(message("34")), NotOkError),
        (answer(message("33")), NotOkError),
        (fault("04005"), FaultError),
        (fault("00920"), MissingRightError),
        (fault("00009", status=403), MissingRightError),
        (answer(message("30").replace(b"tran:ID>", b"tran:Id>")), ProtocolError),
    ],
    ids=["nok 04005", "nok 04002", "fault 04005", "missing right", "403 with a fault", "a shipment without an id"],
)
def test_an_answer_of_the_norm_about_shipments_shows_that_the_certificate_was_taken(house, step, error):
    house.script(step, EMPTY)
    client = client_of(house)
    with pytest.raises(error):
        client.list_shipments()
    assert house.gate.verdicts == [LoginVerdict.ACCEPTED]
    client.list_shipments()
    assert len(house.gate.attempts) == 1


@pytest.mark.parametrize(
    ("step", "verdict"),
    [
        (answer(b"<html/>", content_type="text/html"), LoginVerdict.REFUSED),
        (fault("00007"), LoginVerdict.REFUSED),
        (silence, LoginVerdict.UNKNOWN),
        (answer(b"", status=502, content_type=""), LoginVerdict.TEMPORARY),
    ],
    ids=["html", "fault", "silence", "502"],
)
def test_an_acknowledgement_that_is_the_login_may_have_been_carried_out_and_is_unclear(house, step, verdict):
    house.script(step)
    assert client_of(house, most_retries=5).acknowledge(SHIPMENT).verdict is AckVerdict.UNCLEAR
    assert house.gate.verdicts == [verdict]
    assert len(house.insurer.served) == 1


@pytest.mark.parametrize("step", [fault("00962"), answer(b"", status=401, content_type="")], ids=["00962", "401"])
def test_an_acknowledgement_that_is_the_login_and_is_shut_out_was_not_carried_out(house, step):
    house.script(step)
    with pytest.raises(LoginRefusedError):
        client_of(house).acknowledge(SHIPMENT)


def test_what_a_refused_call_brought_is_forgotten(house):
    house.script(EMPTY, answer(NOK.replace(b"04003", b"00960")))
    client = client_of(house)
    client.list_shipments()
    with pytest.raises(LoginRefusedError):
        client.fetch(SHIPMENT, exchange="mail", sink=house.sink)
    assert house.sink.envelopes == house.sink.restarts == 1


@pytest.mark.parametrize(
    ("step", "error", "verdict"),
    [
        (fault("00940"), TemporaryError, LoginVerdict.TEMPORARY),
        (answer(b"", status=429, content_type=""), TemporaryError, LoginVerdict.TEMPORARY),
        (reset, LoginUnknownError, LoginVerdict.UNKNOWN),
        (silence, LoginUnknownError, LoginVerdict.UNKNOWN),
        (answer(message("32")[:200], length=9000), LoginUnknownError, LoginVerdict.UNKNOWN),
    ],
    ids=["00940", "429", "reset", "silence", "cut"],
)
def test_a_first_call_without_a_clear_answer_is_judged_like_a_login(house, step, error, verdict):
    house.script(step)
    with pytest.raises(error):
        client_of(house).list_shipments()
    assert house.gate.verdicts == [verdict]


def test_no_connection_is_no_attempt(house):
    house.insurer.close()
    with pytest.raises(UnreachableError) as caught:
        client_of(house).list_shipments()
    assert caught.value.sent is False
    assert house.gate.verdicts == [LoginVerdict.NOT_SENT]


def test_a_temporary_first_call_that_is_repeated_asks_the_gate_again(house):
    house.script(fault("00940"), EMPTY)
    client_of(house, most_retries=1).list_shipments()
    assert house.gate.verdicts == [LoginVerdict.TEMPORARY, LoginVerdict.ACCEPTED]


def test_a_refused_first_call_is_never_repeated(house):
    house.script(fault("00960"))
    with pytest.raises(LoginRefusedError):
        client_of(house, most_retries=20).list_shipments()
    assert len(house.insurer.served) == 1


@pytest.mark.parametrize(
    "step",
    [
        fault("00960"),
        fault("00962"),
        fault("00964"),
        answer(NOK.replace(b"04003", b"00960")),
        answer(b"", status=401, content_type=""),
        answer(b"<p>", status=403, content_type="text/html"),
    ],
    ids=["00960", "00962", "00964", "nok 00960", "401", "403"],
)
def test_a_later_refusal_is_told_to_the_gate_and_ends_the_run(house, step):
    house.script(EMPTY, step)
    client = client_of(house, most_retries=20)
    client.list_shipments()
    with pytest.raises(LoginRefusedError):
        client.fetch(SHIPMENT, exchange="mail", sink=house.sink)
    assert house.gate.verdicts == [LoginVerdict.ACCEPTED, LoginVerdict.REFUSED]
    assert [each.outcome for each in house.observer.of(Operation.GET)] == [Outcome.REFUSED]
    house.gate.shut = True
    with pytest.raises(BreakerOpenError):
        client.list_shipments()
    assert len(house.insurer.served) == 2


class LateGate(Gate):
    """Remembers how many outcomes were recorded at each step."""

    def __init__(self, observer):
        super().__init__()
        self.observer = observer
        self.outcomes = []

    def attempt(self, identity, secret, *, hub):
        super().attempt(identity, secret, hub=hub)
        self.outcomes.append(len(self.observer.outcomes))

    def conclude(self, verdict, reason):
        super().conclude(verdict, reason)
        self.outcomes.append(len(self.observer.outcomes))


def test_the_gate_notes_each_attempt_before_its_outcome_is_recorded_and_concludes_after(house):
    house.gate = LateGate(house.observer)
    house.script(EMPTY, EMPTY, fault("00960"))
    client = client_of(house)
    client.list_shipments()
    client.list_shipments()
    with pytest.raises(LoginRefusedError):
        client.list_shipments()
    assert house.gate.outcomes == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (answer(NOK), NotOkError),
        (fault("00931"), FaultError),
        (fault("00940"), TemporaryError),
        (fault("00009", status=403), MissingRightError),
        (answer(b"<html/>", content_type="text/html"), ProtocolError),
        (reset, UnreachableError),
    ],
    ids=["nok", "fault", "00940", "missing right", "html", "reset"],
)
def test_a_later_trouble_says_nothing_of_the_certificate(house, step, error):
    house.script(EMPTY, step)
    client = client_of(house)
    client.list_shipments()
    with pytest.raises(error):
        client.fetch(SHIPMENT, exchange="mail", sink=house.sink)
    assert house.gate.verdicts == [LoginVerdict.ACCEPTED]


def test_while_the_first_call_is_under_way_no_other_leaves(house):
    slow = Slow(EMPTY)
    house.script(slow, EMPTY)
    client = client_of(house)
    threads = [threading.Thread(target=client.list_shipments) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert slow.reached.wait(10)
    assert len(house.observer.intents) == 1
    slow.asked.set()
    for thread in threads:
        thread.join(10)
    assert len(house.observer.intents) == 2
    assert house.gate.verdicts == [LoginVerdict.ACCEPTED]


def test_once_proved_calls_run_beside_each_other(house):
    slow = Slow(answer(NOK))
    house.script(EMPTY, slow, EMPTY)
    client = client_of(house)
    client.list_shipments()
    errors = []

    def fetch():
        try:
            client.fetch(SHIPMENT, exchange="mail", sink=house.sink)
        except NotOkError as error:
            errors.append(error)

    thread = threading.Thread(target=fetch)
    thread.start()
    assert slow.reached.wait(10)
    client.list_shipments()
    assert not errors
    slow.asked.set()
    thread.join(10)
    assert len(errors) == 1


def test_a_log_that_cannot_be_written_lets_no_call_out(house):
    house.observer.broken = "intent"
    with pytest.raises(StorageError):
        client_of(house).list_shipments()
    assert house.gate.verdicts == [LoginVerdict.NOT_SENT]
    assert not house.insurer.served


def test_a_shut_gate_lets_nothing_out(house):
    house.gate.shut = True
    with pytest.raises(BreakerOpenError):
        client_of(house).list_shipments()
    assert not house.observer.intents


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_certificate_that_tls_refuses_is_a_refused_login(tmp_path, version):
    house = House(server_tls(tmp_path, version=version))
    try:
        login = TlsLogin(client_certificate(issuer="Fremd"))
        with pytest.raises(LoginRefusedError, match="refused the certificate when the connection was made"):
            house.client(login=login, ca_file=str(tmp_path / "ca.pem"), most_retries=20).list_shipments()
        assert house.gate.verdicts == [LoginVerdict.REFUSED]
        assert [each.outcome for each in house.observer.of(Operation.LIST)] == [Outcome.REFUSED]
        assert not house.insurer.served
    finally:
        house.close()


def through_hub(house, **options):
    house.clock.wall = datetime.now(UTC)
    return client_of(house, hub=HubLogin(house.insurer.url("/login"), Secret("erfunden")), **options)


SHUT_OUT = {
    "401": answer(b"", status=401, content_type=""),
    "403": answer(b"<p>", status=403, content_type="text/html"),
    "a fault without a code": answer(message("62"), status=401),
}


@pytest.mark.parametrize("refusal", SHUT_OUT)
def test_behind_a_hub_a_refusal_by_http_alone_is_first_that_of_the_hubs_token(house, refusal):
    house.script(hub_answer("B1"), EMPTY, SHUT_OUT[refusal], hub_answer("B2"), EMPTY)
    client = through_hub(house)
    client.list_shipments()
    client.list_shipments()
    assert [each.headers.get("authorization") for each in house.insurer.served[1:]] == [
        "Bearer B1",
        "Bearer B1",
        None,
        "Bearer B2",
    ]
    assert [identity for identity, _ in house.gate.attempts] == ["hub", "4711", "hub"]
    assert set(house.gate.verdicts) == {LoginVerdict.ACCEPTED}


def test_a_hubs_token_that_ended_more_than_once_is_renewed_each_time(house):
    house.script(hub_answer("B1"), EMPTY)
    for number in (2, 3):
        house.script(SHUT_OUT["401"], hub_answer(f"B{number}"), EMPTY)
    client = through_hub(house)
    for _ in range(3):
        client.list_shipments()
    assert set(house.gate.verdicts) == {LoginVerdict.ACCEPTED}


def test_a_nok_shows_as_well_that_the_hubs_token_was_taken(house):
    house.script(hub_answer("B1"), answer(NOK.replace(b"getShipment", b"listShipments")), SHUT_OUT["401"])
    house.script(hub_answer("B2"), answer(message("34")), SHUT_OUT["401"], hub_answer("B3"), EMPTY)
    client = through_hub(house)
    for _ in range(2):
        with pytest.raises(NotOkError):
            client.list_shipments()
    client.list_shipments()
    assert set(house.gate.verdicts) == {LoginVerdict.ACCEPTED}


@pytest.mark.parametrize("refusal", SHUT_OUT)
def test_what_a_new_token_of_the_hub_does_not_mend_is_a_refusal_of_the_certificate(house, refusal):
    house.script(hub_answer("B1"), EMPTY, SHUT_OUT[refusal], hub_answer("B2"), SHUT_OUT[refusal])
    client = through_hub(house, most_retries=20)
    client.list_shipments()
    with pytest.raises(LoginRefusedError):
        client.list_shipments()
    assert house.gate.verdicts[-1] is LoginVerdict.REFUSED
    assert len(house.insurer.served) == 5


@pytest.mark.parametrize("first", [[], [EMPTY]], ids=["never let in", "let in before"])
def test_a_code_that_refuses_the_certificate_is_believed_behind_a_hub_too(house, first):
    house.script(hub_answer("B1"), *first, fault("00960", status=401))
    client = through_hub(house)
    for _ in first:
        client.list_shipments()
    with pytest.raises(LoginRefusedError):
        client.list_shipments()
    assert house.gate.verdicts[-1] is LoginVerdict.REFUSED


def test_a_hubs_token_that_was_just_given_is_not_what_the_first_call_is_refused_for(house):
    house.script(hub_answer("B1"), SHUT_OUT["401"])
    with pytest.raises(LoginRefusedError):
        through_hub(house).list_shipments()
    assert len(house.insurer.served) == 2
