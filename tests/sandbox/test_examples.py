"""Examples of requests that our own client never writes are understood, or refused with the reason, all the same."""

from pathlib import Path


EXAMPLES = Path(__file__).parents[1] / "bipro" / "messages"
TOKEN = b"bipro:4711-invented-0001"
CODE = ".//{http://schemas.xmlsoap.org/ws/2005/02/trust}Code"


def example(client, name):
    """The example with the client's token in the place of its own."""
    (path,) = EXAMPLES.glob(f"{name}_*")
    data = path.read_bytes()
    assert data.count(TOKEN) == 1
    return data.replace(TOKEN, client.token.encode())


def test_a_session_is_asked_about(start):
    client = start("[sts]\nvalidate = true\n")
    client.token = "bipro:unknown"
    for status in ("invalid", "valid"):
        reply = client.post(client.sts_path, example(client, "10"), "urn:RequestSecurityToken")
        assert reply.xml().findtext(CODE) == f"http://schemas.xmlsoap.org/ws/2005/02/trust/status/{status}"
        client.login()


def test_release_1_is_named(start):
    client = start()
    client.login()
    reply = client.post(client.transfer_path, example(client, "25"), "")
    assert reply.codes() == ["00930", "00931"]
    assert b"Release 1" in reply.body


def test_a_list_may_be_asked_for_in_mtom(start):
    client = start()
    client.login()
    head, _, body = example(client, "75").partition(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    action = fields["SOAPAction"].strip('"')
    headers = {"Content-Type": fields["Content-Type"]}
    assert client.post(client.transfer_path, body, action, **headers).ids() == ["S-1", "S-2"]
