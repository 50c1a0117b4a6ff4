from __future__ import annotations

import json

import pytest

from bipro_sync.bipro import HubLogin, TgicLogin, TlsLogin
from bipro_sync.errors import LoginRefusedError, LoginUnknownError, TemporaryError
from bipro_sync.model.ports import LoginVerdict, Operation, Outcome
from bipro_sync.model.secret import Secret

from ..fixtures import PASSWORD, TOKEN, answer, message, token_answer
from ..insurer import reset
from ..recorders import texts_of
from .certificates import client_certificate


KEY = 'schluessel"erfunden'
BEARER = "hub-erfunden.0815_x~/+="


def hub_answer(token=BEARER, life=3600, status=200, **more):
    body = {"access_token": token, "token_type": "Bearer", "expires_in": life} | more
    return answer(json.dumps(body).encode(), content_type="application/json", status=status)


def hub(house):
    return HubLogin(house.insurer.url("/dienst/login"), Secret(KEY))


def test_the_key_is_changed_into_a_bearer_token_that_goes_beside_the_soap_security(house):
    house.script(hub_answer(), token_answer(), answer(message("32")))
    house.client(hub=hub(house)).list_shipments()
    asked, issued, listed = house.insurer.served
    assert asked.line.startswith("POST /dienst/login ")
    assert asked.headers["content-type"] == asked.headers["accept"] == "application/json"
    assert "soapaction" not in asked.headers
    assert "authorization" not in asked.headers
    assert json.loads(asked.body) == {"api-key": KEY}
    assert issued.headers["authorization"] == listed.headers["authorization"] == f"Bearer {BEARER}"
    assert TOKEN.encode() in listed.body
    assert [(intent.operation, intent.service) for intent in house.observer.intents] == [
        (Operation.HUB, "hub"),
        (Operation.ISSUE, "sts"),
        (Operation.LIST, "transfer"),
    ]


def test_the_gate_is_asked_for_each_of_the_two_logins(house):
    house.script(hub_answer(), token_answer())
    house.client(hub=hub(house)).login()
    assert [(identity, secret.reveal()) for identity, secret in house.gate.attempts] == [
        ("hub", KEY),
        ("MAKLER-0815", PASSWORD),
    ]
    assert house.gate.hubs == [True, False]
    assert house.gate.verdicts == [LoginVerdict.ACCEPTED, LoginVerdict.ACCEPTED]


@pytest.mark.parametrize(
    ("life", "seconds"),
    [
        (120, 120),
        ("120", 120),
        (119.5, 119.5),
        *((odd, 600) for odd in (None, -5, 0, 1e300, 10**400, "bald", [], 3600)),
    ],
    ids=lambda value: str(value)[:8],
)
def test_both_are_renewed_when_the_shorter_life_is_at_80_percent(house, life, seconds):
    house.script(*[hub_answer(life=life), token_answer()] * 2)
    client = house.client(hub=hub(house))
    client.login()
    house.clock.seconds += 0.8 * seconds - 0.1
    client.login()
    assert len(house.insurer.served) == 2
    house.clock.seconds += 0.2
    client.login()
    assert len(house.insurer.served) == 4


ODD = {
    "wrong key": answer(b'{"error":"geheim"}', status=401, content_type="application/json"),
    "forbidden": answer(b"", status=403, content_type=""),
    "server error": answer(b"{}", status=500, content_type="application/json"),
    "html": answer(b"<html>Anmelden</html>", content_type="text/html"),
    "no token": answer(b'{"expires_in":3600}', content_type="application/json"),
    "a list": answer(b"[]", content_type="application/json"),
    "deep": answer(b"[" * 60_000, content_type="application/json"),
    "deep beside": answer(b'{"x":' + b"[" * 50_000 + b"}", content_type="application/json"),
    "no utf-8": answer(b'{"access_token":"\xff"}', content_type="application/json"),
    "token with a line break": hub_answer(token="a\r\nSet-Cookie: b"),
    "token with a blank": hub_answer(token="a b"),
    "empty token": hub_answer(token=""),
    "too large": hub_answer(more="x" * 70_000),
    "redirect": answer(b"", status=302, Location="https://evil.invalid/", content_type=""),
    "created": hub_answer(status=201),
}


@pytest.mark.parametrize("odd", ODD)
def test_whatever_is_no_token_counts_as_refused_and_no_login_follows(house, odd):
    house.script(ODD[odd])
    with pytest.raises(LoginRefusedError) as caught:
        house.client(hub=hub(house)).login()
    assert house.gate.verdicts == [LoginVerdict.REFUSED]
    assert [each.outcome for each in house.observer.of(Operation.HUB)] == [Outcome.REFUSED]
    assert len(house.insurer.served) == 1
    assert "geheim" not in texts_of(caught.value)


def test_a_wrong_key_is_called_the_hubs(house):
    house.script(ODD["wrong key"])
    with pytest.raises(LoginRefusedError, match=r"did not accept the hub's key \(HTTP 401\)"):
        house.client(hub=hub(house)).login()


@pytest.mark.parametrize(
    ("step", "error", "verdict"),
    [
        (answer(b"", status=503, content_type=""), TemporaryError, LoginVerdict.TEMPORARY),
        (answer(b"", status=429, content_type=""), TemporaryError, LoginVerdict.TEMPORARY),
        (answer(b"", status=502, content_type=""), LoginUnknownError, LoginVerdict.UNKNOWN),
        (answer(b'{"access', length=99, content_type="application/json"), LoginUnknownError, LoginVerdict.UNKNOWN),
        (reset, LoginUnknownError, LoginVerdict.UNKNOWN),
    ],
    ids=["503", "429", "502", "cut", "reset"],
)
def test_the_hubs_troubles_are_told_apart_like_the_insurers(house, step, error, verdict):
    house.script(step)
    with pytest.raises(error):
        house.client(hub=hub(house)).login()
    assert house.gate.verdicts == [verdict]
    assert len(house.insurer.served) == 1


def test_a_refused_password_behind_the_hub_is_the_passwords_fault(house):
    house.script(hub_answer(), answer(message("07"), status=500))
    with pytest.raises(LoginRefusedError, match="user name or password was refused"):
        house.client(hub=hub(house)).login()
    assert house.gate.verdicts == [LoginVerdict.ACCEPTED, LoginVerdict.REFUSED]


def test_a_login_by_tls_alone_still_shows_the_hubs_token(house):
    house.script(hub_answer(), answer(message("32")))
    house.client(login=TlsLogin(client_certificate()), hub=hub(house)).list_shipments()
    listed = house.insurer.served[1]
    assert listed.headers["authorization"] == f"Bearer {BEARER}"
    assert b"Security" not in listed.body


def test_the_hubs_token_is_not_shown_to_a_service_that_is_not_behind_the_hub(house):
    login = TgicLogin(
        url=house.insurer.url("/tgic"), service_id="http://tgic.example/x", user_id="p", password=Secret(PASSWORD)
    )
    house.script(hub_answer(), answer(b"", status=405, content_type=""), answer(message("16")), answer(message("32")))
    house.client(login=login, hub=hub(house)).list_shipments()
    _, head, tgic, listed = house.insurer.served
    assert "authorization" not in head.headers
    assert "authorization" not in tgic.headers
    assert "authorization" in listed.headers


def test_an_sts_at_another_host_is_the_insurers_own_and_not_shown_the_hubs_token(house):
    own = house.insurer.url("/sts").replace("127.0.0.1", "localhost")
    house.script(hub_answer(), token_answer(), answer(message("32")), answer(message("13")))
    client = house.client({"sts_cancels": True}, hub=hub(house), sts_url=own)
    client.list_shipments()
    client.close()
    assert ["authorization" in served.headers for served in house.insurer.served] == [False, False, True, False]


def test_neither_key_nor_token_is_told(house):
    house.script(hub_answer(), token_answer(), answer(message("62"), status=500))
    client = house.client(hub=hub(house))
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is
        client.list_shipments()
    said = [
        texts_of(caught.value),
        *(repr(each.__dict__) for each in (client, client._tokens, house.observer, house.gate)),
    ]
    for secret in (KEY, json.dumps(KEY), BEARER, PASSWORD, TOKEN):
        assert secret not in " ".join(said)
