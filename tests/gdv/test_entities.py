import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.gdv import book, bookings, read
from bipro_sync.gdv.entities import ADDRESSING, entity
from bipro_sync.gdv.grouping import Kind, groups
from samples.synthetic import strategies
from samples.synthetic.contracts import contracts
from samples.synthetic.delivery import joined, packet
from samples.synthetic.everything import everything
from samples.synthetic.portfolio import lean
from tests.gdv.making import address, contract, general, liability, made, person, records_of, risk


def entities(*records, **about):
    return [entity(group) for group in groups(records_of(*records, **about))]


def the_contract(*records):
    (found,) = [each for each in entities(*records) if each.kind is Kind.CONTRACT]
    return found


def test_what_a_contract_says_stands_by_place_and_short_name():
    found = the_contract(general(Zahlungsweise="4"), liability(), risk(Wagnismenge="2"))
    assert found.key == ("99999", "V000000001", "040")
    assert found.content[ADDRESSING] == [
        {"VuNr": "99999", "Sparte": "040", "VsNr": "V000000001", "GeschaeftsstelleVermittler": "ERF-4711"}
    ]
    assert found.content["0200/1"] == [
        {"Vertragsbeginn": "2024-01-01", "Zahlungsweise": "4", "Vertragsstatus": "1", "GesbeitragNettoInWE": "100.00"}
    ]
    assert set(found.content) == {ADDRESSING, "0200/1", "0210.040/1", "0220.040/1:100000,1"}
    assert found.where == (4, 5, 6)


def test_risks_are_told_apart_by_their_running_numbers_however_many_zeros_these_have():
    found = the_contract(risk("000100", "01"), risk("000100", "02"), made("0221.040", Wagnisart="000100"))
    assert set(found.content) == {ADDRESSING, "0220.040/1:100,1", "0220.040/1:100,2", "0221.040/1:100,"}


def test_records_at_one_place_are_in_an_order_of_their_own():
    bricks = [made("0382", Sparte="040", NettobeitragInWE=amount) for amount in ("1.00", "2.00")]
    one, other = the_contract(general(), *bricks), the_contract(general(), *reversed(bricks))
    assert one.content == other.content
    assert one.content["0382/1"] == [{"NettobeitragInWE": "1.00"}, {"NettobeitragInWE": "2.00"}]


def test_sequence_numbers_are_no_content():
    one, other = the_contract(general(FolgeNr="01")), the_contract(general(FolgeNr="07"))
    assert one.content == other.content


def test_an_amount_has_taken_its_sign_in():
    (found,) = entities(made("0400", GesProvisionsbetragInWE="-12.30"))
    assert found.content["0400/1"] == [{"GesProvisionsbetragInWE": "-12.30"}]


def test_blank_fields_and_zero_dates_are_left_out():
    plain = the_contract(general())
    assert the_contract(general(Abgangsdatum="0000")).content == plain.content


def test_what_no_layout_describes_is_kept_as_text():
    own = f"0801{general()[4:42]}secret".ljust(256)
    assert the_contract(general(), own).content["0801"] == [{"bytes": "secret"}]


def test_content_is_fit_for_json():
    for group in groups(read(joined(everything()))):
        found = entity(group)
        assert json.loads(json.dumps(found.content)) == found.content


@given(st.permutations([*contract(Zahlungsweise="4"), risk("200000"), made("0350", Sparte="040")]))
def test_the_order_of_records_is_no_content(records):
    assert {each.key: each.content for each in entities(*records)} == {
        each.key: each.content for each in entities(*sorted(records))
    }


@given(strategies.files())
def test_any_record_has_content(data):
    for group in groups(read(data)):
        assert entity(group).where == group.numbers


@given(strategies.files())
def test_any_record_says_in_plain_text_what_its_values_are(data):
    for record in read(data):
        values = {
            key: format(value, "f") if isinstance(value, Decimal) else str(value)
            for key, value in record.values().items()
            if value is not None and not record.part.field(key).is_address and not record.part.field(key).is_sign
        }
        said = record.said()
        assert {key: said[key] for key in values} == values
        assert all(record[key] is None for key in said.keys() - values.keys())


def test_what_a_field_said_in_many_records_is_not_mixed_up_with_what_others_say():
    sent = [(f"{number}.{number % 100:02}", f"-{number}.00") for number in range(1, 300)]
    texts = [made("0400", GesbeitragNettoInWE=one, GesProvisionsbetragInWE=other) for one, other in sent]
    said = [record.said() for record in read(joined(texts))]
    assert [(each["GesbeitragNettoInWE"], each["GesProvisionsbetragInWE"]) for each in said] == sent


@pytest.mark.parametrize("encoding", ["utf-8", "cp850", "cp273"])
def test_content_is_the_same_in_every_encoding(encoding):
    texts = list(packet(lean(contracts(20))))
    plain, other = (
        [entity(group).content for group in groups(read(joined(texts, encoding=each), encoding=each))]
        for each in ("iso-8859-1", encoding)
    )
    assert plain == other


def test_a_contract_in_words():
    found = book.contract(
        the_contract(
            general(
                VsNr="32-1",
                Vertragsstatus="4",
                Abgangsgrund="38",
                Abgangsdatum="2024-08",
                ReferenzVsNr="33-7",
                SpezifikationReferenzVsNr="2",
            ),
            made("0200", 2, VsNr="32-1", Sparte="040", Produktname="Haftung", GesbeitragBruttoInWE="119.00"),
            risk("100000", "01", VsNr="32-1"),
            risk("100000", "01", 2, VsNr="32-1"),
            risk("200000", "01", VsNr="32-1"),
        )
    )
    assert (found.insurer, found.policy_number, found.line) == ("99999", "321", "040")
    assert (found.policy_number_sent, found.broker, found.bundled) == ("32-1", "ERF-4711", False)
    assert (found.premium, found.gross_premium, found.product) == (Decimal("100.00"), Decimal("119.00"), "Haftung")
    assert (found.is_cancelled, found.gone_on, found.new_number, found.old_number) == (True, "2024-08", "337", None)
    assert [(each.line, each.number, len(each.fields)) for each in found.risks] == [
        ("040", "100000,1", 2),
        ("040", "200000,1", 1),
    ]
    assert found.where == (4, 5, 6, 7, 8)


def test_a_line_of_a_bundle_has_a_status_of_its_own_and_else_the_bundle_s():
    def status(*records):
        return book.contract(the_contract(*records)).status

    assert status(general("000"), liability(Vertragsstatus="4")) == "4"
    assert status(general("000"), liability()) == "1"
    assert status(general("000", Vertragsstatus="4"), liability(Vertragsstatus="1")) == "4"
    assert status(general("040"), liability(Vertragsstatus="4")) == "1"
    assert status(liability(Vertragsstatus="3")) == "3"
    assert status(liability()) is None


def test_parts_without_a_number_are_of_the_only_risk_that_has_one():
    def risks(*records):
        found = book.contract(the_contract(general("050"), *records)).risks
        return [(each.line, each.number, len(each.fields)) for each in found]

    first, other = (made("0220.051", LfdNr=number) for number in ("0001", "0002"))
    second = made("0220.051", 2)
    assert risks(first, second) == [("051", "1", 2)]
    assert risks(first, other, second) == [("051", "1", 1), ("051", "2", 1), ("051", "", 1)]


def test_an_amount_that_cannot_be_read_is_kept_and_is_none():
    text = general()
    (found,) = [entity(each) for each in groups(read(joined([f"{text[:115]}NaN         {text[127:]}"])))]
    assert found.content["0200/1"][0]["GesbeitragNettoInWE"] == "NaN"
    assert book.contract(found).premium is None


def test_a_contract_that_went_to_another_insurer():
    found = book.contract(the_contract(general(Vertragsstatus="4", Abgangsgrund="37")))
    assert found.went_to_another_insurer
    assert found.new_number is None
    assert not book.contract(the_contract(general(Abgangsgrund="37"))).went_to_another_insurer


def test_a_contract_that_had_another_number():
    found = book.contract(the_contract(general(ReferenzVsNr="A-1", SpezifikationReferenzVsNr="1")))
    assert (found.old_number, found.new_number) == ("A1", None)


def test_a_partner_in_words():
    (found,) = entities(address("14", Geburtsdatum="1970-01-31", PLZ="01067"), person("K 7"))
    partner = book.partner(found)
    assert (partner.role, partner.ordinal, partner.names, partner.street) == ("14", 1, ("Erfunden",), "Musterstraße 1")
    assert (partner.birth_date, partner.postcode, partner.person) == ("1970-01-31", "01067", ("insurer", "99999", "K7"))


def test_a_person_without_numbers_is_known_by_names_and_birth_date():
    one, other = (
        book.partner(entities(address(VsNr=number, Geburtsdatum="1970-01-31"))[0]).person for number in ("A1", "B2")
    )
    assert one == other == ("names", "erfunden", "1970-01-31")
    partner = book.partner(entities(address(), made("0100", 2, PersonenKundenNrVermittlers="77"))[0])
    assert partner.person == ("broker", "77")


def test_a_claim_in_words():
    (found,) = entities(
        made(
            "0500",
            SchadenNrVu="S1",
            LfdNrBearbeitungsvorganges="003",
            Schadendatum="2026-02-14",
            BetragInWEGemaessZahlungsart="-12.50",
        ),
        made("0500", 2, HoeheSchadenreserve="900.00"),
    )
    claim = bookings.claim(found)
    assert (claim.claim_number, claim.step, claim.happened_on) == ("S1", "003", "2026-02-14")
    assert (claim.amount, claim.reserve, claim.where) == (Decimal("-12.50"), Decimal("900.00"), (4, 5))


def test_a_settled_transport_claim_in_words():
    (found,) = entities(made("0550", SchadenNrVu="S1", Schadenbetrag100ProzInWE="10.00", Schadenerledigung="1"))
    assert (bookings.claim(found).amount, bookings.claim(found).settled) == (Decimal("10.00"), "1")


def test_an_entry_of_a_settlement_in_words():
    (found,) = entities(
        made("0400", Buchungsdatum="2026-03-01", GesProvisionsbetragInWE="-1.00", GesbeitragNettoInWE="5.00"),
    )
    entry = bookings.commission_entry(found)
    assert (entry.booked_on, entry.commission, entry.premium) == ("2026-03-01", Decimal("-1.00"), Decimal("5.00"))


def test_a_declarations_entry_adds_both_commissions_up():
    (found,) = entities(made("0450", ProvisionsBetrag1InWE="3.00", ProvisionsBetrag2InWE="-1.00", PraemieInWE="9.00"))
    assert (bookings.commission_entry(found).commission, bookings.commission_entry(found).premium) == (2, 9)


def test_an_entry_has_the_shares_of_its_partial_lines():
    (found,) = entities(
        made("0400", GesProvisionsbetragInWE="-3.00"),
        made("0410", Provisionsart1="6", ProvPflichtBetrag1InWE="100.00", Provisionssatz1="5.00"),
        made("0410", VsNr="V000000001", Provisionsart2="7", TeilspartenProvBetrag2InWE="-3.00"),
    )
    assert set(bookings.commission_entry(found).shares) == {
        bookings.Share("6", Decimal(100), Decimal(5), None),
        bookings.Share("7", None, None, Decimal(-3)),
    }
