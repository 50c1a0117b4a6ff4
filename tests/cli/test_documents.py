import pytest

from ..sync.gdv_mail import MOTOR, gdv_shipment, portfolio


@pytest.fixture
def filled(office):
    office.opens(
        office.shipment("A", fields=', Kunde = "Jörg Müßiggang-Erfunden"'),
        office.shipment("B", category="999010010", file='document = "portfolio.gdv"'),
        office.shipment("C", category="140000000", fields=', Rueckstand = "Beitrag ABC-77"', file=None),
        office.shipment("D"),
        office.fault("getShipment", "nok", shipment="D"),
    )
    office.pull()
    return office


def ids(office, *arguments):
    code, found = office.ask("documents", *arguments)
    assert code == 0
    return [each["id"] for each in found]


def test_everything_stored_is_listed_notices_without_a_file_too(filled):
    assert sorted(ids(filled, "list")) == ["A", "B", "C"]
    assert ids(filled, "list", "--limit", "1") == ["C"], "the newest"
    _, page, _ = filled.run("documents", "list")
    for said in ("data only", "01-File.pdf", "01-File.gdv", "GDV data: full portfolio"):
        assert said in page


def test_the_list_narrows_by_kind_and_insurer(filled):
    assert ids(filled, "list", "--kind", "gdv-portfolio") == ["B"]
    assert ids(filled, "list", "--kind", "event", "--kind", "mail") == ["C", "A"]
    assert ids(filled, "list", "--insurer", "another") == []
    assert filled.run("documents", "list", "--kind", "letter")[0] == 2


def test_search_finds_every_word_by_its_beginning_in_names_numbers_and_fields(filled):
    for words, found in (
        (["Müßig"], ["A"]),
        (["jorg", "erfunden"], ["A"]),
        (["abc-77"], ["C"]),
        (["V-B"], ["B"]),
        (["police"], ["B", "A"]),
        (["Jörg", "ABC-77"], []),
        (['"', "OR", "*"], []),
        (["nirgends"], []),
    ):
        assert ids(filled, "search", *words) == found, words


def test_search_finds_names_and_numbers_in_whatever_way_they_are_written(office):
    number = ', Versicherungsscheinnummer = "{}"'.format
    office.opens(
        office.shipment("A", fields=', Kunde = "Jörg Groß-Müller"' + number("32/123.456.789")),
        office.shipment("B", fields=', Kunde = "JOERG GROSS-MUELLER"' + number("32123456789")),
        office.shipment("C", fields=', Kunde = "Jorg Muller"' + number("32 987")),
    )
    office.pull()
    for words, found in (
        (["Müller"], ["C", "B", "A"]),
        (["mueller"], ["C", "B", "A"]),
        (["Groß"], ["B", "A"]),
        (["gross", "Jörg"], ["B", "A"]),
        (["Groß-Müller"], ["B", "A"]),
        (["32123456789"], ["B", "A"]),
        (["32-123-456-789"], ["B", "A"]),
        (["32/123.456"], ["B", "A"]),
        (["32987"], ["C"]),
    ):
        assert ids(office, "search", *words) == found, words


def test_a_number_that_gdv_files_know_leads_to_the_contract(office):
    office.opens(gdv_shipment(office, "A", portfolio(MOTOR)))
    office.pull()
    _, _, said = office.run("documents", "search", "k-0000.0003")
    assert "contracts show" in said
    assert "0003" not in said
    assert office.run("documents", "search", "K0000")[2] == ""
    assert office.run("documents", "search", "K00000003", "--insurer", "another")[2] == ""


def test_show_is_the_page_of_the_shipment(filled):
    assert filled.run("documents", "show", "C") == filled.run("shipments", "show", "C")
