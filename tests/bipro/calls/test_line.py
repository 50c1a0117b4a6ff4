from __future__ import annotations

import gzip
import ipaddress
import ssl
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bipro_sync import __version__
from bipro_sync.errors import ConfigurationError, FramingError, ProtocolError, RefusedXmlError, UnreachableError
from bipro_sync.model.ports import Operation, Outcome

from ..conftest import House
from ..fixtures import SHIPMENT, answer, http_parts, message, mtom_answer, token_answer, unframed
from ..insurer import Hang


def test_no_byte_leaves_before_its_intent_is_recorded(signed_in):
    signed_in.script(answer(message("30")), mtom_answer("70"), answer(message("50")))
    client = signed_in.client()
    client.list_shipments()
    client.fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)
    client.acknowledge(SHIPMENT)
    assert [served.intents_at_first_byte for served in signed_in.insurer.served] == [1, 2, 3, 4]
    assert [call for call, _ in signed_in.observer.outcomes] == ["call-1", "call-2", "call-3", "call-4"]


def test_the_intent_says_where_and_what_without_the_addresss_query(signed_in):
    signed_in.script(answer(message("30")))
    signed_in.client().list_shipments()
    login, listing = signed_in.observer.intents
    assert (login.service, login.endpoint, login.exchange) == ("sts", signed_in.insurer.url("/sts"), "auth")
    assert (listing.service, listing.endpoint, listing.exchange) == (
        "transfer",
        signed_in.insurer.url("/transfer"),
        "list",
    )
    assert (listing.insurer, listing.account, listing.operation) == ("muster", "konto", Operation.LIST)
    assert len(listing.request_sha256) == 64


def test_the_headers_are_those_that_servers_want(signed_in):
    signed_in.script(answer(message("32")))
    signed_in.client().list_shipments()
    login, listing = (served.headers for served in signed_in.insurer.served)
    assert login["soapaction"] == '"urn:RequestSecurityToken"'
    assert listing["soapaction"] == '"urn:listShipments"'
    assert listing["content-type"] == "text/xml; charset=utf-8"
    assert listing["accept"] == "multipart/related, application/xop+xml, text/xml"
    assert listing["accept-encoding"] == "identity"
    assert listing["user-agent"] == f"bipro-sync/{__version__}"
    assert signed_in.insurer.served[0].line == "POST /sts?key=1 HTTP/1.1"


def test_an_empty_soap_action_is_sent_as_two_quotes(signed_in):
    signed_in.script(answer(message("32")))
    signed_in.client({"soap_action": "empty"}).list_shipments()
    assert signed_in.insurer.served[1].headers["soapaction"] == '""'


@pytest.mark.parametrize(
    "url",
    [
        "http://bipro.example/sts",
        "http://10.0.0.1/",
        "ftp://localhost/",
        "https://",
        "nonsense",
        "https://user:secret@bipro.example/",
        "https://bipro.example:port/",
    ],
)
def test_an_address_that_must_not_be_used_is_refused_at_once(house, url):
    with pytest.raises(ConfigurationError) as caught:
        house.client(sts_url=url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://localhost:1/a", "http://127.1.2.3/", "http://[::1]:8080/a", "https://bipro.example/x?y"]
)
def test_loopback_may_be_plain_and_everything_may_be_tls(house, url):
    assert house.client(sts_url=url)


def test_proxies_of_the_environment_are_not_asked(signed_in, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    signed_in.script(answer(message("32")))
    signed_in.client().list_shipments()
    assert len(signed_in.insurer.served) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed_even_with_an_answer_in_it(signed_in, status):
    signed_in.script(answer(message("32"), status=status, Location=signed_in.insurer.url("/elsewhere")))
    with pytest.raises(ProtocolError, match="another address"):
        signed_in.client().list_shipments()
    assert len(signed_in.insurer.served) == 2


def test_connections_are_used_again(house):
    house.script(
        answer(message("04"), Connection="keep-alive"),
        answer(message("32"), Connection="keep-alive"),
        answer(message("32"), Connection="keep-alive"),
    )
    client = house.client()
    client.list_shipments()
    client.list_shipments()
    assert len(house.insurer.served) == 3
    assert house.insurer.connections == 1


def packed(body, **options):
    return answer(gzip.compress(body, mtime=0), Content_Encoding="gzip", **options)


def test_gzip_that_nobody_asked_for_is_read_and_hashed_as_meant(signed_in):
    head, body = http_parts("70")
    signed_in.script(packed(body, content_type=head["Content-Type"]))
    fetched = signed_in.client().fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)
    assert fetched.received == len(body)
    assert signed_in.sink.bytes_of(fetched.files[0].part).endswith(b"%%EOF\r\n")


def test_gzip_cut_in_the_middle_is_an_error_though_http_is_content(signed_in):
    head, body = http_parts("70")
    data = gzip.compress(body, mtime=0)[:-9]
    signed_in.script(answer(data, content_type=head["Content-Type"], Content_Encoding="gzip"))
    with pytest.raises(FramingError):
        signed_in.client().fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)


def test_a_gzip_bomb_ends_the_call(signed_in):
    begin, end = message("40").split(b"JVBER", 1)
    bomb = begin + b"A" * (80 << 20) + end
    signed_in.script(packed(bomb))
    with pytest.raises(RefusedXmlError):
        signed_in.client().fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)
    assert signed_in.observer.of(Operation.GET)[0].bytes <= 66 << 20


@pytest.mark.parametrize("example", ["40", "70"])
def test_an_answer_that_ends_with_its_connection_is_whole_only_with_its_own_end(house, example):
    if example == "70":
        head, body = http_parts("70")
        kind, cuts = head["Content-Type"], [200, 1500, 2600, 2900, 2946]
    else:
        body, kind = message("40").rstrip(), "text/xml"
        cuts = [0, 100, 1500, 2400, len(body) - 1]
    house.script(
        token_answer(), *(unframed(body[:cut], content_type=kind) for cut in cuts), unframed(body, content_type=kind)
    )
    client = house.client()
    for _ in cuts:
        with pytest.raises(ProtocolError):
            client.fetch(SHIPMENT, exchange="mail", sink=house.sink)
    assert client.fetch(SHIPMENT, exchange="mail", sink=house.sink).files


def test_an_answer_shorter_than_its_length_is_an_error(signed_in):
    signed_in.script(mtom_answer("70", length=4000))
    with pytest.raises(FramingError, match="cut"):
        signed_in.client().fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)


def test_chunked_answers_are_read_and_cut_ones_are_not(signed_in):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    body = message("30")
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[i : i + 100]), body[i : i + 100]) for i in range(0, len(body), 100))
    signed_in.script(head + chunks + b"0\r\n\r\n", head + chunks)
    client = signed_in.client()
    assert len(client.list_shipments().shipments) == 3
    with pytest.raises(FramingError):
        client.list_shipments()


def test_a_body_larger_than_allowed_ends_the_call(signed_in):
    signed_in.script(mtom_answer("70"))
    with pytest.raises(ProtocolError, match="larger"):
        signed_in.client(max_body_bytes=2000).fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)


def test_an_answer_that_drips_is_ended_by_the_calls_deadline(signed_in):
    def drip(connection):
        body = message("30")
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
        for byte in body:
            signed_in.clock.seconds += 10
            connection.sendall(bytes([byte]))
            time.sleep(0.001)

    signed_in.script(drip)
    with pytest.raises(UnreachableError, match="longer") as caught:
        signed_in.client(call_deadline=60).list_shipments()
    assert caught.value.sent is True


def test_an_answer_that_stops_in_its_midst_is_an_error(signed_in):
    hang = Hang(unframed(message("30")[:500]))
    signed_in.script(hang)
    with pytest.raises(UnreachableError) as caught:
        signed_in.client(list_timeout=0.2).list_shipments()
    assert hang.reached.is_set()
    assert caught.value.sent is True
    (outcome,) = signed_in.observer.of(Operation.LIST)
    assert (outcome.outcome, outcome.http_status, outcome.bytes) == (Outcome.UNKNOWN, 200, 500)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A throw-away CA with a server certificate for this machine: the CA's file and the server's context."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "invented test CA")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    ca_file, key_file = folder / "ca.pem", folder / "key.pem"
    ca_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca_file, key_file)
    return ca_file, context


@pytest.fixture
def tls_house(authority):
    house = House(authority[1])
    yield house
    house.close()


def test_a_refused_connection_is_no_matter_of_certificates(house):
    house.insurer.close()
    with pytest.raises(UnreachableError) as caught:
        house.client().login()
    assert "ca_file" not in caught.value.hint


def test_a_ca_file_is_trusted_in_addition(tls_house, authority):
    tls_house.script(token_answer(), answer(message("32")))
    assert tls_house.client(ca_file=str(authority[0])).list_shipments().shipments == ()


def test_a_certificate_of_nobody_known_stops_before_anything_is_sent(tls_house):
    with pytest.raises(UnreachableError, match=r"(?i)certificate") as caught:
        tls_house.client().login()
    assert caught.value.sent is False
    assert "ca_file" in caught.value.hint
    assert not tls_house.insurer.served


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_file_that_cannot_be_used_is_a_configuration_error(house, tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigurationError, match="CA file"):
        house.client(ca_file=str(path))
