from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bipro_sync.gdv import FieldKind, part, read
from bipro_sync.gdv.differences import Event, differences
from bipro_sync.gdv.extent import Extent
from bipro_sync.gdv.grouping import Kind
from samples.synthetic.contracts import Counts, contracts, later
from samples.synthetic.delivery import joined, packet
from samples.synthetic.everything import everything
from samples.synthetic.portfolio import claims, commission, lean
from tests.gdv.making import address, contract, file_of, general, liability, made, person, risk


ONE_DAY, A_WEEK = ("01032026", "01032026"), ("22022026", "01032026")


def compared(old, new, **how):
    """The differences of two files, each given as bytes or as the records of one packet."""
    files = (each if isinstance(each, bytes) else file_of(*each) for each in (old, new))
    return differences(*map(read, files), **how)


def told(old, new, **how):
    return [(each.event, each.kind, each.key[1]) for each in compared(old, new, **how)]


def fields(difference):
    return [(each.place, each.field, each.old, each.new) for each in difference.changes]


BOTH_FULL = {"old_extent": Extent.FULL, "new_extent": Extent.FULL}


def test_a_new_contract_is_one_difference_with_its_partners():
    (found,) = compared(contract("A1"), [*contract("A1"), *contract("B2")])
    assert (found.event, found.kind, found.key) == (Event.NEW, Kind.CONTRACT, ("99999", "B2", "040"))
    assert (found.old, found.new) == ((), (9, 10, 11))


def test_a_changed_contract_tells_field_by_field():
    old = [general(), liability(), risk(Wagnismenge="1")]
    new = [general(GesbeitragNettoInWE="110.00", Zahlungsweise="4"), liability(), risk(Wagnismenge="2")]
    (found,) = compared(old, new)
    assert found.event is Event.CHANGED
    assert fields(found) == [
        ("0200/1", "Zahlungsweise", None, "4"),
        ("0200/1", "GesbeitragNettoInWE", "100.00", "110.00"),
        ("0220.040/1:100000,1", "Wagnismenge", "000000000001", "000000000002"),
    ]
    assert (found.old, found.new) == ((4, 5, 6), (4, 5, 6))


def test_a_risk_that_came_and_one_that_went_are_changes_of_their_contract():
    (found,) = compared([general(), risk("100000")], [general(), risk("200000")])
    assert {(each.place, each.old is None) for each in found.changes} == {
        ("0220.040/1:100000,1", False),
        ("0220.040/1:200000,1", True),
    }


def test_a_cancelled_contract_is_told_with_its_reason():
    (found,) = compared([general()], [general(Vertragsstatus="4", Abgangsgrund="01", Abgangsdatum="2026-02-28")])
    assert (found.event, found.reason) == (Event.CANCELLED, "01")
    assert ("0200/1", "Abgangsdatum", None, "2026-02-28") in fields(found)


def test_a_line_of_a_bundle_that_ends_alone_is_cancelled_and_the_others_go_on():
    def bundle(liability_is, *, all_is="1"):
        return [general("000", Vertragsstatus=all_is), liability(Vertragsstatus=liability_is), made("0210.130")]

    (found,) = compared(bundle("1"), bundle("4"))
    assert (found.event, found.key[2]) == (Event.CANCELLED, "040")
    assert told(bundle("4"), bundle("4")) == []
    both = compared(bundle("1"), bundle("1", all_is="4"))
    assert {(each.event, each.key[2]) for each in both} == {(Event.CANCELLED, "040"), (Event.CANCELLED, "130")}


def test_of_a_contract_of_one_line_the_general_record_says_whether_it_has_ended():
    (found,) = compared([general(), liability()], [general(), liability(Vertragsstatus="4")])
    assert found.event is Event.CHANGED


def test_a_contract_that_comes_cancelled_is_no_new_one():
    assert told([], contract(Vertragsstatus="4")) == [(Event.CANCELLED, Kind.CONTRACT, "V000000001")]


def test_a_contract_that_was_cancelled_before_is_not_cancelled_again():
    (found,) = compared([general(Vertragsstatus="4")], [general(Vertragsstatus="4", Zahlungsweise="1")])
    assert found.event is Event.CHANGED


def test_a_partner_who_moved_is_told_under_the_partner():
    (found,) = compared([*contract()], [address(Ort="Neustadt"), *contract()[1:]])
    assert (found.event, found.kind, found.key[2:]) == (Event.CHANGED, Kind.PARTNER, ("01", "1"))
    assert fields(found) == [("0100/1", "Ort", None, "Neustadt")]


def test_one_of_several_partners_who_left_is_not_mixed_up_with_the_others():
    everybody = [
        [address("02", Name2=name), person(name, number)] for name, number in (("A", "1"), ("B", "2"), ("C", "3"))
    ]
    old = [general(), *chain.from_iterable(everybody)]
    new = [general(), *everybody[0], *everybody[2]]
    assert told(old, new, **BOTH_FULL) == [(Event.VANISHED, Kind.PARTNER, "V000000001")]
    assert [each.event for each in compared(new, old)] == [Event.NEW]


def test_what_only_changed_its_place_is_no_difference():
    old = [*contract("A1"), *contract("B2")]
    assert told(old, [*contract("B2"), *contract("A1")]) == []
    assert told(old, [record for both in zip(contract("A1"), contract("B2"), strict=True) for record in both]) == []


def test_of_many_records_that_no_number_tells_apart_only_the_others_are_told():
    texts = [made("0382", Sparte="040", NettobeitragInWE=f"{number}.00") for number in (1, 2, 2, 3)]
    (found,) = compared([general(), *texts], [general(), *texts[1:], texts[-1]])
    assert fields(found) == [("0382/1", "NettobeitragInWE", "1.00", "3.00")]
    count = 5_000
    old, new = ([texts[0].replace("000100", f"{start + each:06}") for each in range(count)] for start in (0, count))
    (found,) = compared([general(), *old], [general(), *new])
    assert len(found.changes) == count


def test_sequence_numbers_and_encodings_are_no_difference():
    old = list(packet(lean(contracts(20))))
    found = compared(joined(old), joined(old, encoding="utf-8"))
    assert list(found) == []
    assert found.unchanged == 20
    assert told([general(FolgeNr="01")], [general(FolgeNr="02")]) == []


def test_spelling_is_no_difference_unless_one_asks_for_it():
    old, new = [general(), address(Ort="Üblingen")], [general(), address(Ort="UEBLINGEN")]
    assert told(old, new) == []
    (found,) = compared(old, new, noise=True)
    assert [(each.field, each.is_noise) for each in found.changes] == [("Ort", True)]


def test_a_change_is_seen_where_nobody_can_read_the_value():
    old, new = (
        joined([general(Zahlungsweise="1")[:115] + amount + " " * 129]) for amount in ("00000012,50 ", "00000013,50 ")
    )
    (found,) = compared(old, new)
    assert fields(found) == [("0200/1", "GesbeitragNettoInWE", "00000012,50", "00000013,50")]


def test_noise_beside_a_change_stays_out_of_it():
    old, new = [general(), address(Ort="Üblingen")], [general(), address(Ort="UEBLINGEN", PLZ="00001")]
    assert [each.field for each in next(compared(old, new)).changes] == ["PLZ"]
    assert [each.field for each in next(compared(old, new, noise=True)).changes] == ["PLZ", "Ort"]


def test_a_contract_that_is_not_there_vanished_between_two_full_portfolios():
    (found,) = compared([*contract("A1"), *contract("B2")], contract("A1"), **BOTH_FULL)
    assert (found.event, found.kind, found.key) == (Event.VANISHED, Kind.CONTRACT, ("99999", "B2", "040"))
    assert (found.old, found.new) == ((9, 10, 11), ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (None, None),
        (Extent.FULL, None),
        (None, Extent.FULL),
        (Extent.FULL, Extent.CHANGES),
        (Extent.CHANGES, Extent.FULL),
        (Extent.UNKNOWN, Extent.FULL),
    ],
)
def test_nothing_vanishes_where_not_both_are_full_portfolios(old, new):
    found = compared([*contract("A1"), *contract("B2")], contract("A1"), old_extent=old, new_extent=new)
    assert list(found) == []
    assert found.absent == 1


@pytest.mark.parametrize("about", [{"broker": "ERF-4712"}, {"insurer": "99998"}])
def test_nothing_vanishes_across_brokers_or_insurers(about):
    new = joined(packet(contract("A1"), **about))
    found = compared([*contract("A1"), *contract("B2")], new, **BOTH_FULL)
    assert [each for each in found if each.event is Event.VANISHED] == []
    assert found.absent == 1


def test_nothing_vanishes_where_the_new_file_has_no_contract_at_all():
    for new in ([], list(claims(contracts(2)))):
        found = compared(contract("A1"), new, **BOTH_FULL)
        assert Event.VANISHED not in {each.event for each in found}
        assert found.absent == 1


def test_of_a_line_that_the_new_portfolio_has_nothing_of_nothing_vanishes():
    motor = [general("050", VsNr="C3"), made("0210.050", VsNr="C3")]
    found = compared([*contract("A1"), *contract("B2"), *motor], contract("A1"), **BOTH_FULL)
    assert [(each.event, each.key[1:]) for each in found] == [(Event.VANISHED, ("B2", "040"))]
    assert found.absent == 1


def test_a_partner_of_a_bundle_does_not_vanish_where_one_of_its_lines_may_stand_in_another_file():
    bundle = [address(), general("000"), liability(), made("0210.130")]
    assert told(bundle, [general("000"), liability(), made("0210.130")], **BOTH_FULL) == [
        (Event.VANISHED, Kind.PARTNER, "V000000001")
    ]
    found = compared(bundle, [general("000"), liability()], **BOTH_FULL)
    assert list(found) == []
    assert found.absent == 2


def test_nothing_vanishes_from_a_file_without_a_header():
    old, new = joined(contract("A1")), joined(contract("B2"))
    assert [each[0] for each in told(old, new, **BOTH_FULL)] == [Event.NEW]


def test_nothing_vanishes_where_the_new_file_lacks_its_end():
    whole = file_of(*contract("A1"), *contract("B2"))
    without_trailer = whole[: whole.rindex(b"9999")]
    without_contract = whole[: 7 * 258] + whole[11 * 258 :]
    behind_a_header = file_of(*contract("A1")) + whole[: 3 * 258]
    for cut in (without_trailer, without_trailer[:-300], without_contract, behind_a_header):
        assert Event.VANISHED not in {each.event for each in compared(whole, cut, **BOTH_FULL)}


def test_what_an_old_file_lacks_keeps_nothing_from_vanishing():
    whole = file_of(*contract("A1"), *contract("B2"))
    (found,) = compared(whole[: whole.rindex(b"9999")], contract("A1"), **BOTH_FULL)
    assert found.event is Event.VANISHED


def test_a_packet_of_another_broker_beside_it_vouches_for_nothing():
    old = joined(packet([*contract("A1"), *contract("B2")]), packet(contract("C3"), broker="ERF-4712"))
    new = joined(packet(contract("A1")))
    found = compared(old, new, **BOTH_FULL)
    assert [each.key[1] for each in found] == ["B2"]
    assert found.absent == 1


def test_claims_and_entries_do_not_vanish():
    few = list(contracts(3))
    old = [*lean(few), *claims(few), *commission(few)]
    found = compared(old, list(lean(few)), **BOTH_FULL)
    assert list(found) == []
    assert found.absent == 0


def test_claims_and_entries_are_new_each_by_itself():
    few = list(contracts(2))
    found = told(list(claims(few[:1])), list(claims(few)))
    assert {each[:2] for each in found} == {(Event.NEW, Kind.CLAIM)}
    step = made("0500", SchadenNrVu="S1", LfdNrBearbeitungsvorganges="002")
    assert told([made("0500", SchadenNrVu="S1", LfdNrBearbeitungsvorganges="001")], [step]) == [
        (Event.NEW, Kind.CLAIM, "V000000001")
    ]


def test_a_fusion_is_one_move():
    old = contract("A1", GesbeitragNettoInWE="100.00")
    new = [
        *contract("A1", Vertragsstatus="4", Abgangsgrund="37"),
        *(record.replace("99999", "99998") for record in contract("A1", GesbeitragNettoInWE="105.00")),
    ]
    (found,) = compared(old, new)
    assert (found.event, found.reason) == (Event.MOVED, "37")
    assert (found.moved_from, found.key) == (("99999", "A1", "040"), ("99998", "A1", "040"))
    assert ("0200/1", "GesbeitragNettoInWE", "100.00", "105.00") in fields(found)


def moved_on(number, to):
    return contract(number, Vertragsstatus="4", Abgangsgrund="38", ReferenzVsNr=to, SpezifikationReferenzVsNr="2")


def moved_here(number, origin, **values):
    return contract(number, ReferenzVsNr=origin, SpezifikationReferenzVsNr="1", **values)


@pytest.mark.parametrize(
    "new",
    [
        [*moved_on("A1", "B-2"), *contract("B2")],
        [*contract("A1", Vertragsstatus="4"), *moved_here("B2", "A-1")],
        moved_here("B2", "A1"),
        [*moved_on("A1", "B2"), *moved_here("B2", "A1")],
    ],
)
def test_a_new_policy_number_is_one_move_whoever_tells_of_it(new):
    (found,) = compared(contract("A1"), new, **BOTH_FULL)
    assert (found.event, found.moved_from, found.key) == (
        Event.MOVED,
        ("99999", "A1", "040"),
        ("99999", "B2", "040"),
    )


def test_a_chain_of_numbers_is_one_move_to_its_end():
    new = [*moved_on("A1", "B2"), *moved_on("B2", "C3"), *contract("C3")]
    (found,) = compared(contract("A1"), new)
    assert (found.event, found.moved_from[1], found.key[1]) == (Event.MOVED, "A1", "C3")


def test_a_ring_of_numbers_ends_somewhere():
    new = [*moved_on("A1", "B2"), *moved_on("B2", "A1")]
    assert {each[0] for each in told(contract("A1"), new)} <= set(Event)


def test_a_move_that_was_told_before_is_not_told_again():
    old = [*moved_on("A1", "B2"), *moved_here("B2", "A1")]
    changed = [
        *moved_on("A1", "B2"),
        *contract("B2", Zahlungsweise="4", ReferenzVsNr="A1", SpezifikationReferenzVsNr="1"),
    ]
    assert told(old, old) == []
    assert told(old, changed) == [(Event.CHANGED, Kind.CONTRACT, "B2")]


def test_a_move_to_a_contract_that_was_there_already_is_told_and_its_own_changes_too():
    old = [*contract("A1"), *contract("B2")]
    assert told(old, [*moved_on("A1", "B2"), *contract("B2")]) == [(Event.MOVED, Kind.CONTRACT, "B2")]
    found = told(old, [*moved_on("A1", "B2"), *contract("B2", Zahlungsweise="4")])
    assert found == [(Event.MOVED, Kind.CONTRACT, "B2"), (Event.CHANGED, Kind.CONTRACT, "B2")]


def test_a_contract_that_lives_beside_the_one_it_is_named_by_has_not_moved():
    new = [*contract("A1"), *moved_here("B2", "A1")]
    assert told(contract("A1"), new) == [(Event.NEW, Kind.CONTRACT, "B2")]


def test_between_two_contracts_with_the_number_nobody_guesses():
    old = contract("A1")
    others = [
        record.replace("99999", insurer)
        for insurer in ("99998", "99997")
        for record in contract("A1", Zahlungsweise="1")
    ]
    found = told(old, [*contract("A1", Vertragsstatus="4", Abgangsgrund="37"), *others])
    assert [each[0] for each in found] == [Event.CANCELLED, Event.NEW, Event.NEW]


def test_a_partner_who_changed_while_the_contract_moved_is_told_as_changed():
    new = moved_here("B2", "A1")
    new[0] = address(VsNr="B2", Ort="Neustadt")
    found = list(compared(contract("A1"), new))
    assert {(each.event, each.kind) for each in found} == {
        (Event.MOVED, Kind.CONTRACT),
        (Event.CHANGED, Kind.PARTNER),
    }


def test_a_later_delivery_differs_by_what_happened():
    before = list(contracts(200))
    asked = Counts(new=5, changed=9, cancelled=4, merged=3, renumbered=3, vanished=6)
    after, fates = later(before, asked)
    found = list(compared(list(lean(before)), list(lean(after)), **BOTH_FULL))

    def keys(event):
        return {each.key[1] for each in found if each.event is event}

    assert keys(Event.NEW) == set(fates.new)
    assert keys(Event.CHANGED) == set(fates.changed)
    assert keys(Event.CANCELLED) == set(fates.cancelled)
    assert keys(Event.VANISHED) == set(fates.vanished)
    assert keys(Event.MOVED) == {*fates.merged, *fates.renumbered.values()}
    for each in found:
        if each.event is Event.CHANGED:
            assert fates.changed[each.key[1]] in {change.field for change in each.changes}


WHOLE = list(everything())[3:-1]
AMENDABLE = [
    (place, field)
    for place, record in enumerate(read(joined(WHOLE)))
    for field in record.part.fields
    if field.start > 42 and field.kind is not FieldKind.TEXT and not field.constant and not field.is_sign
    and record.padded[field.place].strip(b" 0")
]  # fmt: skip


@settings(deadline=None)
@given(st.integers(0, 9))
def test_a_file_has_no_difference_to_itself(seed):
    data = joined(packet([*lean(contracts(5, seed=seed)), *claims(contracts(2)), *commission(contracts(3))]))
    found = compared(data, data, **BOTH_FULL)
    assert list(found) == []
    assert found.absent == 0
    assert found.unchanged == 5


@settings(deadline=None)
@given(st.permutations(range(6)))
def test_the_order_of_contracts_makes_no_difference(order):
    made_of = [list(lean([each])) for each in contracts(6)]
    assert told(list(chain(*made_of)), list(chain(*(made_of[place] for place in order)))) == []


@settings(deadline=None)
@given(st.sampled_from(AMENDABLE))
def test_each_single_change_is_found_under_its_name(amended):
    place, field = amended
    before = WHOLE[place][field.place]
    after = before[:-1] + ("2" if before[-1] == "1" else "1")
    changed = WHOLE[place][: field.place.start] + after + WHOLE[place][field.place.stop :]
    old = [record for record in WHOLE if record[13:30] == changed[13:30]]
    new = [changed if record is WHOLE[place] else record for record in old]
    found = list(compared(old, new, noise=True))
    # A number that tells a claim or an entry from others makes another of it.
    assert field.key in {change.field for each in found for change in each.changes} or found[0].event is Event.NEW


@settings(deadline=None)
@given(st.binary(max_size=1500), st.binary(max_size=1500))
def test_any_two_files_are_compared_without_an_error(old, new):
    list(compared(old, new))
    list(compared(joined(WHOLE)[: len(old) * 300] + old, new))


def test_headers_of_several_days_are_of_changes_and_others_may_be():
    def absent(period, **how):
        found = compared(
            joined(packet([*contract("A1"), *contract("B2")], period=period)),
            joined(packet(contract("A1"), period=period)),
            **how,
        )
        return [each.event for each in found], found.absent

    assert absent(A_WEEK) == ([], 1)
    assert absent(ONE_DAY) == ([], 1)
    assert absent(A_WEEK, **BOTH_FULL) == ([Event.VANISHED], 0)


def test_the_addressing_of_a_changed_number_is_named_by_its_fields():
    old, new = [general(GeschaeftsstelleVermittler="ERF-4711")], [general(GeschaeftsstelleVermittler="ERF-4712")]
    (found,) = compared(old, new)
    assert fields(found) == [("addressing", "GeschaeftsstelleVermittler", "ERF-4711", "ERF-4712")]
    assert part("0200", 1).field("GeschaeftsstelleVermittler")
