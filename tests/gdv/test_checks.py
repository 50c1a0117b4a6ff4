from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.gdv import Severity, parts, read
from bipro_sync.gdv.checks import MOST_LISTED, check
from bipro_sync.gdv.completeness import Completeness
from bipro_sync.gdv.shapes import shape_findings
from samples.synthetic import strategies
from samples.synthetic.contracts import contracts
from samples.synthetic.delivery import joined, packet, stripped
from samples.synthetic.parts import record
from samples.synthetic.portfolio import claims, commission, lean
from tests.gdv.making import address, contract, file_of, general, liability, made, person, risk


def checked(*records, **about):
    return list(check(read(file_of(*records, **about))))


def codes(*records, **about):
    return [finding.code for finding in checked(*records, **about)]


def put(text, start, new):
    return text[: start - 1] + new + text[start - 1 + len(new) :]


def amended(data, record_number, start, new):
    place = (record_number - 1) * 258 + start - 1
    return data[:place] + new + data[place + len(new) :]


def test_a_packet_in_order_has_no_finding():
    assert codes(*contract()) == []
    few = list(contracts(30))
    assert [each for each in codes(*lean(few), *claims(few), *commission(few)) if each != "contract.premium"] == []


# The shape of fields


def test_letters_in_a_number_are_found_where_they_stand():
    data = file_of(address(), general(), liability(GesbeitragInWE="0.00"))
    (found,) = check(read(amended(data, 5, 116, b"00000001O000")))
    assert (found.code, found.severity, found.record, found.field) == (
        "field.not-a-number",
        Severity.ERROR,
        5,
        "GesbeitragNettoInWE",
    )
    assert (found.offset, found.length) == (4 * 258 + 115, 12)
    assert "0200, part 1" in found.message


def test_a_field_behind_an_umlaut_is_found_in_the_bytes_of_utf_8():
    text = put(address(Ort="Ärgerdorf"), 226, "AABBCCDD")
    data = joined(packet([text]), encoding="utf-8")
    (found,) = check(read(data))
    assert found.code == "field.not-a-date"
    assert data[found.offset : found.offset + found.length] == b"AABBCCDD"


@pytest.mark.parametrize(
    ("start", "text", "code"),
    [
        (116, "0000001234  ", "field.amount-cut"),
        (44, "010124  ", "field.short-date"),
        (44, "  010124", "field.short-date"),
        (44, "31022024", "field.impossible-date"),
        (44, "29022023", "field.impossible-date"),
        (44, "01132024", "field.impossible-date"),
        (44, "01000000", "field.impossible-date"),
        (44, "2024-1-1", "field.not-a-date"),
        (68, "7", "field.unknown-code"),
        (70, "39", "field.unknown-code"),
        (226, "3", "field.unknown-code"),
        (249, "Z0", "field.unused-filled"),
    ],
)
def test_what_is_wrong_with_a_field_has_a_code(start, text, code):
    assert codes(put(general(GesbeitragNettoInWE="0.00"), start, text), liability(GesbeitragInWE="0.00")) == [code]


@pytest.mark.parametrize(
    ("start", "text"),
    [
        (44, "29022024"),
        (44, "31122024"),
        (44, "00082024"),
        (44, "00002024"),
        (44, "00000000"),
        (44, " " * 8),
        (116, " " * 12),
        (116, "          00"),
        (68, " "),
        (70, "37"),
        (70, "99"),
        (249, "\0" * 7),
    ],
)
def test_what_is_right_has_none(start, text):
    text = put(general(GesbeitragNettoInWE="0.00"), start, text)
    assert codes(text, liability(GesbeitragInWE="0.00")) == []


def test_a_sign_is_plus_minus_or_blank():
    entry = made("0400", GesProvisionsbetragInWE="-1.00")
    assert codes(entry) == []
    assert "field.no-sign" in codes(put(entry, 162, "x"))


def test_commission_and_communication_have_known_codes():
    assert codes(made("0410", Provisionsart1="6")) == []
    assert codes(made("0410", Provisionsart1="9")) == ["field.unknown-code"]
    assert codes(address(), put(person("1"), 157, "99")) == ["field.unknown-code"]
    assert codes(put(made("0500"), 67, "9")) == ["field.unknown-code"]


@given(strategies.made())
def test_a_record_that_was_made_by_its_layout_has_only_codes_nobody_knows(each):
    (found,) = read(each.text.encode("iso-8859-1"), encoding="iso-8859-1")
    assert {finding.code for finding in shape_findings(found)} <= {"field.unknown-code"}


def test_a_blank_record_of_any_part_is_in_order():
    for part in parts():
        (found,) = read(record(part, {}).encode())
        assert list(shape_findings(found)) == []


# What a packet announces


@pytest.mark.parametrize(
    ("line", "start", "record_type"),
    [(general(), 116, "0200"), (made("0400"), 139, "0400"), (made("0400"), 151, "0400")],
)
def test_a_total_that_is_no_sum_is_found(line, start, record_type):
    data = file_of(line)
    length = 12 if record_type == "0200" else 11
    changed = amended(data, 4, start, b"9" * length)
    (found,) = check(read(changed))
    assert (found.code, found.severity) == ("trailer.total", Severity.WARNING)
    assert f"records {record_type}" in found.message
    assert found.record == 5


def test_totals_are_summed_with_their_signs():
    few = [
        made("0400", GesbeitragBruttoInWE="-10.00", GesProvisionsbetragInWE="1.00"),
        made("0400", GesbeitragBruttoInWE="4.00", GesProvisionsbetragInWE="-0.50"),
        made("0500", SchadenNrVu="S1", BetragInWEGemaessZahlungsart="-7.00", SchadenbearbeitungskostInWE="0.30"),
    ]
    data = file_of(*few)
    assert [finding.code for finding in check(read(data))] == []
    assert b"00000000000600-" in data
    turned = data.replace(b"00000000000600-", b"00000000000600+")
    (found,) = check(read(turned))
    assert (found.code, found.field) == ("trailer.total", "GesbeitragBruttoInkasso")
    blank = amended(data, 4, 150, b" ")
    assert [finding.code for finding in check(read(blank))] == ["trailer.total"]


def test_amounts_with_blanks_for_zeros_are_summed_and_compared_as_well():
    padded = [put(general(), 116, "       10000"), liability()]
    data = file_of(*padded)
    place = data.rindex(b"9999") + 24
    for said, found in ((b"          10000", []), (b"          10001", ["trailer.total"])):
        trailer = data[:place] + said + data[place + 15 :]
        assert [finding.code for finding in check(read(trailer))] == found


def test_an_amount_that_nobody_can_read_is_one_finding_and_no_sum_is_compared():
    cut = put(general(), 116, "77777       ")
    assert codes(cut, liability()) == ["field.amount-cut"]


def test_only_first_parts_are_summed():
    second = made("0200", 2, Sparte="040", GesbeitragBruttoInWE="119.00")
    assert codes(general(), second, liability()) == []


def test_the_count_is_of_all_records_between_header_and_trailer():
    data = file_of(*contract())
    (found,) = check(read(data[: 4 * 258] + data[3 * 258 :]))
    assert found.code == "trailer.count"
    assert "announces 4 records, there are 5" in found.message
    assert codes(*contract(), "0801".ljust(256), "ZZZZ".ljust(256)) == ["record.own", "record.unknown"]


def test_a_trailer_cut_behind_the_brokers_number_is_noted_and_its_count_is_checked():
    data = file_of(*contract())
    cut = data[: data.rindex(b"9999") + 24] + b"\r\n"
    found = [finding.code for finding in check(read(cut))]
    assert found == ["trailer.cut", "bytes.short-record"]
    wrong = cut.replace(b"99990000000004", b"99990000000009")
    assert "trailer.count" in [finding.code for finding in check(read(wrong))]
    assert "trailer.no-count" in [finding.code for finding in check(read(cut.replace(b"0000000004", b"          ")))]


def test_a_total_nobody_can_read_is_a_fault_of_shape_alone():
    data = file_of(general(), liability())
    place = data.rindex(b"9999") + 24
    broken = data[:place] + b"00000000000100X" + data[place + 15 :]
    assert [(finding.code, finding.field) for finding in check(read(broken))] == [("field.not-a-number", "Gesbeitrag")]


def test_each_packet_is_checked_by_itself():
    one = joined(packet(contract("A1")))
    other = amended(joined(packet(contract("B2"))), 8, 5, b"0000000009")
    found = [(finding.code, finding.record) for finding in check(read(one + other + one))]
    assert found == [("trailer.count", 16)]


def test_a_packet_without_header_or_trailer_is_found():
    assert [finding.code for finding in check(read(joined(contract())))] == ["packet.no-header", "packet.no-trailer"]
    twice = file_of(*contract())
    without = twice[: twice.rindex(b"9999")]
    assert [(finding.code, finding.record) for finding in check(read(without + twice))] == [("packet.no-trailer", 7)]


def test_a_header_without_its_first_part_is_found():
    lines = file_of(*contract()).split(b"\r\n")
    (found,) = check(read(b"\r\n".join(lines[1:])))
    assert (found.code, found.record, found.length) == ("order.missing", 1, 256)
    assert "0001, part 2, comes before its part 1, or without it" in found.message
    (found,) = check(read(b"\r\n".join([lines[1], lines[0], *lines[2:]])))
    assert (found.code, found.record) == ("order.missing", 1)


def test_a_packet_that_was_cut_is_shown_by_its_last_record():
    data = file_of(*contract())
    (found,) = check(read(data[: data.rindex(b"9999")]))
    assert (found.record, found.offset, found.length) == (7, 6 * 258, 256)


def test_a_file_without_any_record_is_found():
    assert [(each.code, each.severity) for each in check(read(b""))] == [("file.empty", Severity.ERROR)]


# What belongs together


def test_a_second_part_without_its_first_is_found():
    (found,) = checked(general(), liability(), risk(part=1), risk("200000", part=2))
    assert (found.code, found.record) == ("order.missing", 7)
    assert "0220.040, part 2, is there without 0220.040, part 1" in found.message


def test_a_first_part_behind_its_second_is_noted():
    (found,) = checked(general(), liability(), risk(part=2), risk(part=1))
    assert (found.code, found.severity, found.record) == ("order.late", Severity.NOTE, 7)


def test_an_extension_without_what_it_extends_is_found():
    extension = made("0221.040", Wagnisart="100000", OrdnungsNrWagniszusatz="02")
    assert codes(*contract(), extension) == ["order.missing"]
    assert codes(*contract(), made("0221.040", Wagnisart="100000", OrdnungsNrWagniszusatz="01")) == []
    assert codes(*contract()[:2], made("0211.040"), liability(), risk()) == ["order.late"]


def test_a_contract_without_general_or_specific_record_is_found():
    assert codes(liability(), risk()) == ["contract.no-general"]
    assert codes(general(), risk()) == ["contract.no-specific"]
    assert codes(general("050"), made("0220.051")) == ["contract.no-specific"]
    motor = made("0210.050", GesbeitragInWE="100.00")
    assert codes(general("050"), motor, made("0220.051"), made("0220.052")) == []


def test_a_premium_that_is_not_the_sum_of_its_lines_is_noted():
    (found,) = checked(general(GesbeitragNettoInWE="99.00"), liability())
    assert (found.code, found.severity, found.record) == ("contract.premium", Severity.NOTE, 4)
    assert codes(general(GesbeitragNettoInWE="150.00"), liability(), made("0210.130", GesbeitragInWE="50.00")) == []


def test_cancelled_lines_have_no_share_in_the_premium_and_health_has_another():
    assert codes(general(), liability(), made("0210.130", Vertragsstatus="4", GesbeitragInWE="50.00")) == []
    assert codes(general("020"), made("0210.020")) == []


def test_a_record_that_no_layout_describes_is_found():
    assert codes(made("0210.040", Sparte="999")[:10] + "999" + " " * 243) == ["record.no-layout"]
    assert codes("4001".ljust(256), "3010".ljust(256)) == ["record.claims-network", "record.settlement"]


def test_of_more_contracts_than_can_be_remembered_only_the_first_are_followed():
    follows = Completeness(most=3)
    body = list(read(joined([*contract("A1"), liability(VsNr="B2"), risk("C3", part=2)])))
    found = [finding for each in body for finding in follows.add(each)]
    assert [(each.code, each.record) for each in found] == [("order.too-many", 3)]
    assert list(follows.findings()) == []


def test_what_belongs_to_nothing_is_shown_with_its_own_length_where_its_blanks_were_stripped():
    data = stripped(joined(packet([*contract(), risk("200000", part=2)])))
    (found,) = [each for each in check(read(data)) if each.code == "order.missing"]
    place = data.index(b"0220", data.index(b"0220") + 4)
    assert (found.offset, found.length) == (place, data.index(b"\r\n", place) - place)


# Whatever comes


def test_the_same_finding_is_listed_a_few_times_and_then_counted():
    broken = [put(general(VsNr=f"A{number}"), 68, "7") for number in range(MOST_LISTED + 30)]
    found = [finding for finding in checked(*broken) if finding.code == "field.unknown-code"]
    assert len(found) == MOST_LISTED + 1
    assert found[-1].message == "30 more of these in 0200/1"
    assert (found[-1].record, found[-1].field, found[-1].severity) == (None, "Zahlungsweise", Severity.WARNING)


def test_other_findings_are_listed_beside_a_flood():
    broken = [put(general(VsNr=f"A{number}"), 68, "7") for number in range(MOST_LISTED + 30)]
    assert "field.impossible-date" in codes(*broken, put(general(), 44, "31022024"))


@given(st.binary(max_size=3000))
def test_any_bytes_end_in_findings(data):
    found = Counter((finding.code, finding.field) for finding in check(read(data)))
    assert found


@given(st.integers(0, 4 * 258), st.binary(min_size=1, max_size=20))
def test_a_file_that_was_damaged_anywhere_is_checked_to_its_end(place, junk):
    data = file_of(*contract(), *contract("B2"))
    list(check(read(data[:place] + junk + data[place + len(junk) :])))


@given(st.text("ABCDEFGHJKLMNPQ", min_size=8, max_size=8), st.integers(43, 240))
def test_no_finding_holds_a_customers_value(word, start):
    data = file_of(*contract())
    for record_number in range(4, 8):
        data = amended(data, record_number, start, f"{word}#".encode())
    for each in check(read(data)):
        assert word not in f"{each}"
