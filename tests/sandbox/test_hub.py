"""A hub before the insurer wants its bearer token beside the SOAP security."""

import json

import pytest


HUB = '[hub]\napi_key = "erfundener-schluessel"\n'


def ask(client, key="erfundener-schluessel", **headers):
    body = json.dumps({"api-key": key}).encode()
    return client.post(client.hub_path, body, **{"Content-Type": "application/json", **headers})


def test_every_call_needs_the_bearer_token_the_login_too(start, make):
    client = start(HUB, tls=True)
    assert client.hub_path == "/transfer/login"
    request = make.envelope(make.token_request(), make.username_token("MAKLER-0815", "geheim & <erfunden>"))
    without = client.post(client.sts_path, request)
    assert (without.status, without.headers["WWW-Authenticate"]) == (401, "Bearer")
    answer = ask(client)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    given = json.loads(answer.body)
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 3600)
    bearer = {"Authorization": f"Bearer {given['access_token']}"}
    login = client.post(client.sts_path, request, **bearer)
    client.token = login.xml().find(f".//{{{make.WSC}}}Identifier").text
    assert client.call("listShipments").status == 401
    assert client.call("listShipments", Authorization=given["access_token"]).status == 401
    assert client.call("listShipments", Authorization="Bearer else").status == 401
    assert client.call("listShipments", **bearer).ids() == ["S-1", "S-2"]
    calls = client.insurer.calls()
    assert [(call["operation"], call["status"]) for call in calls] == [
        ("login", 401),
        ("hub", 200),
        ("login", 200),
        ("listShipments", 401),
        ("listShipments", 401),
        ("listShipments", 401),
        ("listShipments", 200),
    ]
    log = client.insurer.log_path.read_text(encoding="utf-8")
    assert given["access_token"] not in log
    assert "erfundener" not in log


def test_a_wrong_key_is_refused(start):
    client = start(HUB)
    reply = ask(client, "falsch")
    assert (reply.status, reply.headers["Content-Type"]) == (401, "text/plain; charset=utf-8")
    assert client.insurer.calls()[0]["effects"] == ["refused"]


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", "application/json"),
        (b"no json", "application/json"),
        (b"[]", "application/json"),
        (b'{"api_key": "erfundener-schluessel"}', "application/json"),
        (b'{"api-key": 1}', "application/json"),
        (b'{"api-key": "erfundener-schluessel"}', "text/xml"),
    ],
)
def test_what_is_no_request_for_a_token_is_told_so(share, body, media_type):
    client = share(HUB)
    assert client.post(client.hub_path, body, **{"Content-Type": media_type}).status == 400


def test_a_bearer_token_expires(start):
    jump = '[[misbehave]]\non = "listShipments"\nnth = 2\ndo = "clock-jump"\nseconds = 3600\n'
    client = start(HUB + jump)
    bearer = {"Authorization": f"Bearer {json.loads(ask(client).body)['access_token']}"}
    assert client.call("listShipments", **bearer).codes() == ["00900", "00909"]
    assert client.call("listShipments", **bearer).status == 401


def test_the_hub_may_misbehave_like_every_service(start):
    client = start(HUB + '[[misbehave]]\non = "hub"\ntimes = 1\ndo = "status"\nstatus = 503\nretry_after = 2\n')
    assert ask(client).headers["Retry-After"] == "2"
    assert ask(client).status == 200


def test_without_a_key_there_is_no_hub(start):
    client = start()
    assert client.insurer.hub_url == ""
    assert client.post("/transfer/login", b"{}").status == 404
