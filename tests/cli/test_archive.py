import shutil

import pytest


@pytest.fixture
def filled(office):
    office.opens(*map(office.shipment, "AB"), office.fault("getShipment", "other-id", shipment="B"))
    office.pull()
    return office


def place_of(office, shipment):
    return office.archive / office.ask("shipments", "show", shipment)[1]["path"]


def test_an_archive_as_it_was_stored_verifies_quarantine_included_and_silently(filled):
    code, document = filled.ask("archive", "verify")
    stored = filled.stored()
    assert (code, document["findings"], document["exit_code"]) == (0, [], 0)
    assert (document["shipments"], document["files"]) == (2, len(stored))
    assert filled.run("archive", "verify") == (0, "", "")
    assert [record["outcome"] for record in filled.records("verify")] == ["ok", "ok"]
    assert filled.stored() == stored


def changed(place):
    file = place / "01-File.pdf"
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1] + b"!")


def shortened(place):
    file = place / "envelope.xml"
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1])


def added(place):
    place.chmod(0o700)
    (place / "02-Fremd.pdf").write_bytes(b"%PDF-")


def removed(place):
    place.chmod(0o700)
    (place / "01-File.pdf").unlink()


def rewritten(place):
    manifest = place / "manifest.json"
    manifest.chmod(0o600)
    manifest.write_text(manifest.read_text().replace("100007000", "100008000"))


def spoiled(place):
    (place / "manifest.json").chmod(0o600)
    (place / "manifest.json").write_text("{")


def gone(place):
    place.chmod(0o700)
    shutil.rmtree(place)


@pytest.mark.parametrize("damage", [changed, shortened, added, removed, rewritten, spoiled, gone])
@pytest.mark.parametrize("shipment", ["A", "B"])
def test_every_difference_is_a_finding_and_exit_15_and_nothing_is_repaired(filled, damage, shipment):
    place = place_of(filled, shipment)
    damage(place)
    damaged = filled.stored()

    code, document = filled.ask("archive", "verify")

    assert (code, document["exit_code"]) == (15, 15)
    assert [finding["path"] for finding in document["findings"]] == [str(place.relative_to(filled.archive))]
    code, out, _ = filled.run("archive", "verify")
    assert code == 15
    assert document["findings"][0]["problem"] in out
    assert "Keep everything as it is" in out
    assert filled.stored() == damaged
    assert [record["outcome"] for record in filled.records("verify")] == ["damaged", "damaged"]


def test_the_parts_of_an_archive_are_verified_one_by_one_and_the_log_says_which(filled):
    place = place_of(filled, "A")
    changed(place)
    documents = [filled.ask("archive", "verify", "--subset", f"{number}/3") for number in (1, 2, 3)]
    assert sorted(code for code, _ in documents) == [0, 0, 15]
    assert [document["subset"] for _, document in documents] == ["1/3", "2/3", "3/3"]
    assert sum(document["shipments"] for _, document in documents) == 1
    (finding,) = [finding for _, document in documents for finding in document["findings"]]
    assert finding["path"] == str(place.relative_to(filled.archive))
    assert "backup" in finding["remedy"]
    assert [record["detail"].partition(";")[0] for record in filled.records("verify")] == [
        *("archive 1/3", "archive 2/3", "archive 3/3")
    ]


def test_a_shipment_that_is_gone_is_missed_by_its_part_only(filled):
    gone(place_of(filled, "A"))
    codes = [filled.ask("archive", "verify", "--subset", f"{number}/5")[0] for number in range(1, 6)]
    assert sorted(codes) == [0, 0, 0, 0, 15]


@pytest.mark.parametrize("subset", ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b", "1 / 3", "01/3", "٣/٣"])
def test_a_part_that_does_not_exist_is_a_usage_error(filled, subset):
    code, document = filled.ask("archive", "verify", f"--subset={subset}")
    assert (code, document["error"]["code"]) == (2, "usage")
    assert filled.records("verify") == []
