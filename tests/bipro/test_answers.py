from __future__ import annotations

import pytest

from bipro_sync.bipro.answers import Fault, require_ok, response, soap_body
from bipro_sync.bipro.calls.call import Answer
from bipro_sync.bipro.calls.unkept import Unkept
from bipro_sync.bipro.framing.media_type import MediaType
from bipro_sync.bipro.framing.message import MessageReader
from bipro_sync.errors import (
    ExitCode,
    FaultError,
    MissingRightError,
    NotOkError,
    ProtocolError,
    RejectedError,
    TemporaryError,
)
from bipro_sync.model.ports import Operation, Outcome
from bipro_sync.model.shipment import Message, Status

from .fixtures import answer, http_parts, message


RIGHTS = ("00920", "12345")


class Noted:
    """What an understood answer leaves for the audit log."""

    def __init__(self):
        self.outcome = self.status = None


def received(data, content_type="text/xml"):
    reader = MessageReader(MediaType.parse(content_type), Unkept())
    reader.feed(data)
    return reader.finish()


def answered(data, operation=Operation.LIST, *, http_status=200, rights=RIGHTS):
    call = Noted()
    return call, response(call, Answer(http_status, received(data), "", len(data)), operation, missing_right=rights)


def fault(*codes):
    """A fault of the norm with these codes."""
    (before, _, *_), (_, after) = message("60").split(b"<nac:Meldung>"), message("60").rsplit(b"</nac:Meldung>", 1)
    told = "".join(
        f"<nac:Meldung><nac:ArtID>Fehler</nac:ArtID><nac:MeldungID>{code}</nac:MeldungID></nac:Meldung>"
        for code in codes
    )
    return before + told.encode() + after


def doubled(data, name):
    """The message with one of its elements told twice, the second time as a refusal."""
    begin, end = data.index(b"<%s>" % name), data.index(b"</%s>" % name) + len(b"</%s>" % name)
    told = data[begin:end]
    return data[:end] + told.replace(b">OK<", b">NOK<") + data[end:]


@pytest.mark.parametrize("name", [b"tran:Response", b"nac:Status", b"nac:StatusID"])
@pytest.mark.parametrize("example", ["30", "32"])
def test_an_answer_that_says_two_things_is_not_believed(example, name):
    with pytest.raises(ProtocolError, match="more than one"):
        answered(doubled(message(example), name))


@pytest.mark.parametrize("first", [True, False], ids=["before", "behind"])
def test_a_fault_beside_a_success_is_a_fault(first):
    data, refused = message("32"), message("60")
    element = refused[refused.index(b"<S:Fault>") : refused.index(b"</S:Body>")].replace(b"S:Fault", b"soapenv:Fault")
    at = data.index(b"<soapenv:Body>") + len(b"<soapenv:Body>") if first else data.index(b"</soapenv:Body>")
    with pytest.raises(FaultError):
        answered(data[:at] + element + data[at:])


def test_an_answer_of_either_spelling_gives_its_response_and_status():
    for name in ("30", "36"):
        call, (element, status) = answered(message(name))
        assert (element.name, status.ok, call.status) == ("Response", True, status)
        assert call.outcome is None


def test_every_part_of_a_status_is_read_wherever_it_stands_in_it():
    _, (_, status) = answered(message("36"))
    assert status == Status(True, "OK", "", "", (Message("Hinweis", "04000", "", "REF-1"),))


@pytest.mark.parametrize(
    ("name", "operation"), [("33", Operation.LIST), ("45", Operation.GET), ("52", Operation.ACKNOWLEDGE)]
)
def test_a_nok_is_returned_and_noted(name, operation):
    call, (_, status) = answered(message(name), operation)
    assert not status.ok
    assert call.outcome is Outcome.NOK
    with pytest.raises(NotOkError) as caught:
        require_ok(status, RIGHTS)
    assert caught.value.codes == status.codes


@pytest.mark.parametrize(
    "data",
    [
        message("40"),
        message("04"),
        message("30").replace(b":Response>", b":Antwort>"),
        message("30").replace(b"<nac:StatusID>OK</nac:StatusID>", b""),
        message("30").replace(b">OK<", b">ok<"),
        message("30").replace(b">OK<", b"><"),
        message("30").replace(b"http://www.bipro.net/namespace/transfer", b"urn:invented:transfer"),
    ],
    ids=["of another operation", "of an STS", "no Response", "no StatusID", "another StatusID", "empty", "strange"],
)
def test_what_is_not_positively_recognised_is_an_error(data):
    with pytest.raises(ProtocolError):
        answered(data)


def test_an_answer_in_release_1_is_named():
    release_1 = message("30").replace(b"bipro.net/namespace/transfer", b"bipro.net/namespace")
    with pytest.raises(ProtocolError, match="Release 1") as caught:
        answered(release_1)
    assert "release 2" in caught.value.hint


def test_of_soap_1_2_only_faults_are_read():
    head, body = http_parts("82")
    assert soap_body(received(body, head["Content-Type"]).root) == Fault(None)
    old, new = b"http://schemas.xmlsoap.org/soap/envelope/", b"http://www.w3.org/2003/05/soap-envelope"
    assert soap_body(received(message("60").replace(old, new)).root).codes == ("00960", "00962")
    with pytest.raises(ProtocolError, match=r"SOAP 1\.2"):
        soap_body(received(message("30").replace(old, new), "application/soap+xml").root)


@pytest.mark.parametrize(
    "data",
    [b"<html/>", b"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body/></e:Envelope>"],
)
def test_what_is_no_envelope_with_something_in_it_is_an_error(data):
    with pytest.raises(ProtocolError):
        soap_body(received(data).root)


def test_a_fault_gives_its_codes_and_one_without_detail_none():
    assert soap_body(received(message("60")).root).codes == ("00960", "00962")
    assert soap_body(received(message("62")).root) == Fault(None)


@pytest.mark.parametrize(
    ("codes", "http_status", "error"),
    [
        (["00920"], 500, MissingRightError),
        (["00920"], 200, MissingRightError),
        (["00007", "12345"], 500, MissingRightError),
        (["00007"], 403, MissingRightError),
        (["00900", "00920"], 403, MissingRightError),
        (["00900", "00905"], 403, FaultError),
        (["00930"], 403, MissingRightError),
        (["00007"], 500, FaultError),
        (["00007"], 401, FaultError),
        ([], 403, FaultError),
        (["00960", "00920"], 500, FaultError),
        (["00920", "00962"], 403, FaultError),
        (["00964"], 403, FaultError),
        (["00940", "00920"], 500, TemporaryError),
    ],
)
def test_a_fault_speaks_of_a_right_or_of_the_login_or_of_neither(codes, http_status, error):
    with pytest.raises(error) as caught:
        answered(fault(*codes), http_status=http_status)
    assert type(caught.value) is error
    if isinstance(caught.value, RejectedError):
        assert caught.value.codes == tuple(codes)


def test_the_codes_of_a_missing_right_are_the_profiles():
    with pytest.raises(FaultError):
        answered(fault("00920"), http_status=500, rights=())


def test_a_nok_may_speak_of_a_right_too_and_the_login_outweighs_it():
    def status(*codes, kind="Fehler", ok=False):
        told = tuple(Message(kind, code, "", "") for code in codes)
        return Status(ok, "OK" if ok else "NOK", "", "", told)

    with pytest.raises(MissingRightError) as caught:
        require_ok(status("00920"), RIGHTS)
    assert (caught.value.codes, caught.value.exit_code) == (("00920",), ExitCode.PARTIAL)
    assert "00920" in caught.value.message
    with pytest.raises(MissingRightError):
        require_ok(status("00920", ok=True), RIGHTS)
    for others in (status("00920", "00962"), status("04002")):
        with pytest.raises(NotOkError):
            require_ok(others, RIGHTS)
    with pytest.raises(NotOkError):
        require_ok(status("00920"))
    require_ok(status("00920", kind="Hinweis", ok=True), RIGHTS)
    with pytest.raises(TemporaryError, match="00940"):
        require_ok(status("00940", "00920"), RIGHTS)


def test_the_client_passes_a_missing_right_on_and_asks_for_no_other_session(signed_in):
    signed_in.script(
        answer(fault("00920"), status=500),
        answer(message("33").replace(b"04002", b"00920")),
        answer(fault("00007"), status=403),
    )
    client = signed_in.client()
    for _ in range(2):
        with pytest.raises(MissingRightError):
            client.list_shipments()
    with pytest.raises(MissingRightError):
        client.fetch("L-1", exchange="mail", sink=signed_in.sink)
    assert len(signed_in.gate.attempts) == 1
