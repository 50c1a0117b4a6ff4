import pytest

from samples.synthetic.contracts import Counts, contracts, later
from samples.synthetic.delivery import joined, packet
from samples.synthetic.portfolio import lean


@pytest.fixture
def deliveries(tmp_path):
    """Two files, and what happened between them."""
    before = list(contracts(40))
    after, fates = later(before, Counts(new=2, changed=3, cancelled=2, merged=1, renumbered=1, vanished=2))
    for name, each in (("old", before), ("new", after)):
        (tmp_path / name).write_bytes(joined(packet(lean(each))))
    return tmp_path / "old", tmp_path / "new", fates


def told(document, event):
    return {each["key"][1] for each in document["differences"] if each["event"] == event}


def test_each_fate_is_told_by_its_name(call, deliveries):
    old, new, fates = deliveries
    document = call("gdv", "diff", old, new, "--full", "--json").document
    assert told(document, "new") == set(fates.new)
    assert told(document, "changed") == set(fates.changed)
    assert told(document, "cancelled") == set(fates.cancelled)
    assert told(document, "vanished") == set(fates.vanished)
    assert told(document, "moved") == {*fates.merged, *fates.renumbered.values()}
    for each in document["differences"]:
        if each["event"] == "changed":
            assert fates.changed[each["key"][1]] in {change["field"] for change in each["changes"]}


def test_nothing_vanishes_unless_both_are_said_to_be_full(call, deliveries):
    old, new, fates = deliveries
    document = call("gdv", "diff", old, new, "--json").document
    assert told(document, "vanished") == set()
    assert document["absent"] == len(fates.vanished)
    assert "--full" in call("gdv", "diff", old, new).out


def test_who_has_said_full_is_told_why_something_is_still_not_taken_to_be_gone(call, deliveries):
    old, new, _ = deliveries
    data = new.read_bytes()
    new.write_bytes(data[: data.rindex(b"9999")])
    said = call("gdv", "diff", old, new, "--full")
    assert said.code == 0
    assert "2 stehen in der neuen Lieferung nicht.  Entfallen ist das erst, wenn beide vollständige" in said.out
    assert "--full" not in said.out


def test_people_read_it_in_german(call, deliveries):
    old, new, fates = deliveries
    said = call("gdv", "diff", old, new, "--full")
    (renumbered,) = fates.renumbered.items()
    assert (said.code, said.err) == (0, "")
    assert f"neu          Vertrag 99999 {fates.new[0]}" in said.out
    assert f"storniert    Vertrag 99999 {fates.cancelled[0]}" in said.out
    assert f"(bisher 99999 {renumbered[0]}" in said.out
    assert "    Vertragsstatus: 1 → 4\n" in said.out
    assert said.out.splitlines()[-1].endswith("unverändert")


def test_a_file_does_not_differ_from_itself(call, deliveries):
    old, *_ = deliveries
    document = call("gdv", "diff", old, old, "--json").document
    assert (document["differences"], document["counts"]) == ([], {})


def test_noise_is_told_where_it_is_asked_for(call, deliveries):
    old, *_ = deliveries
    data = old.read_bytes()
    place = 3 * 258 + 187
    street = data[place : place + 30]
    other = old.with_name("other")
    other.write_bytes(data[:place] + street.upper() + data[place + 30 :])
    assert street != street.upper()
    assert call("gdv", "diff", old, other, "--json").document["differences"] == []
    (found,) = call("gdv", "diff", old, other, "--noise", "--json").document["differences"]
    assert [(each["field"], each["is_noise"], each["name"]) for each in found["changes"]] == [("Str", True, "Straße")]
