import json
import shutil
import subprocess
import sys

import pytest
from msgspec import structs
from pysqlite3 import dbapi2

from bipro_sync.archive import CopyPlace
from bipro_sync.errors import StorageError
from bipro_sync.sync.copying import Copying

from ..archive.conftest import LISTED, prepared, store


@pytest.fixture
def mount(office):
    """Where the second copy of the office's archive is mounted."""
    directory = office.root / "mount"
    directory.mkdir()
    office.head = f'second_copy = "{directory}"\n{office.head}'
    return directory


def away(mount, left="an empty directory"):
    """Takes the disk away from its mount point; what is returned puts it back."""
    kept = mount.with_name("unmounted")
    mount.rename(kept)
    if left == "an empty directory":
        mount.mkdir()
    elif left == "another archive's disk":
        mount.mkdir()
        (mount / "bipro-sync-copy.json").write_text('{"copy": "0123", "archive": "/elsewhere"}')

    def back():
        if mount.exists():
            assert not (mount / "shipments").exists(), "nothing is written where the disk should be"
            shutil.rmtree(mount)
        kept.rename(mount)

    return back


def acknowledgements(office):
    return [call["shipment"] for call in office.calls("acknowledgeShipment")]


def listed(mount):
    """The ids on the list beside the copy."""
    segments = sorted((mount / "acknowledged").glob("*.jsonl"))
    return [json.loads(line)["shipment"] for segment in segments for line in segment.read_text().splitlines()]


def copied(office, mount):
    """The digest of every file in the copy, by path."""
    archive, office.archive = office.archive, mount
    try:
        return office.stored()
    finally:
        office.archive = archive


def owed(office):
    return len(list((office.archive / "state" / "second-copy" / "owed").glob("*/*.json")))


@pytest.mark.parametrize("ack_after", ["stored", "second_copy"])
def test_everything_stored_is_copied_quarantine_included_and_what_is_acknowledged_is_listed(office, mount, ack_after):
    office.opens(
        *map(office.shipment, "ABC"),
        office.fault("getShipment", "other-id", shipment="B"),
        ack_after=ack_after,
    )

    pulled = office.pull()

    assert (pulled["exit_code"], pulled["acknowledged"], pulled["quarantined"]) == (3, 2, 1)
    assert copied(office, mount) == office.stored()
    assert len([path for path in office.stored() if path.endswith("manifest.json")]) == 3
    assert listed(mount) == acknowledgements(office) == ["A", "C"]
    assert owed(office) == 0
    before = copied(office, mount)
    assert office.pull()["exit_code"] == 0
    assert (copied(office, mount), listed(mount)) == (before, ["A", "C"])
    assert office.run("archive", "compare") == (0, "", "")


@pytest.mark.parametrize("left", ["nothing", "an empty directory", "another archive's disk"])
def test_while_the_mount_is_away_everything_is_fetched_and_nothing_that_waits_is_acknowledged(office, mount, left):
    office.opens(office.shipment("A"), ack_after="second_copy")
    office.pull()
    office.opens(*map(office.shipment, "BC"), ack_after="second_copy")
    office.opens(office.shipment("D"), name="zweite", ack_after="second_copy")
    back = away(mount, left)

    code, document = office.ask("pull")

    assert code == 14
    for pulled, stored in zip(document["insurers"], (2, 1), strict=True):
        assert (pulled["exit_code"], pulled["error"]["code"], pulled["stored"]) == (14, "second-copy", stored)
        assert (pulled["acknowledged"], pulled["not_acknowledged"]) == (0, stored)
    err = office.run("pull", "--insurer", "muster")[2]
    assert err.count("error: ") == 1, "one sentence, however many shipments"
    assert "second copy" in err
    assert (acknowledgements(office), owed(office)) == (["A"], 3)
    last = office.records("session.end")[-1]
    assert last["outcome"] == "failed"

    back()
    code, document = office.ask("pull")

    assert (code, [pulled["acknowledged"] for pulled in document["insurers"]]) == (0, [2, 1])
    assert acknowledgements(office) == ["A", "B", "C"]
    assert len(office.calls("getShipment")) == 3, "nothing was fetched twice"
    assert sorted(listed(mount)) == ["A", "B", "C", "D"]
    assert copied(office, mount) == office.stored()
    assert owed(office) == 0


def test_what_does_not_wait_is_acknowledged_without_its_copy_which_a_later_run_makes_up_for(office, mount):
    office.opens(office.shipment("A"))
    office.pull()
    office.opens(
        *map(office.shipment, "BCD"),
        office.fault("getShipment", "other-id", shipment="C"),
        office.fault("acknowledgeShipment", "nok", shipment="D", code="04004"),
    )
    back = away(mount)

    pulled = office.pull()

    assert (pulled["exit_code"], pulled["error"]["code"], pulled["acknowledged"]) == (14, "second-copy", 1)
    assert office.states() == {"A": "acknowledged", "B": "acknowledged", "C": "quarantined", "D": "ack_refused"}
    assert owed(office) == 3
    assert office.pull()["exit_code"] == 14, "it is told for as long as anything is owed"
    back()

    assert office.pull()["exit_code"] == 0
    assert copied(office, mount) == office.stored()
    assert sorted(listed(mount)) == ["A", "B", "D"]
    assert owed(office) == 0
    assert office.ask("archive", "compare")[0] == 0


def test_what_is_never_acknowledged_by_a_pull_is_copied_too(office, mount):
    office.opens(office.shipment("A"), acknowledge=None)
    assert office.pull()["exit_code"] == 0
    assert copied(office, mount) == office.stored()
    office.opens(*map(office.shipment, "AB"), acknowledge=None)
    back = away(mount)
    assert office.pull()["error"]["code"] == "second-copy"
    back()
    assert office.pull()["exit_code"] == 0
    assert copied(office, mount) == office.stored()
    assert listed(mount) == []


def test_a_copy_that_differs_is_15_is_never_replaced_and_holds_up_nobody_else(office, mount):
    office.opens(*map(office.shipment, "ABC"), ack_after="second_copy", acknowledge=None)
    office.pull()
    file = mount / office.ask("shipments", "show", "B")[1]["path"] / "01-File.pdf"
    file.chmod(0o600)
    file.write_bytes(b"%PDF-1.7 and something else")
    changed = copied(office, mount)
    office.configure(acknowledge="auto")

    for acknowledged in (2, 0):
        pulled = office.pull()
        assert (pulled["exit_code"], pulled["acknowledged"], pulled["error"]["code"]) == (15, acknowledged, "integrity")
        assert "In the second copy" in pulled["error"]["message"]
    assert office.states() == {"A": "acknowledged", "B": "stored", "C": "acknowledged"}
    assert (acknowledgements(office), listed(mount)) == (["A", "C"], ["A", "C"])
    assert copied(office, mount) == changed


def test_a_run_that_died_before_its_copy_was_made_is_made_up_for_and_its_half_copy_removed(office, mount):
    """What a crash between the archive's rename and the copy's leaves, made from a whole run."""
    office.opens(office.shipment("A"), acknowledge=None)
    office.pull()
    with dbapi2.connect(office.archive / "catalog.db") as connection:
        connection.execute("UPDATE shipments SET state = 'fetching', manifest_sha256 = NULL, stored_at = NULL")
    connection.close()
    half = mount / "drafts" / "muster" / "0123456789abcdef"
    half.mkdir(parents=True)
    (half / "01-File.pdf").write_bytes(b"%PDF")
    whole = next(mount.glob("shipments/*/*/*/A"))
    whole.chmod(0o700)
    shutil.rmtree(whole)

    assert office.pull()["exit_code"] == 0

    assert len(office.calls("getShipment")) == 1
    assert copied(office, mount) == office.stored()
    assert not half.exists()


def test_a_shipment_stored_before_there_was_a_second_copy_is_copied_before_it_is_acknowledged(office):
    office.opens(office.shipment("A"), acknowledge=None)
    office.pull()
    mount = office.root / "mount"
    mount.mkdir()
    office.head = f'second_copy = "{mount}"\n{office.head}'
    office.configure(acknowledge="auto", ack_after="second_copy")
    assert office.pull()["acknowledged"] == 1
    assert copied(office, mount) == office.stored()
    assert listed(mount) == ["A"]


def test_an_acknowledgement_that_is_repeated_reads_the_copy_again(office, mount):
    office.opens(
        *map(office.shipment, "AB"), office.fault("acknowledgeShipment", "close", times=2), ack_after="second_copy"
    )
    office.pull()
    assert office.states() == {"A": "ack_unknown", "B": "ack_unknown"}
    file = mount / office.ask("shipments", "show", "B")[1]["path"] / "01-File.pdf"
    file.chmod(0o600)
    file.write_bytes(b"")
    assert office.pull()["exit_code"] == 15
    assert office.states() == {"A": "acknowledged", "B": "ack_unknown"}
    assert acknowledgements(office) == ["A", "B", "A"]
    assert [what for _, _, what in office.fired()] == ["close", "close"]


def test_after_a_restore_what_was_never_acknowledged_is_fetched_anew_and_its_first_copy_counts(office, mount):
    office.opens(*map(office.shipment, "AB"), ack_after="second_copy", acknowledge=None)
    office.pull("--shipment", "A")
    shutil.copytree(office.archive, office.root / "backup")
    office.pull()
    first = copied(office, mount)
    office.archive.rename(office.root / "lost")
    (office.root / "backup").rename(office.archive)
    assert office.ask("archive", "compare")[0] == 15
    office.configure(acknowledge="auto")

    pulled = office.pull()

    assert (pulled["exit_code"], pulled["fetched"], pulled["acknowledged"]) == (0, 1, 2)
    assert copied(office, mount) == first
    assert office.ask("archive", "compare")[0] == 0


@pytest.fixture
def stored(tmp_path):
    """An archive of three shipments with a directory for their copies; returns the place and the shipments' paths."""
    layout = prepared(tmp_path / "archive")
    (tmp_path / "mount").mkdir()
    listed = [structs.replace(LISTED, id=shipment) for shipment in "ABC"]
    return CopyPlace(layout, tmp_path / "mount", same_device=True), [
        store(layout, b"x", listed=each).path for each in listed
    ]


def test_once_the_copy_has_failed_the_run_leaves_it_alone_and_the_next_one_pays(stored, clock):
    place, (first, *others) = stored
    run = Copying(place, clock)
    run.keep(first)
    place.root.rename(place.root.with_name("away"))
    run.keep(others[0])
    place.root.with_name("away").rename(place.root)
    run.keep(others[1])
    run.settle("muster", stop=lambda: False)
    assert [(place.root / path).exists() for path in (first, *others)] == [True, False, False]
    [trouble] = run.troubles("muster")
    assert (trouble.code, run.troubles("muster"), run.troubles("zweite")) == ("second-copy", [], [])

    following = Copying(place, clock)
    following.settle("muster", stop=lambda: True)
    assert not (place.root / others[0]).exists(), "a run that is to stop does not begin another"
    following.settle("muster", stop=lambda: False)
    assert all((place.root / path).exists() for path in others)
    assert following.troubles("muster") == []


def test_where_not_even_the_debt_can_be_noted_it_is_the_archives_storage_error(stored, clock):
    place, (path, *_) = stored
    place.root.rmdir()
    place.state.write_bytes(b"in the way")
    with pytest.raises(StorageError):
        Copying(place, clock).keep(path)


ON_A_SMALL_COPY = """
import json, shutil, subprocess, sys
from pathlib import Path

config, mount, kept = sys.argv[1:]
command = [sys.executable, "-m", "bipro_sync", "--config", config, "pull", "--no-wait", "--json"]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", mount], check=True)
ballast = Path(mount, "ballast")
ballast.write_bytes(bytes(18 << 20))
told = []
for _ in range(2):
    done = subprocess.run(command, capture_output=True, text=True)
    told.append(json.loads(done.stdout) | {"drafts": len(list(Path(mount).glob("drafts/*/*")))})
    ballast.unlink(missing_ok=True)
shutil.copytree(mount, kept, dirs_exist_ok=True)
print(json.dumps(told))
"""


def test_on_a_full_second_copy_fetching_goes_on_and_with_space_the_next_run_completes(office, mount):
    alone = ["unshare", "--map-root-user", "--mount"]
    possible = subprocess.run([*alone, "mount", "-t", "tmpfs", "tmpfs", mount], capture_output=True, check=False)
    if possible.returncode:
        pytest.skip(f"a small disk of our own is not permitted here: {possible.stderr.decode().strip()}")
    big = office.shipment("B", file="size = 3000000")
    office.opens(office.shipment("A"), big, office.shipment("C"), ack_after="second_copy")

    done = subprocess.run(
        [*alone, sys.executable, "-c", ON_A_SMALL_COPY, office.config, mount, office.root / "kept"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    full, freed = json.loads(done.stdout)
    [told] = full["insurers"]
    assert (full["exit_code"], told["error"]["code"], told["stored"], told["acknowledged"]) == (14, "second-copy", 3, 1)
    assert "No space left" in told["error"]["message"]
    assert full["drafts"] == 0, "what did not fit is given back"
    assert (freed["exit_code"], freed["insurers"][0]["acknowledged"]) == (0, 2)
    assert acknowledgements(office) == listed(office.root / "kept") == ["A", "B", "C"]
    assert len(office.calls("getShipment")) == 3
    assert copied(office, office.root / "kept") == office.stored()


PULL = """
import sys
from bipro_sync.cli.main import main
assert main(["--config", sys.argv[1], "pull", "--no-wait"]) == 0
"""


def test_the_copy_is_read_back_and_the_list_durable_before_the_acknowledgement_leaves(
    office, mount, practice_insurers, traced
):
    office.opens(office.shipment("A"), ack_after="second_copy")
    office.insurers["muster"].stop()
    home = office.root / "insurer-muster"
    # Without TLS, to this machine, so that the calls can be told from each other among the system calls.
    plain = practice_insurers.start(home / "scenario.toml", home, tls=False)
    office.insurers["muster"] = plain
    office.configure(sts_url=plain.sts_url, transfer_url=plain.transfer_url, ca_file=None)

    found = traced(PULL, office.config, options=["-e", "trace=fsync,fadvise64,read,rename,write,sendto,sendmsg"])

    assert acknowledgements(office) == ["A"]
    sent = [
        place
        for name in ("sendto", "sendmsg", "write")
        for place in found.positions(name, "acknowledgeShipment")
        if "audit-" not in found.calls[place][1]
    ]
    assert sent, "the acknowledgement is seen"
    [copy] = mount.glob("shipments/*/*/*/A")
    for file in copy.iterdir():
        dropped = found.positions("fadvise64", f"<{file}>")[0]
        read = [place for place in found.positions("read", f"<{file}>") if place > dropped]
        assert read, "read from the device"
        assert read[0] < sent[0]
    noted = found.positions("write", f"<{mount}/acknowledged/acknowledged-000001.jsonl>")
    synced = found.positions("fsync", f"<{mount}/acknowledged/acknowledged-000001.jsonl>")
    assert max(read) < noted[0] < synced[0] < sent[0]
    assert any(place < sent[0] for place in found.positions("fsync", f"<{mount}/acknowledged>"))
