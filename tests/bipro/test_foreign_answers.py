"""What stands between us and the insurer answers too: in XML that is no SOAP, in SOAP 1.2, with a bare HTTP 500."""

from __future__ import annotations

import pytest

from bipro_sync.errors import FaultError, LoginRefusedError, LoginUnknownError, ProtocolError, TemporaryError
from bipro_sync.model.ports import LoginVerdict, Operation, Outcome
from bipro_sync.model.shipment import AckVerdict

from .fixtures import SHIPMENT, answer, http_parts, message, mtom_answer, token_answer


SOAP_12 = b"http://www.w3.org/2003/05/soap-envelope"
FOREIGN = {
    "a gateway's own fault": b'<g:fault xmlns:g="urn:invented:gateway"><g:code>900800</g:code></g:fault>',
    "xhtml": b'<html xmlns="http://www.w3.org/1999/xhtml"><body>Wartung</body></html>',
    "xhtml with a doctype": b"<!DOCTYPE html><html><body>Wartung</body></html>",
    "a fault of soap 1.2": http_parts("82")[1],
    "an empty body": b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>',
    "no fault": message("32"),
}


def in_soap_12(name):
    return message(name).replace(b"http://schemas.xmlsoap.org/soap/envelope/", SOAP_12)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("body", FOREIGN)
def test_xml_that_is_no_soap_answer_leaves_a_login_as_temporary_as_its_status(house, status, body):
    house.script(answer(FOREIGN[body], status=status, Retry_After="7"))
    with pytest.raises(TemporaryError) as caught:
        house.client().login()
    assert caught.value.retry_after == 7
    assert house.gate.verdicts == [LoginVerdict.TEMPORARY]


@pytest.mark.parametrize("status", [502, 504])
@pytest.mark.parametrize("body", FOREIGN)
def test_a_gateway_that_answers_a_login_in_xml_leaves_it_unknown(house, status, body):
    house.script(answer(FOREIGN[body], status=status))
    with pytest.raises(LoginUnknownError):
        house.client().login()
    assert house.gate.verdicts == [LoginVerdict.UNKNOWN]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("body", FOREIGN)
def test_a_list_that_meets_it_is_repeated_after_the_rest_asked_for(signed_in, status, body):
    signed_in.script(answer(FOREIGN[body], status=status, Retry_After="7"), answer(message("32")))
    assert signed_in.client(most_retries=1).list_shipments().shipments == ()
    assert 7 <= sum(signed_in.clock.slept) < 20


BROKEN = {
    "html": (answer(http_parts("81")[1], status=500, content_type="text/html"), ProtocolError),
    "empty": (answer(b"", status=500, content_type=""), ProtocolError),
    "a fault without a code": (answer(message("62"), status=500), FaultError),
    "a fault of soap 1.2": (answer(http_parts("82")[1], status=500, content_type="application/soap+xml"), FaultError),
}


@pytest.mark.parametrize("trouble", BROKEN)
def test_a_server_that_broke_without_a_code_is_asked_again_for_list_and_shipment(signed_in, trouble):
    step, _ = BROKEN[trouble]
    signed_in.script(step, answer(message("32")), step, mtom_answer("70"))
    client = signed_in.client(most_retries=2)
    assert client.list_shipments().shipments == ()
    assert len(client.fetch(SHIPMENT, exchange="mail", sink=signed_in.sink).files) == 1
    assert client.repeated == 2
    assert signed_in.sink.restarts == 1


def test_its_wish_for_a_rest_is_heeded_too(signed_in):
    signed_in.script(answer(b"", status=500, content_type="", Retry_After="40"), answer(message("32")))
    signed_in.client(most_retries=1).list_shipments()
    assert sum(signed_in.clock.slept) == 40


@pytest.mark.parametrize("trouble", BROKEN)
def test_what_remains_of_it_is_the_error_that_it_is(signed_in, trouble):
    step, kind = BROKEN[trouble]
    signed_in.script(step, step)
    with pytest.raises(kind, match="HTTP 500") as caught:
        signed_in.client(most_retries=1).list_shipments()
    assert type(caught.value) is kind
    assert caught.value.__cause__ is None
    assert len(signed_in.insurer.served) == 3


@pytest.mark.parametrize("trouble", BROKEN)
def test_an_acknowledgement_and_a_login_that_meet_it_are_never_repeated(house, trouble):
    step, _ = BROKEN[trouble]
    house.script(step)
    with pytest.raises(LoginRefusedError):
        house.client(most_retries=5).login()
    house.script(token_answer(), step)
    assert house.client(most_retries=5).acknowledge(SHIPMENT).verdict is AckVerdict.UNCLEAR
    assert len(house.insurer.served) == 3
    assert not house.clock.slept


def test_codes_in_a_fault_of_soap_1_2_are_read_and_a_session_that_ended_is_renewed(signed_in):
    ended = answer(in_soap_12("60"), status=500, content_type="application/soap+xml")
    signed_in.script(ended, token_answer("06"), answer(message("32")))
    assert signed_in.client().list_shipments().shipments == ()
    first, _ = signed_in.observer.of(Operation.LIST)
    assert (first.outcome, first.bipro_status) == (Outcome.FAULT, "NOK 00960 00962")


def test_a_login_is_refused_by_the_codes_of_a_fault_of_soap_1_2(house):
    house.script(answer(in_soap_12("08"), status=500, content_type="application/soap+xml"))
    with pytest.raises(LoginRefusedError, match="00965"):
        house.client().login()


def test_a_success_in_soap_1_2_stays_an_error(signed_in):
    signed_in.script(answer(in_soap_12("32"), content_type="application/soap+xml"))
    with pytest.raises(ProtocolError, match=r"SOAP 1\.2"):
        signed_in.client().list_shipments()
