import pytest

from bipro_sync.gdv import Family, part, part_of, parts, read
from bipro_sync.gdv.former import Versions, former_parts

from .records import header, record


def placed(record_type, line="040", **places):
    cells = bytearray(record_type.encode().ljust(256))
    cells[10:13] = line.encode()
    for place, text in places.items():
        start = int(place.removeprefix("at"))
        cells[start - 1 : start - 1 + len(text)] = text.encode()
    return bytes(cells)


@pytest.mark.parametrize("each", parts(), ids=lambda each: f"{each.layout}/{each.number}")
def test_each_part_is_chosen_by_its_own_constants(each):
    assert part_of(record(each)) is each


@pytest.mark.parametrize(
    ("line", "layout"),
    [
        ("000", "000"),
        ("063", "000"),
        ("245", "000"),
        ("650", "000"),
        ("083", "080"),
        ("231", "080"),
        ("175", "170"),
        ("232", "170"),
        ("180", "190"),
        ("199", "190"),
        ("600", "050"),
        ("684", "684"),
        ("070", "070"),
        ("140", "140"),
    ],
)
def test_lines_of_business_share_layouts(line, layout):
    assert part_of(placed("0210", line)).layout == f"0210.{layout}"


def test_the_risks_of_a_vehicle_have_lines_of_their_own():
    assert part_of(placed("0220", "051")).layout == "0220.051"
    assert part_of(placed("0220", "050")) is None


@pytest.mark.parametrize("number", [" ", "0"])
@pytest.mark.parametrize(
    ("record_type", "line", "place"), [("0210", "130", 251), ("0220", "051", 256), ("0220", "000", 47)]
)
def test_no_number_means_the_first_part(record_type, line, place, number):
    assert part_of(placed(record_type, line, **{f"at{place}": number})).number == 1


def test_a_part_that_comes_alone_is_chosen_without_its_number():
    assert part_of(placed("0221", "080")) is part("0221.080", 2)


def test_a_number_that_no_part_has_leaves_the_record_unread():
    assert part_of(placed("0200", at256="7")) is None


@pytest.mark.parametrize(
    ("risk", "layout"), [("1", "13"), ("3", "13"), ("4", "48"), ("8", "48"), ("2", "2"), ("9", "9")]
)
def test_kinds_of_risk_share_layouts_in_life_insurance(risk, layout):
    assert part_of(placed("0220", "010", at60=risk, at256="1")).layout == f"0220.010.{layout}.1"


def test_extensions_in_life_insurance_are_told_by_kind_of_risk_and_number():
    assert part_of(placed("0220", "010", at60="3", at256="7")) is part("0220.010.13.7", 7)
    assert part_of(placed("0220", "010", at60="5", at256="7")) is None


def test_persons_and_tariffs_in_health_insurance_are_told_by_column_48():
    assert [part_of(placed("0220", "020", at48=told)).layout[-1] for told in "123"] == ["1", "2", "3"]


@pytest.mark.parametrize("kind", ["0", "1", " "])
def test_building_society_savings_are_told_from_loans_by_column_44(kind):
    assert part_of(placed("0220", "580", at43="2", at44=kind)) is part("0220.580.01", 2)
    assert part_of(placed("0220", "580", at43="2", at44="2")) is part("0220.580.2", 2)


class TestAccidentParts:
    def test_column_49_decides_where_the_person_has_a_number_that_begins_like_a_part(self):
        first = placed("0220", "030", at43="300000", at49="1", at250="1")
        second = placed("0220", "030", at43="300000", at49="2")
        assert part_of(first).number == 1
        assert part_of(second).number == 2

    def test_the_third_part_has_a_persons_number_where_others_have_theirs(self):
        third = placed("0220", "030", at43="3", at44="0000012345678", at250="3", at251="000001")
        assert part_of(third).number == 3
        assert part_of(placed("0220", "030", at43="3", at44="12345112345", at250="3", at251="000001")).number == 3

    def test_the_ninth_part_has_its_number_in_column_60(self):
        assert part_of(placed("0220", "030", at43="000001", at60="9", at250="9")).number == 9

    def test_the_second_part_needs_no_x_in_its_last_column(self):
        assert part_of(placed("0220", "030", at43="000001", at49="2")).number == 2


def test_the_second_part_of_a_claim_is_not_taken_for_the_first():
    assert part_of(placed("0500", at66="1", at256="2")).number == 2
    assert part_of(placed("0500", at66="1", at256=" ")).number == 1


class TestFormerForms:
    def test_the_connecting_contract_number_was_shorter_before_2015(self):
        old, new = (next(iter(read(header({102: told}) + record(part("0200", 2))))) for told in (b"2.4", b"2.5"))
        assert (old.part.number, new.part.number) == (1, 1)
        [_, old] = read(
            header({102: b"2.3"}) + record(part("0200", 2), {"VertragsverbindungsNr": b"V" * 17 + b"private"})
        )
        assert old["VertragsverbindungsNr"] == "V" * 17
        assert old["Leerstellen"] == "private"

    def test_the_newest_form_holds_where_the_header_says_so_or_nothing(self):
        for told in (b"2.5", b"   ", b"abc"):
            [_, new] = read(header({102: told}) + record(part("0200", 2), {"VertragsverbindungsNr": b"V" * 35}))
            assert new["VertragsverbindungsNr"] == "V" * 35

    def test_accident_numbers_were_repeated_one_column_later(self):
        cells = bytearray(record(part("0220.030", 4)))
        cells[248:250] = b" 4"
        [_, old] = read(header({132: b"2.3"}) + bytes(cells))
        assert old["SatzNrnwiederholung"] == "4"
        assert "Leerstellen2" not in old.values()

    def test_the_class_of_construction_was_a_digit(self):
        building = record(part("0220.140", 1), {"Bauartklasse": b"A"})
        [_, old, _, new] = read(header({156: b"1.5"}) + building + header({156: b"1.6"}) + building)
        assert (old["Bauartklasse"], new["Bauartklasse"]) == (None, "A")

    def test_every_former_part_tiles_the_record_too(self):
        for each in former_parts(Versions(True, True, True)).values():
            assert [field.start for field in each.fields] == [
                1 + sum(field.length for field in each.fields[:index]) for index in range(len(each.fields))
            ]
            assert sum(field.length for field in each.fields) == 256


@pytest.mark.parametrize(
    ("start", "family"),
    [
        ("0200", Family.BROKER),
        ("0800", Family.OWN),
        ("0899", Family.OWN),
        ("4001", Family.CLAIMS_NETWORK),
        ("3400", Family.SETTLEMENT),
        ("3402", Family.UNKNOWN),
        ("0900", Family.UNKNOWN),
        ("Dear", Family.UNKNOWN),
    ],
)
def test_record_types_belong_to_families_and_only_the_brokers_are_parsed(start, family):
    [found] = read(start.encode().ljust(256, b"1"))
    assert found.family is family
    assert (found.part is None) == (found.values() == {}) == (family is not Family.BROKER)
