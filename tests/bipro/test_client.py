from __future__ import annotations

import pytest

from bipro_sync.errors import (
    ConfigurationError,
    Family,
    FaultError,
    LoginRefusedError,
    MissingPartError,
    NotOkError,
    ProtocolError,
    RejectedError,
    StorageError,
    TemporaryError,
    UnreachableError,
)
from bipro_sync.model.ports import LoginVerdict, Operation, Outcome
from bipro_sync.model.shipment import AckVerdict

from .fixtures import SHIPMENT, answer, http_parts, message, mtom_answer, token_answer, unframed
from .insurer import Hang, reset, silence


EXPIRED = answer(message("60"), status=500)
FAULTS = {
    "schema": (answer(message("61"), status=500), FaultError),
    "no detail": (answer(message("62"), status=500), FaultError),
    "fault with status 200": (answer(message("61")), FaultError),
    "temporary": (answer(message("09"), status=500), TemporaryError),
    "temporary in a 200": (answer(message("09")), TemporaryError),
    "503": (answer(http_parts("81")[1], status=503, content_type="text/html"), TemporaryError),
    "503 fault": (answer(message("62"), status=503), TemporaryError),
    "429": (answer(b"", status=429, content_type=""), TemporaryError),
    "502": (answer(b"", status=502, content_type=""), TemporaryError),
    "504 xhtml": (answer(b"<!DOCTYPE html><html/>", status=504), TemporaryError),
    "html": (answer(b"<html>Wartung</html>", content_type="text/html"), ProtocolError),
    "html as xml": (answer(b"<html><body/></html>"), ProtocolError),
    "soap 1.2": (answer(http_parts("82")[1], status=500, content_type="application/soap+xml"), FaultError),
    "another operation": (
        answer(message("50").replace(b"acknowledgeShipmentResponse", b"otherResponse")),
        ProtocolError,
    ),
    "success with status 500": (answer(message("32"), status=500), ProtocolError),
    "no status id": (answer(message("32").replace(b"StatusID", b"StatusNr")), ProtocolError),
    "strange status id": (answer(message("32").replace(b">OK<", b">okay<")), ProtocolError),
    "no status": (answer(message("32").replace(b"nac:Status>", b"nac:State>")), ProtocolError),
    "no response": (answer(message("32").replace(b"tran:Response>", b"tran:Reply>")), ProtocolError),
    "shipments without a namespace": (answer(message("30").replace(b"tran:Lieferung>", b"Lieferung>")), ProtocolError),
    "shipments in a wrapper": (
        answer(
            message("30")
            .replace(b"<tran:Lieferung>", b"<tran:Lieferungen><tran:Lieferung>")
            .replace(b"</tran:Lieferung>", b"</tran:Lieferung></tran:Lieferungen>")
        ),
        ProtocolError,
    ),
    "nok 00940": (answer(message("33").replace(b"04002", b"00940")), TemporaryError),
    "foreign namespace": (answer(message("32").replace(b"namespace/transfer", b"namespace/tranfser")), ProtocolError),
    "redirect": (answer(b"", status=307, Location="https://evil.invalid/"), ProtocolError),
    "cut": (answer(message("32")[:-80], length=len(message("32"))), ProtocolError),
    "silence": (silence, UnreachableError),
    "reset": (reset, UnreachableError),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_list_that_is_not_positively_one_is_an_error_and_never_an_empty_mailbox(signed_in, fault):
    step, kind = FAULTS[fault]
    signed_in.script(step)
    with pytest.raises(kind) as caught:
        signed_in.client().list_shipments()
    assert caught.value.exit_code == 13
    assert caught.value.family is Family.LIST
    assert caught.value.message.startswith("muster, listShipments")
    (outcome,) = signed_in.observer.of(Operation.LIST)
    assert outcome.outcome in {Outcome.FAULT, Outcome.NOK, Outcome.UNUSABLE, Outcome.UNKNOWN}


SET_UP = {
    "html": (answer(b"<html>Wartung</html>", content_type="text/html"), "transfer_url"),
    "404 html": (answer(b"<html/>", status=404, content_type="text/html"), "transfer_url"),
    "404 without a type": (answer(b"", status=404, content_type=""), "transfer_url"),
    "404 xml": (answer(b"<error/>", status=404), "transfer_url"),
    "redirect": (answer(b"", status=302, Location="https://evil.invalid/"), "transfer_url"),
    "fault 00007": (answer(message("61"), status=500), "consumer_id, bipro_version and profile"),
    "nok 04002": (answer(message("33")), 'confirmed_flag = "omit"'),
    "nok 04005": (answer(message("34")), 'list_category = ""'),
}


@pytest.mark.parametrize("trouble", SET_UP)
def test_a_wrong_set_up_is_told_by_what_to_change(signed_in, trouble):
    step, change = SET_UP[trouble]
    signed_in.script(step)
    with pytest.raises((ProtocolError, FaultError, NotOkError)) as caught:
        signed_in.client().list_shipments()
    assert change in caught.value.hint
    assert "next run" not in caught.value.hint


@pytest.mark.parametrize("step", [answer(message("62"), status=500), answer(b"<a/>")])
def test_a_trouble_of_the_insurers_is_told_to_pass(signed_in, step):
    signed_in.script(step)
    with pytest.raises((ProtocolError, FaultError, NotOkError)) as caught:
        signed_in.client().list_shipments()
    assert "The next run tries again" in caught.value.hint


@pytest.mark.parametrize("version", ["1.1.1.0", "1.0.2.0.0"])
def test_a_service_of_release_1_is_refused_before_any_login(house, version):
    with pytest.raises(ConfigurationError, match=r"muster: Release 1 is not supported, because") as caught:
        house.client(bipro_version=version)
    assert "release 2" in caught.value.hint
    assert not house.insurer.connections


@pytest.mark.parametrize("example", ["31", "32"])
def test_an_empty_mailbox_is_a_positive_answer(signed_in, example):
    signed_in.script(answer(message(example)))
    assert signed_in.client().list_shipments().shipments == ()
    assert signed_in.observer.of(Operation.LIST)[0].count == 0


@pytest.mark.parametrize(("example", "code"), [("33", "04002"), ("34", "04005"), ("35", "04001")])
def test_a_list_with_nok_is_an_error(signed_in, example, code):
    signed_in.script(answer(message(example)))
    with pytest.raises(NotOkError, match=code) as caught:
        signed_in.client().list_shipments()
    assert caught.value.codes == (code,)
    (outcome,) = signed_in.observer.of(Operation.LIST)
    assert (outcome.outcome, outcome.bipro_status, outcome.process_id) == (Outcome.NOK, f"NOK {code}", "p-1")


@pytest.mark.parametrize(
    ("written", "recorded"),
    [
        ("{0A1b-2c}:3_4.5", "{0A1b-2c}:3_4.5"),
        ("x" * 64, "x" * 64),
        ("x" * 65, None),
        ("Police Erika Erfunden.pdf", None),
        ("Müller", None),
        ("a/b", None),
        ("", None),
    ],
)
def test_a_process_id_is_recorded_only_where_it_looks_like_one(signed_in, written, recorded):
    signed_in.script(answer(message("33").replace(b">p-1<", f">{written}<".encode())))
    with pytest.raises(NotOkError):
        signed_in.client().list_shipments()
    assert signed_in.observer.of(Operation.LIST)[0].process_id == recorded


def test_nok_04001_is_an_empty_mailbox_only_where_the_profile_says_so(signed_in):
    signed_in.script(answer(message("35")), answer(message("33")))
    client = signed_in.client({"nok_04001_is_empty": True})
    assert client.list_shipments().shipments == ()
    with pytest.raises(NotOkError):
        client.list_shipments()


def test_nok_04001_beside_another_code_is_an_error_even_then(signed_in):
    beside = b"<nac:Meldung><nac:ArtID>Fehler</nac:ArtID><nac:MeldungID>00932</nac:MeldungID></nac:Meldung>"
    signed_in.script(answer(message("35").replace(b"<nac:Meldung>", beside + b"<nac:Meldung>")))
    with pytest.raises(NotOkError, match="00932"):
        signed_in.client({"nok_04001_is_empty": True}).list_shipments()


def test_nok_04001_beside_shipments_is_an_error_even_then(signed_in):
    body = message("30").replace(b">OK<", b">NOK<").replace(b"04000", b"04001")
    signed_in.script(answer(body))
    with pytest.raises(NotOkError):
        signed_in.client({"nok_04001_is_empty": True}).list_shipments()


def test_a_capital_answer_to_a_capital_question_is_read(signed_in):
    signed_in.script(answer(message("36")))
    listing = signed_in.client({"operations": "capital"}).list_shipments()
    assert listing.status.messages[0].reference == "REF-1"
    assert listing.shipments[0].id == "L-2026-000036"
    assert b":ListShipments" in signed_in.insurer.served[1].body
    assert signed_in.insurer.served[1].headers["soapaction"] == '"urn:ListShipments"'


def test_a_fetch_streams_envelope_and_files_to_the_sink(signed_in):
    signed_in.script(mtom_answer("70"))
    fetched = signed_in.client().fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)
    (file,) = fetched.files
    assert signed_in.sink.bytes_of(file.part).endswith(b"%%EOF\r\n")
    assert signed_in.sink.bytes_of(fetched.envelope).startswith(b"<?xml")
    (outcome,) = signed_in.observer.of(Operation.GET)
    assert (outcome.outcome, outcome.count, outcome.bytes) == (Outcome.OK, 1, 2951)
    assert outcome.response_sha256 == fetched.response_sha256
    assert (signed_in.observer.intents[1].exchange, signed_in.observer.intents[1].shipment) == ("mail", SHIPMENT)


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (answer(message("45")), NotOkError),
        (answer(message("47")), NotOkError),
        (mtom_answer("74"), MissingPartError),
        (unframed(http_parts("73")[1], content_type=http_parts("73")[0]["Content-Type"]), ProtocolError),
        (answer(message("40").replace(b"JVBERi0x", b"JVBE!i0x")), ProtocolError),
        FAULTS["html"],
        FAULTS["schema"],
        FAULTS["503"],
    ],
    ids=["nok", "ok with error", "missing part", "truncated", "base64", "html", "fault", "503"],
)
def test_a_fetch_that_is_not_whole_is_an_error_of_that_shipment(signed_in, step, kind):
    signed_in.script(step)
    with pytest.raises(kind) as caught:
        signed_in.client().fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)
    assert caught.value.family is Family.GET
    assert SHIPMENT in caught.value.message


def test_a_warning_inside_ok_is_a_success(signed_in):
    signed_in.script(answer(message("48")))
    fetched = signed_in.client().fetch("L-2026-000048", exchange="mail", sink=signed_in.sink)
    assert fetched.status.messages[0].kind == "Warnung"


def test_a_full_disk_ends_the_fetch_as_a_storage_error(signed_in):
    signed_in.script(mtom_answer("70"))
    signed_in.sink.broken = True
    with pytest.raises(StorageError, match=r"^the disk is full$"):
        signed_in.client().fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)
    assert signed_in.observer.of(Operation.GET)[0].outcome is Outcome.STORAGE


def test_a_fault_over_http_500_does_not_open_the_sink(signed_in):
    signed_in.script(answer(message("61"), status=500))
    with pytest.raises(FaultError):
        signed_in.client().fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)
    assert signed_in.sink.envelopes == 0


@pytest.mark.parametrize(
    "expired",
    [EXPIRED, answer(message("60"), status=401), answer(message("60")), mtom_answer("72", status=500)],
    ids=["500", "401", "200", "multipart"],
)
def test_a_refused_token_gets_one_new_login_and_one_repetition(signed_in, expired):
    signed_in.script(expired, token_answer("06"), mtom_answer("70"))
    fetched = signed_in.client().fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)
    assert len(fetched.files) == 1
    assert [b"invented-0001" in served.body for served in signed_in.insurer.served] == [False, True, False, False]
    assert b"invented-0002" in signed_in.insurer.served[3].body
    assert [intent.exchange for intent in signed_in.observer.intents] == ["auth", "mail", "auth", "mail"]


def test_a_token_that_is_refused_twice_is_an_error(signed_in):
    signed_in.script(EXPIRED, token_answer(), EXPIRED)
    with pytest.raises(FaultError) as caught:
        signed_in.client().list_shipments()
    assert caught.value.codes == ("00960", "00962")
    assert len(signed_in.insurer.served) == 4


UNAUTHORISED = {
    "401 html": answer(b"<html>Unauthorized</html>", status=401, content_type="text/html"),
    "403 empty": answer(b"", status=403, content_type=""),
    "401 fault without a code": answer(message("62"), status=401),
    "403 cut": answer(b"<a>", status=403, length=100),
}


@pytest.mark.parametrize("refusal", UNAUTHORISED)
def test_http_alone_can_refuse_a_session(signed_in, refusal):
    signed_in.script(UNAUTHORISED[refusal], token_answer("06"), answer(message("50")))
    assert signed_in.client().acknowledge(SHIPMENT).verdict is AckVerdict.CONFIRMED
    assert b"invented-0002" in signed_in.insurer.served[3].body
    assert len(signed_in.gate.attempts) == 2


@pytest.mark.parametrize("refusal", UNAUTHORISED)
def test_a_session_that_http_refuses_twice_is_an_error_and_no_storm(signed_in, refusal):
    signed_in.script(UNAUTHORISED[refusal], token_answer(), UNAUTHORISED[refusal])
    client = signed_in.client(most_retries=5)
    with pytest.raises((ProtocolError, FaultError), match=refusal[:3]):
        client.list_shipments()
    with pytest.raises(UnreachableError, match="a token it had just given"):
        client.list_shipments()
    assert len(signed_in.insurer.served) == 4
    assert not signed_in.clock.slept


@pytest.mark.parametrize("code", [b"00931", b"00920"])
def test_a_forbidden_call_whose_code_is_about_something_else_gets_no_new_session(signed_in, code):
    signed_in.script(answer(message("61").replace(b"00007", code), status=403))
    with pytest.raises(RejectedError):
        signed_in.client().list_shipments()
    assert len(signed_in.gate.attempts) == 1


def test_an_insurer_that_refuses_its_own_new_tokens_causes_two_logins_and_no_storm(house):
    not_authenticated = answer(message("60").replace(b"00962", b"00960"), status=500)
    house.script(token_answer(), not_authenticated, token_answer("06"), not_authenticated)
    client = house.client()
    with pytest.raises(FaultError):
        client.fetch("L-1", exchange="mail", sink=house.sink)
    calls = len(house.observer.intents)
    for number in range(2, 7):
        with pytest.raises(UnreachableError, match=r"muster: .*a token it had just given.*nothing was sent") as caught:
            client.fetch(f"L-{number}", exchange="mail", sink=house.sink)
        assert caught.value.sent is False
        assert caught.value.family is Family.STS
    for ask in (client.login, client.list_shipments, lambda: client.acknowledge(SHIPMENT)):
        with pytest.raises(UnreachableError):
            ask()
    assert len(house.gate.attempts) == 2
    assert len(house.observer.intents) == calls == 4


def test_tokens_that_end_now_and_then_are_renewed_each_time(house):
    for _ in range(3):
        house.script(token_answer(), answer(message("32")), EXPIRED)
    house.script(token_answer(), answer(message("32")))
    client = house.client()
    for _ in range(4):
        client.list_shipments()
    assert len(house.gate.attempts) == 4


def test_a_new_token_that_fails_for_another_reason_is_kept(signed_in):
    signed_in.script(EXPIRED, token_answer(), FAULTS["schema"][0], answer(message("32")))
    client = signed_in.client()
    with pytest.raises(FaultError):
        client.list_shipments()
    client.list_shipments()
    assert len(signed_in.gate.attempts) == 2


def test_a_nok_that_speaks_of_the_session_is_repeated_too(signed_in):
    signed_in.script(answer(message("33").replace(b"04002", b"00962")), token_answer(), answer(message("32")))
    assert signed_in.client().list_shipments().shipments == ()


REFUSING = [b"00961", b"00964", b"00965", b"00966"]


@pytest.mark.parametrize("code", REFUSING)
@pytest.mark.parametrize(
    "ask",
    [
        lambda client, _: client.list_shipments(),
        lambda client, sink: client.fetch(SHIPMENT, exchange="mail", sink=sink),
        lambda client, _: client.acknowledge(SHIPMENT),
    ],
    ids=["list", "get", "acknowledge"],
)
def test_a_transfer_fault_that_speaks_of_password_or_lock_is_told_to_the_gate_and_causes_no_login(signed_in, ask, code):
    signed_in.script(answer(message("60").replace(b"00962", code), status=500))
    with pytest.raises(LoginRefusedError):
        ask(signed_in.client(), signed_in.sink)
    assert signed_in.gate.verdicts == [LoginVerdict.ACCEPTED, LoginVerdict.REFUSED]
    assert len(signed_in.insurer.served) == 2


@pytest.mark.parametrize("code", REFUSING)
def test_a_nok_that_speaks_of_password_or_lock_is_a_refused_login_too(signed_in, code):
    signed_in.script(answer(message("51").replace(b"04004", code)))
    with pytest.raises(LoginRefusedError):
        signed_in.client().acknowledge(SHIPMENT)
    assert signed_in.gate.verdicts == [LoginVerdict.ACCEPTED, LoginVerdict.REFUSED]


def test_a_new_login_that_is_refused_ends_the_call(signed_in):
    signed_in.script(EXPIRED, answer(message("08"), status=500))
    with pytest.raises(LoginRefusedError):
        signed_in.client().acknowledge(SHIPMENT)


@pytest.mark.parametrize(
    ("example", "verdict", "outcome"),
    [
        ("50", AckVerdict.CONFIRMED, Outcome.OK),
        ("51", AckVerdict.REFUSED, Outcome.NOK),
        ("52", AckVerdict.UNKNOWN_ID, Outcome.NOK),
    ],
)
def test_an_acknowledgement_has_the_insurers_clear_word(signed_in, example, verdict, outcome):
    signed_in.script(answer(message(example)))
    acknowledged = signed_in.client().acknowledge(SHIPMENT)
    assert acknowledged.verdict is verdict
    assert acknowledged.status.process_id == "p-9"
    assert "erfunden" not in acknowledged.detail
    (recorded,) = signed_in.observer.of(Operation.ACKNOWLEDGE)
    assert recorded.outcome is outcome
    assert (signed_in.observer.intents[1].exchange, signed_in.observer.intents[1].shipment) == ("ack", SHIPMENT)


JUDGED_ELSEWHERE = {
    "schema",
    "fault with status 200",
    "429",
    "nok 00940",
    "shipments without a namespace",
    "shipments in a wrapper",
}


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - JUDGED_ELSEWHERE))
def test_an_acknowledgement_without_a_clear_word_is_unclear(signed_in, fault):
    signed_in.script(FAULTS[fault][0])
    acknowledged = signed_in.client().acknowledge(SHIPMENT)
    assert acknowledged.verdict is AckVerdict.UNCLEAR
    assert acknowledged.status is None
    assert acknowledged.detail


def test_an_acknowledgement_that_is_turned_away_for_the_time_being_is_unclear_and_not_refused(signed_in):
    signed_in.script(answer(message("51").replace(b"04004", b"00940")))
    acknowledged = signed_in.client(most_retries=5).acknowledge(SHIPMENT)
    assert acknowledged.verdict is AckVerdict.UNCLEAR
    assert len(signed_in.observer.of(Operation.ACKNOWLEDGE)) == 1


def test_an_acknowledgement_that_is_ok_and_reports_an_error_is_unclear(signed_in):
    signed_in.script(answer(message("50").replace(b"Hinweis", b"Fehler")))
    assert signed_in.client().acknowledge(SHIPMENT).verdict is AckVerdict.UNCLEAR


def test_an_acknowledgement_that_is_never_answered_is_unclear(signed_in):
    hang = Hang()
    signed_in.script(hang)
    acknowledged = signed_in.client(ack_timeout=0.2).acknowledge(SHIPMENT)
    assert hang.reached.is_set()
    assert acknowledged.verdict is AckVerdict.UNCLEAR
    assert signed_in.observer.of(Operation.ACKNOWLEDGE)[0].outcome is Outcome.UNKNOWN


def test_an_acknowledgement_whose_token_is_refused_is_repeated_once(signed_in):
    signed_in.script(EXPIRED, token_answer(), answer(message("50")))
    assert signed_in.client().acknowledge(SHIPMENT).verdict is AckVerdict.CONFIRMED


def test_an_acknowledgement_whose_token_is_refused_twice_was_not_carried_out(signed_in):
    signed_in.script(EXPIRED, token_answer(), EXPIRED)
    with pytest.raises(FaultError):
        signed_in.client().acknowledge(SHIPMENT)


def test_an_acknowledgement_that_surely_was_not_sent_is_an_error(signed_in):
    client = signed_in.client()
    client.login()
    signed_in.insurer.close()
    with pytest.raises(UnreachableError) as caught:
        client.acknowledge(SHIPMENT)
    assert caught.value.sent is False
    assert signed_in.observer.of(Operation.ACKNOWLEDGE)[0].outcome is Outcome.NOT_SENT


@pytest.mark.parametrize("step", ["intent", "outcome"])
def test_a_log_that_fails_at_an_acknowledgement_is_a_storage_error(signed_in, step):
    client = signed_in.client()
    client.login()
    signed_in.script(answer(message("50")))
    signed_in.observer.broken = step
    with pytest.raises(StorageError):
        client.acknowledge(SHIPMENT)
    assert len(signed_in.insurer.served) == (1 if step == "intent" else 2)


def test_the_end_of_a_client_is_the_end_of_its_session_and_connections(house):
    kept = {"Connection": "keep-alive"}
    house.script(answer(message("04"), **kept), answer(message("13"), **kept))
    client = house.client({"sts_cancels": True})
    client.login()
    client.close()
    house.insurer.wait_until_hung_up()
    assert [intent.operation for intent in house.observer.intents] == [Operation.ISSUE, Operation.CANCEL]


def test_connections_end_even_where_the_log_fails_at_the_end(house):
    house.script(answer(message("04"), Connection="keep-alive"))
    client = house.client({"sts_cancels": True})
    client.login()
    house.observer.broken = "intent"
    with pytest.raises(StorageError):
        client.close()
    house.insurer.wait_until_hung_up()
    assert len(house.insurer.served) == 1


def acknowledging_fault(*codes):
    told = b"".join(b"<nac:Meldung><nac:MeldungID>%s</nac:MeldungID></nac:Meldung>" % code for code in codes)
    before, _, rest = message("61").partition(b"<nac:Meldung>")
    return before + told + rest.partition(b"</nac:Meldung>")[2]


@pytest.mark.parametrize(
    ("codes", "verdict"),
    [
        ([b"04003"], AckVerdict.UNKNOWN_ID),
        ([b"04004"], AckVerdict.REFUSED),
        ([b"04006"], AckVerdict.REFUSED),
        ([b"00007"], AckVerdict.REFUSED),
        ([b"00930", b"00931"], AckVerdict.REFUSED),
        ([b"00920"], AckVerdict.REFUSED),
        ([b"00932"], AckVerdict.UNCLEAR),
        ([b"04003", b"00932"], AckVerdict.UNCLEAR),
        ([b"99999"], AckVerdict.UNCLEAR),
        ([b"00963"], AckVerdict.UNCLEAR),
        ([b"00900", b"00905"], AckVerdict.UNCLEAR),
        ([b"00940"], AckVerdict.UNCLEAR),
        ([b"kaputt"], AckVerdict.UNCLEAR),
    ],
)
@pytest.mark.parametrize("status_id", [b"NOK", b"OK", b""], ids=["NOK", "OK", "none"])
def test_the_codes_of_a_fault_say_what_became_of_an_acknowledgement(signed_in, codes, verdict, status_id):
    body = acknowledging_fault(*codes).replace(b">NOK<", b">%s<" % status_id)
    signed_in.script(answer(body, status=500))
    acknowledged = signed_in.client(most_retries=5).acknowledge(SHIPMENT)
    assert acknowledged.verdict is verdict
    assert [each.outcome for each in signed_in.observer.of(Operation.ACKNOWLEDGE)] == [Outcome.FAULT]


def test_a_refused_acknowledgement_says_what_a_person_changes(signed_in):
    signed_in.script(answer(message("61"), status=500), answer(message("51").replace(b"04004", b"00007")))
    client = signed_in.client()
    for _ in range(2):
        assert "Check consumer_id, bipro_version and profile" in client.acknowledge(SHIPMENT).detail


def referring(body, *references):
    told = b"".join(b"<nac:Identifikationsnummer>%s</nac:Identifikationsnummer>" % each for each in references)
    return body.replace(b"</nac:MeldungID>", b"</nac:MeldungID>" + told)


REFERRED = {
    "nok": answer(referring(message("45"), b"SUP-4711.a:b_c")),
    "fault": answer(referring(message("61"), b"SUP-4711.a:b_c"), status=500),
    "temporary": answer(referring(message("09"), b"SUP-4711.a:b_c"), status=500),
}


@pytest.mark.parametrize("step", REFERRED)
def test_the_reference_that_support_asks_for_is_in_the_sentence_and_in_the_log(signed_in, step):
    signed_in.script(REFERRED[step])
    with pytest.raises((RejectedError, TemporaryError), match=r"reference SUP-4711\.a:b_c") as caught:
        signed_in.client().fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)
    assert caught.value.as_json()["message"].count("SUP-4711") == 1
    assert "SUP-4711.a:b_c" in signed_in.observer.of(Operation.GET)[0].detail
    assert signed_in.observer.of(Operation.GET)[0].reference == "SUP-4711.a:b_c"


def test_it_is_so_for_a_refused_login_and_a_refused_acknowledgement(house):
    house.script(answer(referring(message("08"), b"SUP-1"), status=500))
    with pytest.raises(LoginRefusedError, match="reference SUP-1"):
        house.client().login()
    assert "SUP-1" in house.observer.of(Operation.ISSUE)[0].detail
    house.script(
        token_answer(),
        answer(referring(message("51"), b"SUP-2")),
        answer(referring(message("61"), b"SUP-3"), status=500),
    )
    client = house.client()
    for number in (2, 3):
        assert f"reference SUP-{number}" in client.acknowledge(SHIPMENT).detail
    assert [each.detail.count("SUP-") for each in house.observer.of(Operation.ACKNOWLEDGE)] == [1, 1]


@pytest.mark.parametrize("reference", [b"", b"Herr Erfunden", "Müller".encode(), b"x" * 41, b"a@b"])
def test_a_reference_that_looks_like_none_is_not_repeated(signed_in, reference):
    signed_in.script(answer(referring(message("45"), reference)))
    with pytest.raises(NotOkError) as caught:
        signed_in.client().fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)
    assert "reference" not in caught.value.message
    assert signed_in.observer.of(Operation.GET)[0].reference is None
    assert "reference" not in signed_in.observer.of(Operation.GET)[0].detail
