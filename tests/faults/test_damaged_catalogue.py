"""A catalogue that was damaged between two runs: what is noticed is said, and nothing unstored is acknowledged."""

import random

import pytest


@pytest.fixture
def begun(office):
    """An archive with acknowledged, stored and listed shipments; returns its catalogue, which nobody has open."""
    office.opens(*map(office.shipment, "ABCDEF"), acknowledge="auto", workers=1)
    office.pull("--shipment", "A")
    office.pull("--no-ack", "--shipment", "B", "--shipment", "C")
    return office.archive / "catalog.db"


def refused(office, *codes):
    """A pull that ends with 14 and one of these codes, and with a sentence for a person, before anything is sent."""
    before = len(office.calls())
    stored = office.stored()
    code, _, err = office.run("pull")
    assert code == 14
    assert "catalog.db" in err
    assert "Traceback" not in err
    document = office.ask("pull")[1]
    error = document["insurers"][0]["error"] if "insurers" in document else document["error"]
    assert error["code"] in codes, error
    assert len(office.calls()) == before, "nothing is sent"
    assert office.stored() == stored


@pytest.mark.parametrize("kept", [0, 100, 0.3, 0.5, 0.95])
def test_a_truncated_catalogue_stops_the_pull_before_anything_is_sent(office, begun, kept):
    whole = begun.read_bytes()
    begun.write_bytes(whole[: kept if isinstance(kept, int) else int(len(whole) * kept)])
    refused(office, "catalogue-missing", "catalogue-damaged")


def test_a_catalogue_that_lost_part_of_its_last_page_is_called_damaged_and_nothing_unstored_acknowledged(
    office, begun, aftermath
):
    """SQLite counts a page that is there in part, so that this is noticed only where the page is needed."""
    begun.write_bytes(begun.read_bytes()[:-1000])
    pulled = office.pull()
    assert (pulled["exit_code"], pulled["error"]["code"]) == (14, "catalogue-damaged")
    aftermath.is_safe()


def test_a_deleted_catalogue_stops_the_pull_before_anything_is_sent_and_put_back_it_goes_on(office, begun, aftermath):
    whole = begun.read_bytes()
    begun.unlink()
    refused(office, "catalogue-missing")
    assert not begun.exists()
    begun.write_bytes(whole)
    begun.chmod(0o600)
    aftermath.is_completed(*"ABCDEF")


@pytest.mark.parametrize("part", ["all", "all but the first page"])
def test_a_catalogue_of_random_bytes_stops_the_pull_before_anything_is_sent(office, begun, part):
    whole = begun.read_bytes()
    first = 0 if part == "all" else 4096
    begun.write_bytes(whole[:first] + random.Random(4711).randbytes(len(whole) - first))
    refused(office, "catalogue-damaged")


def test_wherever_a_page_of_the_catalogue_is_damaged_nothing_unstored_is_acknowledged_and_no_bug_is_shown(
    office, begun, aftermath, full
):
    whole = begun.read_bytes()
    chance = random.Random(4711)
    pages = range(len(whole) // 4096)
    codes = set()
    for page in pages if full else chance.sample(pages, 8):
        begun.write_bytes(whole[: page * 4096] + chance.randbytes(4096) + whole[(page + 1) * 4096 :])
        code, document = office.ask("pull", "--limit", "1")
        assert code in {0, 3, 14, 15}, (page, document)
        aftermath.is_safe()
        codes.add(code)
        for leftover in office.archive.glob("catalog.db-*"):
            leftover.unlink()
    assert 14 in codes
