from __future__ import annotations

import gzip
import time

import pytest

from bipro_sync import __version__
from bipro_sync.bipro.calls.request import Request
from bipro_sync.errors import ConfigurationError, FramingError, ProtocolError, RefusedXmlError, UnreachableError
from bipro_sync.model.ports import Operation, Outcome

from ..fixtures import SHIPMENT, answer, http_parts, message, mtom_answer, token_answer, unframed
from ..insurer import Hang, Insurer
from ..recorders import texts_of


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
        "https://bipro..example/",
        f"https://{'b' * 64}.example/",
        "https://bipro.example/\x7f",
        "https://[v1.x]/",
        f"https://bipro.example/{'b' * 70_000}",
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


@pytest.mark.parametrize("cookie", ["JSESSIONID=erfunden; Path=/", "lang=Österreich"])
def test_no_cookie_is_kept(signed_in, cookie):
    signed_in.script(answer(message("32"), Set_Cookie=cookie), answer(message("50")))
    client = signed_in.client()
    client.list_shipments()
    client.acknowledge(SHIPMENT)
    assert "cookie" not in signed_in.insurer.served[-1].headers


@pytest.fixture
def elsewhere(house):
    other = Insurer(house.observer)
    yield other
    other.close()


@pytest.mark.parametrize("where", ["the same host", "another host"])
@pytest.mark.parametrize("form", ["32", "70"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed_even_with_an_answer_in_it(signed_in, elsewhere, status, form, where):
    location = (signed_in.insurer if where == "the same host" else elsewhere).url("/elsewhere")
    make = mtom_answer if form == "70" else lambda name, **options: answer(message(name), **options)
    signed_in.script(make(form, status=status, Location=location))
    with pytest.raises(ProtocolError, match="another address") as caught:
        signed_in.client(most_retries=3).fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)
    assert "elsewhere" not in texts_of(caught.value)
    assert len(signed_in.insurer.served) == 2
    assert elsewhere.connections == 0
    assert signed_in.sink.envelopes == 0


def plain(url, **changes):
    settings = {
        "operation": Operation.HUB,
        "service": "hub",
        "url": url,
        "soap_action": None,
        "body": b'{"api-key": "invented"}',
        "digest": "0" * 64,
        "headers": {"Content-Type": "application/json", "Accept": "application/json"},
    }
    return Request(**(settings | changes))


def send_plain(line, request, max_bytes=1000):
    with line.call(request, exchange="auth") as call:
        return call.send_plain(max_bytes)


@pytest.mark.parametrize("status", [200, 401, 503])
def test_a_call_without_soap_sends_its_own_headers_and_gives_the_answer_as_it_is(house, status):
    house.script(answer(b'{"access_token": "x"}', status=status, content_type="application/json"))
    plain_answer = send_plain(house.line(), plain(house.insurer.url("/hub?key=1")))
    assert (plain_answer.http_status, plain_answer.body) == (status, b'{"access_token": "x"}')
    assert "access_token" not in repr(plain_answer)
    (served,) = house.insurer.served
    assert "soapaction" not in served.headers
    assert (served.headers["content-type"], served.headers["accept"]) == ("application/json", "application/json")
    assert served.body == b'{"api-key": "invented"}'
    (intent,) = house.observer.intents
    assert (intent.service, intent.endpoint) == ("hub", house.insurer.url("/hub"))
    assert house.observer.of(Operation.HUB)[0].bytes == 21


def test_a_plain_answer_is_bounded_unpacked_and_whole_or_none(house):
    house.script(packed(b"a" * 1000), packed(b"a" * 1001), answer(b"{", length=2))
    line, request = house.line(), plain(house.insurer.url("/hub"))
    assert send_plain(line, request).body == b"a" * 1000
    with pytest.raises(ProtocolError, match="larger"):
        send_plain(line, request)
    with pytest.raises(FramingError):
        send_plain(line, request)


def test_an_address_outside_the_connection_is_looked_at_when_it_is_called(house):
    with pytest.raises(ConfigurationError, match="https"):
        send_plain(house.line(), plain("http://hub.example/login"))
    assert not house.observer.intents


def test_a_line_needs_no_address_that_nobody_calls(house):
    house.script(answer(b"{}", content_type="application/json"))
    assert send_plain(house.line(sts_url="", transfer_url=""), plain(house.insurer.url("/hub"))).body == b"{}"


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
    head, body = http_parts("70")
    signed_in.script(unframed(body, content_type=head["Content-Type"]))
    with pytest.raises(ProtocolError, match="larger"):
        signed_in.client(max_body_bytes=2000).fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)


def test_ten_gigabytes_announced_are_refused_before_any_byte_is_read(signed_in):
    hang = Hang(answer(b"", length=10 << 30))
    signed_in.script(hang)
    with pytest.raises(ProtocolError, match="announces"):
        signed_in.client().fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)
    assert hang.reached.wait(10)


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
        signed_in.client(call_deadline=60, minimum_rate=0).list_shipments()
    assert caught.value.sent is True


def test_an_answer_that_stops_in_its_midst_is_an_error(signed_in):
    hang = Hang(unframed(message("30")[:500]))
    signed_in.script(hang)
    with pytest.raises(UnreachableError) as caught:
        signed_in.client(list_timeout=0.2).list_shipments()
    assert hang.reached.wait(10)
    assert caught.value.sent is True
    (outcome,) = signed_in.observer.of(Operation.LIST)
    assert (outcome.outcome, outcome.http_status, outcome.bytes) == (Outcome.UNKNOWN, 200, 500)


def test_a_refused_connection_is_no_matter_of_certificates(house):
    house.insurer.close()
    with pytest.raises(UnreachableError) as caught:
        house.client().login()
    assert "ca_file" not in caught.value.hint


def test_a_ca_file_is_trusted_in_addition(tls_house, authority):
    tls_house.script(token_answer(), answer(message("32")))
    assert tls_house.client(ca_file=str(authority.ca_file)).list_shipments().shipments == ()


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
