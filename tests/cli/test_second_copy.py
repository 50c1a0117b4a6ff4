import shutil

import pytest

from bipro_sync.durable import FileLock


@pytest.fixture
def mount(office):
    """Where the second copy of the office's archive is mounted."""
    directory = office.root / "mount"
    directory.mkdir()
    office.head = f'second_copy = "{directory}"\n{office.head}'
    return directory


def place_of(office, shipment, root=None):
    return (root or office.archive) / office.ask("shipments", "show", shipment)[1]["path"]


def removed(directory):
    for each in (directory, *directory.rglob("*")):
        if each.is_dir():
            each.chmod(0o700)
    shutil.rmtree(directory)


def owed(office):
    return list((office.archive / "state" / "second-copy" / "owed").glob("*/*.json"))


def test_after_a_disaster_every_acknowledged_shipment_that_the_restored_archive_lacks_is_named(office, mount):
    office.opens(office.shipment("A"), ack_after="second_copy")
    office.pull()
    shutil.copytree(office.archive, office.root / "backup")
    office.opens(*map(office.shipment, "BC"), ack_after="second_copy")
    office.pull()
    paths = {shipment: str(place_of(office, shipment).relative_to(office.archive)) for shipment in "BC"}
    removed(office.archive)
    (office.root / "backup").rename(office.archive)
    before = office.stored()

    code, document = office.ask("archive", "compare")

    assert (code, document["exit_code"], document["acknowledged"]) == (15, 15, 3)
    assert document["findings"] == [
        {
            "insurer": "muster",
            "shipment": shipment,
            "path": path,
            "problem": "was acknowledged and is not in the archive; the second copy has it.",
        }
        for shipment, path in paths.items()
    ]
    record = office.records()[-1]
    assert (record["type"], record["operation"], record["outcome"]) == ("verify", "archive compare", "damaged")
    code, out, _ = office.run("archive", "compare")
    assert code == 15
    assert f"Shipment C of muster, {paths['C']}: was acknowledged" in out
    assert "copied back" in out
    assert office.stored() == before

    for path in paths.values():
        shutil.copytree(mount / path, office.archive / path)
    assert office.run("archive", "compare") == (0, "", "")


@pytest.mark.parametrize("left", ["no catalogue", "nothing"])
def test_comparing_needs_the_files_alone(office, mount, left):
    office.opens(office.shipment("A"))
    office.pull()
    if left == "nothing":
        removed(office.archive)
    else:
        for path in office.archive.glob("catalog.db*"):
            path.unlink()
    code, document = office.ask("archive", "compare", "--directory", str(mount))
    assert (code, [each["shipment"] for each in document["findings"]]) == (
        (15, ["A"]) if left == "nothing" else (0, [])
    )
    assert office.archive.exists() is (left == "no catalogue"), "nothing is made by it"


def test_a_copy_that_is_not_there_is_14_for_both_commands(office, mount):
    office.opens(office.shipment("A"))
    office.pull()
    removed(mount)
    for command in (["archive", "compare"], ["archive", "copy"]):
        code, document = office.ask(*command)
        assert (code, document["error"]["code"]) == (14, "second-copy")


@pytest.mark.parametrize("command", ["copy", "compare"])
def test_without_a_second_copy_in_the_configuration_both_commands_say_what_to_set(office, command):
    office.opens()
    code, document = office.ask("archive", command)
    assert code == 10
    assert "[archive] second_copy" in document["error"]["hint"]


def test_copying_makes_up_for_everything_that_was_stored_before_and_is_noted(office):
    office.opens(*map(office.shipment, "AB"), office.fault("getShipment", "other-id", shipment="B"))
    office.pull()
    mount = office.root / "mount"
    mount.mkdir()
    office.head = f'second_copy = "{mount}"\n{office.head}'
    office.write_config()

    code, document = office.ask("archive", "copy")

    assert (code, document) == (0, {"copied": 2, "present": 0, "findings": [], "exit_code": 0})
    assert office.ask("archive", "copy")[1]["present"] == 2
    assert office.run("archive", "copy") == (0, "", "")
    assert [(record["count"], record["outcome"]) for record in office.records("backup")] == [(2, "ok")] + [
        (0, "ok")
    ] * 2
    assert office.ask("archive", "compare")[0] == 0


def test_what_is_stored_and_not_copied_yet_is_3_when_compared(office, mount):
    office.opens(office.shipment("A"))
    office.pull()
    mount.rename(mount.with_name("away"))
    office.opens(office.shipment("B"))
    office.pull()
    mount.with_name("away").rename(mount)
    code, document = office.ask("archive", "compare")
    assert (code, document["findings"], len(document["uncopied"])) == (3, [], 1)
    assert "`bipro-sync archive copy` copies all of it now" in office.run("archive", "compare")[1]
    assert len(owed(office)) == 1

    assert office.ask("archive", "copy")[1]["copied"] == 1
    assert (office.ask("archive", "compare")[0], owed(office)) == (0, [])


def test_debts_are_paid_by_copying_though_their_insurer_is_no_longer_configured(office, mount):
    office.opens(office.shipment("A"), name="zweite")
    office.opens(office.shipment("B"))
    mount.rename(mount.with_name("away"))
    office.run("pull")
    mount.with_name("away").rename(mount)
    assert len(owed(office)) == 2
    head, *_ = office.config.read_text().partition("[insurers.zweite]")
    office.config.write_text(f'{head}[defaults]\nenvironment = "test"\n')

    assert office.ask("archive", "copy")[0] == 0

    assert owed(office) == []
    assert office.ask("archive", "compare")[1]["acknowledged"] == 2


def test_one_damaged_shipment_is_15_and_the_others_are_copied(office, mount):
    office.opens(*map(office.shipment, "ABC"))
    office.pull()
    for each in "AC":
        removed(place_of(office, each, mount))
    file = place_of(office, "A") / "01-File.pdf"
    file.chmod(0o600)
    file.write_bytes(b"%PDF")

    code, document = office.ask("archive", "copy")

    assert (code, document["copied"], document["present"]) == (15, 1, 1)
    [finding] = document["findings"]
    assert finding.endswith("A/01-File.pdf does not hold the bytes that were received.")
    assert finding in office.run("archive", "copy")[2]
    assert not place_of(office, "A", mount).exists()
    assert [record["outcome"] for record in office.records("backup")] == ["damaged", "damaged"]


def test_a_new_disk_is_taken_by_an_operator_only_and_gets_everything(office, mount):
    office.opens(*map(office.shipment, "AB"), ack_after="second_copy")
    office.pull()
    removed(mount)
    mount.mkdir()
    office.opens(office.shipment("C"), ack_after="second_copy")
    pulled = office.pull()
    assert (pulled["exit_code"], pulled["acknowledged"]) == (14, 0)
    assert "archive copy --take" in pulled["error"]["hint"]

    code, document = office.ask("archive", "copy", "--take")

    assert (code, document["copied"]) == (0, 3)
    [decision] = office.records("operator.decision")
    assert decision["detail"] == f"{mount} is taken as the second copy"
    assert office.pull()["acknowledged"] == 1
    assert office.ask("archive", "compare")[0] == 0


def test_an_archive_from_before_the_copy_takes_its_old_copy_again(office, mount):
    office.opens(office.shipment("A"))
    office.pull()
    shutil.rmtree(office.archive / "state" / "second-copy")
    office.opens(office.shipment("B"))
    assert "older than the copy" in office.pull()["error"]["message"]
    code, document = office.ask("archive", "copy", "--take")
    assert (code, document["copied"], document["present"]) == (0, 1, 1)
    assert office.pull()["exit_code"] == 0
    assert office.ask("archive", "compare")[1]["acknowledged"] == 2


def test_only_one_copies_everything_at_a_time(office, mount):
    office.opens(office.shipment("A"))
    office.pull()
    with FileLock(office.archive / "state" / "second-copy" / "walk.lock"):
        assert office.ask("archive", "copy")[0] == 11
    assert office.ask("archive", "copy")[0] == 0
