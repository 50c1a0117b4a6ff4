import hashlib
import io

import pypdf
import pytest

from bipro_sync.sandbox.loading import load
from bipro_sync.sandbox.process import serve


@pytest.fixture(scope="module")
def fetched(tmp_path_factory, client_class):
    scenario = load("demo")
    with serve("demo", tmp_path_factory.mktemp("insurer")) as insurer:
        client = client_class(insurer)
        assert client.login(scenario.account.password).status == 200
        replies = {identifier: client.get(identifier) for identifier in client.list().ids()}
        calls = {call["shipment"]: call for call in insurer.calls() if call["operation"] == "getShipment"}
        client.connection.close()
    return scenario, replies, calls


def test_every_shipment_is_listed_and_can_be_fetched(fetched):
    scenario, replies, _ = fetched
    assert sorted(replies) == sorted(shipment.id for shipment in scenario.shipments)
    assert len(replies) >= 30
    assert all(reply.status == 200 and reply.status_id() == "OK" for reply in replies.values())


def test_what_arrives_is_what_the_log_says_byte_for_byte(fetched):
    _, replies, calls = fetched
    arrived = {
        identifier: [
            {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in reply.files()
        ]
        for identifier, reply in replies.items()
    }
    logged = {identifier: call["files"] for identifier, call in calls.items()}
    assert arrived == logged


def test_every_way_of_sending_a_file_occurs(fetched):
    _, replies, _ = fetched
    types = {reply.headers["Content-Type"].partition(";")[0] for reply in replies.values()}
    assert types == {"multipart/related", "text/xml"}
    assert any(not reply.files() for reply in replies.values())
    assert any(name is None for reply in replies.values() for name, _ in reply.files())
    assert any(data == b"" for reply in replies.values() for _, data in reply.files())


def test_the_documents_are_real_pdfs_with_text(fetched):
    _, replies, _ = fetched
    pages = 0
    for reply in replies.values():
        for _, data in reply.files():
            if data.startswith(b"%PDF"):
                with io.BytesIO(data) as stream:
                    for page in pypdf.PdfReader(stream, strict=True).pages:
                        pages += 1
                        assert "Practice Insurer AG (erfunden)" in page.extract_text()
    assert pages > 20


def test_the_trap_document_ends_in_crlf_and_holds_the_boundary(fetched):
    _, replies, _ = fetched
    reply = replies["DEMO-004-FALLEN"]
    ((_, data),) = reply.files()
    boundary = b"--uuid:practice-insurer-boundary"
    assert f'boundary="{boundary[2:].decode()}"' in reply.headers["Content-Type"]
    assert data.endswith(b"%%EOF\r\n")
    assert data.count(boundary) == 4
    assert b"\r\n" + boundary not in data
