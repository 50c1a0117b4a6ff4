from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.errors import UsageError
from bipro_sync.gdv import read
from bipro_sync.gdv.grouping import Kind, groups, held
from samples.synthetic import strategies
from samples.synthetic.contracts import contracts
from samples.synthetic.delivery import joined, packet
from samples.synthetic.everything import everything
from samples.synthetic.portfolio import claims, commission, lean
from tests.gdv.making import address, contract, file_of, general, liability, made, person, records_of, risk


def keys(found, kind):
    return [group.key for group in found if group.kind is kind]


def grouped(*records, **about):
    return list(groups(records_of(*records, **about)))


def members(found, kind):
    return [[record.part.layout for record in group.records] for group in found if group.kind is kind]


def test_a_contract_is_known_by_insurer_policy_number_and_line():
    found = grouped(*contract("32/123456789"))
    assert keys(found, Kind.CONTRACT) == [("99999", "32123456789", "040")]
    assert keys(found, Kind.PARTNER) == [("99999", "32123456789", "01", "1")]
    assert members(found, Kind.CONTRACT) == [["0200", "0210.040", "0220.040"]]


def test_records_of_a_contract_need_not_lie_together():
    one, other = contract("A1"), contract("B2")
    mixed = [record for both in zip(one, other, strict=True) for record in both]
    found = grouped(*mixed)
    assert keys(found, Kind.CONTRACT) == [("99999", "A1", "040"), ("99999", "B2", "040")]
    assert members(found, Kind.CONTRACT) == [["0200", "0210.040", "0220.040"]] * 2


def test_spellings_of_a_number_are_one_contract():
    found = grouped(general(VsNr="A-1"), liability(VsNr="a1"))
    assert members(found, Kind.CONTRACT) == [["0200", "0210.040"]]


def test_a_bundle_takes_its_line_from_the_specific_record():
    for bundle in ({"Buendelungskennzeichen": "1"}, {}):
        found = grouped(general("000", **bundle), liability(**bundle), risk(**bundle))
        assert keys(found, Kind.CONTRACT) == [("99999", "V000000001", "040")]
        assert members(found, Kind.CONTRACT) == [["0200", "0210.040", "0220.040"]]


def test_a_bundle_of_two_lines_is_two_contracts_with_one_general_record():
    found = grouped(general("000"), liability(), made("0210.130"), risk())
    assert keys(found, Kind.CONTRACT) == [("99999", "V000000001", "040"), ("99999", "V000000001", "130")]
    assert members(found, Kind.CONTRACT) == [["0200", "0210.040", "0220.040"], ["0200", "0210.130"]]


def test_a_bundle_led_by_one_of_its_lines_gives_the_others_no_general_record_twice():
    found = grouped(general("040"), general("130"), liability(), made("0210.130"))
    assert members(found, Kind.CONTRACT) == [["0200", "0210.040"], ["0200", "0210.130"]]


def test_covers_of_a_vehicle_belong_to_motor_insurance():
    found = grouped(general("050"), made("0210.050"), made("0220.051"), made("0220.053"))
    assert keys(found, Kind.CONTRACT) == [("99999", "V000000001", "050")]
    found = grouped(general("600"), made("0210.050", Sparte="600"), made("0220.052"))
    assert keys(found, Kind.CONTRACT) == [("99999", "V000000001", "600")]
    assert keys(grouped(made("0220.051")), Kind.CONTRACT) == [("99999", "V000000001", "050")]


def test_the_same_number_at_two_insurers_is_two_contracts():
    found = grouped(*contract(VuNr="5339"), *(made("0200", VuNr="05438", Sparte="040") for _ in range(1)))
    assert {key[0] for key in keys(found, Kind.CONTRACT)} == {"5339", "99999", "5438"}


def test_parts_of_an_address_are_one_partner():
    found = grouped(address(), person("K1"), made("0100", 3), address("02"), person("K2"), made("0100", 4))
    assert keys(found, Kind.PARTNER) == [("99999", "V000000001", "01", "1"), ("99999", "V000000001", "02", "1")]
    assert [len(group.records) for group in found] == [3, 3]


def test_partners_of_one_role_are_counted_by_their_numbers_not_by_their_order():
    there = [address("02"), person("K2", "2")], [address("02"), person("K1", "1")]
    one = grouped(*there[0], *there[1])
    other = grouped(*there[1], *there[0])
    assert [group.digest() for group in one] == [group.digest() for group in other]
    assert [group.key for group in one] == [group.key for group in other]


def test_a_claim_is_known_by_its_number_and_step():
    first = made("0500", SchadenNrVu="S-1", LfdNrBearbeitungsvorganges="001")
    again = made("0500", SchadenNrVu="S-1", LfdNrBearbeitungsvorganges="002")
    found = grouped(first, made("0500", 2, SchadenNrVu="S-1"), again, made("0500", 2))
    assert [key[3:] for key in keys(found, Kind.CLAIM)] == [("S1", "001", "1"), ("S1", "002", "1")]
    assert [len(group.records) for group in found] == [2, 2]


def test_the_second_part_of_a_claim_goes_by_the_claims_number_where_it_stands_apart():
    found = grouped(
        made("0500", SchadenNrVu="S1"),
        made("0500", SchadenNrVu="S2"),
        made("0500", 2, SchadenNrVu="S1"),
        made("0500", 2, SchadenNrVu="S9"),
    )
    assert [(key[3], len(group.records)) for key, group in zip(keys(found, Kind.CLAIM), found, strict=True)] == [
        ("S1", 2),
        ("S2", 1),
        ("S9", 1),
    ]


def test_a_claims_number_that_was_cut_keeps_its_second_part():
    found = grouped(made("0500", SchadenNrVu="S-123"), made("0500", 2, SchadenNrVu="S-12345"))
    assert [len(group.records) for group in found] == [2]


def test_an_entry_of_a_settlement_has_what_follows_it():
    entry = {"Sollstellungsart": "10", "Buchungsdatum": "2026-03-01"}
    found = grouped(
        made("0400", **entry),
        made("0400", 2),
        made("0410"),
        made("0430"),
        made("0400", **entry),
        made("0450", LfdNrDeklaration="00000007"),
    )
    assert [len(group.records) for group in found] == [4, 1, 1]
    assert [key[3:] for key in keys(found, Kind.COMMISSION)] == [
        ("1001032026", "1"),
        ("1001032026", "2"),
        ("00000007", "1"),
    ]


def test_texts_and_clauses_are_their_contracts_and_otherwise_something_else():
    assert members(grouped(general(), made("9950"), made("0350", Sparte="040")), Kind.CONTRACT) == [
        ["0200", "9950", "0350"]
    ]
    found = grouped(made("9950"), made("0350"))
    assert keys(found, Kind.OTHER) == [("99999", "V000000001", "9950"), ("99999", "V000000001", "0350")]


def test_what_an_insurer_defines_for_itself_stays_with_its_contract():
    own = f"0801{general()[4:42]}".ljust(256, "x")
    found = grouped(general(), own)
    assert [record.record_type for record in found[0].records] == ["0200", "0801"]


def test_a_record_without_a_policy_number_is_no_contract():
    assert keys(grouped(general(VsNr="")), Kind.OTHER) == [("99999", "", "0200")]


def test_each_packet_has_its_own_groups():
    data = joined(packet(contract("A1")), packet(contract("A1"), broker="ERF-4712"))
    found = [group for group in groups(read(data)) if group.kind is Kind.CONTRACT]
    assert [(group.packet.number, group.packet.broker) for group in found] == [(1, "ERF-4711"), (2, "ERF-4712")]
    assert found[0].key == found[1].key
    assert found[1].packet.record == 9


def test_a_packet_may_lack_header_and_trailer():
    plain = joined(contract("A1"))
    both = joined(packet(contract("A1"))).replace(b"9999" + b"0" * 9, b"", 0)
    assert [group.packet.has_header for group in groups(read(plain))] == [False, False]
    twice = both[: both.rindex(b"9999")] * 2
    assert {group.packet.number for group in groups(read(twice))} == {1, 2}


def test_more_records_than_can_be_held_are_refused_at_the_first_of_them():
    records = records_of(*contract("A1"))
    assert list(held(records, most=len(records))) == records
    given = held(records, most=3)
    assert [next(given) for _ in range(3)] == records[:3]
    with pytest.raises(UsageError, match="more than 3 records"):
        next(given)


def test_other_families_are_about_nothing_of_this():
    assert grouped("4001".ljust(256), "3010".ljust(256), "XYZW".ljust(256)) == []


@pytest.mark.parametrize("encoding", ["utf-8", "cp273", "cp850"])
def test_keys_are_the_same_in_every_encoding(encoding):
    texts = list(packet(lean(contracts(30))))
    plain = [(group.kind, group.key) for group in groups(read(joined(texts)))]
    other = groups(read(joined(texts, encoding=encoding), encoding=encoding))
    assert [(group.kind, group.key) for group in other] == plain


def test_every_record_of_everything_is_in_a_group():
    body = list(read(joined(everything())))[3:-1]
    in_groups = Counter(number for group in groups(body) for number in group.numbers)
    assert set(in_groups) == {record.number for record in body}


def test_claims_and_entries_are_as_many_as_were_made():
    few = list(contracts(7))
    found = list(groups(read(joined(packet([*lean(few), *claims(few), *commission(few)])))))
    counts = Counter(group.kind for group in found)
    assert (counts[Kind.CONTRACT], counts[Kind.PARTNER], counts[Kind.COMMISSION]) == (7, 7, 7)
    assert counts[Kind.CLAIM] >= 7


@given(strategies.files())
def test_no_record_is_lost_whatever_the_file(data):
    records = list(read(data))
    numbers = {number for group in groups(records) for number in group.numbers}
    assert numbers == {record.number for record in records if record.record_type not in {"0001", "9999"}}


@given(st.binary(max_size=2000))
def test_any_bytes_are_grouped_without_an_error(data):
    list(groups(read(data)))


def test_a_digest_is_of_all_bytes_and_of_nothing_else():
    one, other = grouped(*contract("A1"))[-1], grouped(*contract("A1"), *contract("B2"))[1]
    assert one.digest() == other.digest()
    changed = grouped(*contract("A1", Zahlungsweise="1"))[-1]
    assert changed.digest() != one.digest()


def test_a_digest_tells_letters_apart_that_single_bytes_cannot_hold():
    def of(name):
        data = file_of(address()).replace(b"Erfunden  ", name.ljust(10).encode())
        return next(iter(groups(read(data, encoding="utf-8")))).digest()

    assert of("Łukasz") != of("Ľukasz")
