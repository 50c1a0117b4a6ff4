"""The login service validates and cancels sessions where it offers that."""

import pytest


WST = "http://schemas.xmlsoap.org/ws/2005/02/trust"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
BOTH = "[sts]\nvalidate = true\ncancel = true\n"
TARGET = (
    "<CancelTarget><wsse:SecurityTokenReference>"
    '<wsse:Reference URI="#sct"/></wsse:SecurityTokenReference></CancelTarget>'
)


@pytest.fixture
def ask(make):
    """Asks the login service about a token."""

    def run(client, kind, token=None, target="", identifier="sct"):
        security = make.context_token(client.token if token is None else token).replace(
            "<wsc:SecurityContextToken ", f'<wsc:SecurityContextToken xmlns:wsu="{WSU}" wsu:Id="{identifier}" '
        )
        body = (
            f'<RequestSecurityToken xmlns="{WST}" xmlns:wsse="{make.WSSE}"><TokenType>{make.WSC}/sct</TokenType>'
            f"<RequestType>{WST}/{kind}</RequestType>{target}</RequestSecurityToken>"
        )
        return client.post(client.sts_path, make.envelope(body, security), "urn:RequestSecurityToken")

    return run


def verdict(reply):
    assert reply.status == 200
    return reply.xml().findtext(f".//{{{WST}}}Code")


def test_a_session_is_valid_until_it_is_cancelled(start, ask):
    client = start(BOTH)
    client.login()
    assert verdict(ask(client, "Validate")) == f"{WST}/status/valid"
    assert verdict(ask(client, "Validate", token="bipro:unknown")) == f"{WST}/status/invalid"
    assert client.list().status == 200
    cancelled = ask(client, "Cancel", target=TARGET)
    assert cancelled.status == 200
    assert cancelled.xml().find(f".//{{{WST}}}RequestedTokenCancelled") is not None
    assert client.list().codes() == ["00960", "00962"]
    assert verdict(ask(client, "Validate")) == f"{WST}/status/invalid"
    assert ask(client, "Cancel", target=TARGET).codes() == ["00960", "00962"]
    calls = client.insurer.calls()
    assert [call["operation"] for call in calls[:5]] == ["login", "validate", "validate", "listShipments", "cancel"]
    assert [call["effects"] for call in calls[4:]] == [["cancelled"], [], [], []]


def test_cancelling_one_session_leaves_the_others(start, ask):
    client = start(BOTH)
    client.login()
    first = client.token
    client.login()
    assert ask(client, "Cancel", token=first, target=TARGET).status == 200
    assert client.list().status == 200


@pytest.mark.parametrize(
    ("target", "identifier", "code"),
    [
        ("", "sct", "00912"),
        ("<CancelTarget/>", "sct", "00913"),
        ("<CancelTarget><wsse:SecurityTokenReference/></CancelTarget>", "sct", "00914"),
        (TARGET.replace(' URI="#sct"', ""), "sct", "00915"),
        (TARGET, "other", "00916"),
        (TARGET.replace("#sct", "sct"), "sct", "00916"),
        (TARGET.replace("#sct", "#"), "", "00916"),
    ],
)
def test_a_cancel_must_name_the_session_of_its_header(share, ask, target, identifier, code):
    client = share(BOTH)
    client.login()
    assert ask(client, "Cancel", target=target, identifier=identifier).codes() == ["00900", code]
    assert client.list().status == 200


def test_what_is_not_offered_is_refused_and_changes_nothing(start, ask):
    client = start()
    client.login()
    assert ask(client, "Validate").codes() == ["00900", "00911"]
    assert ask(client, "Cancel", target=TARGET).codes() == ["00900", "00911"]
    assert client.list().status == 200
    assert [call["operation"] for call in client.insurer.calls()[1:3]] == ["validate", "cancel"]
