import contextlib
import json
import subprocess
import sys

import pytest


ON_A_SMALL_DISK = """
import json, os, shutil, subprocess, sys
from pathlib import Path

config, archive, kept = sys.argv[1:]
program = [sys.executable, "-m", "bipro_sync", "--config", config, "--json"]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", archive], check=True)
told = {}
for name in ("full", "freed"):
    if name == "full":
        Path(archive, "filler").write_bytes(bytes(int(2.5 * (1 << 20))))
    done = subprocess.run([*program, "pull"], capture_output=True, text=True)
    left = len(list(Path(archive).glob("spool/*/*")))
    before = sorted(Path(archive).rglob("*"))
    status = subprocess.run([*program, "status"], capture_output=True, text=True)
    known = json.loads(status.stdout)["insurers"]
    told[name] = json.loads(done.stdout) | {"code": done.returncode, "spool": left, "status": known}
    assert sorted(Path(archive).rglob("*")) == before
    Path(archive, "filler").unlink(missing_ok=True)
shutil.copytree(archive, kept, dirs_exist_ok=True)
print(json.dumps(told))
"""


def pull_without_rights(office, ordinary_user):
    child = office.start("pull", "--json", before=ordinary_user)
    out, err = child.communicate()
    return child.returncode, json.loads(out), err


@contextlib.contextmanager
def read_only(*paths):
    for path in paths:
        path.chmod(0o500 if path.is_dir() else 0o400)
    yield
    for path in paths:
        path.chmod(0o700 if path.is_dir() else 0o600)


@pytest.mark.parametrize("begun", [False, True])
def test_an_archive_that_cannot_be_written_ends_with_14_before_any_call(office, ordinary_user, begun):
    office.opens(office.shipment("A"))
    if begun:
        office.pull("--dry-run")
    else:
        office.archive.mkdir()
    before = len(office.calls())
    with read_only(office.archive):
        code, document, err = pull_without_rights(office, ordinary_user)
    assert (code, document["error"]["code"]) == (14, "storage"), err
    assert len(office.calls()) == before


def test_an_archive_without_its_catalogue_that_cannot_be_written_ends_with_14(office, ordinary_user):
    office.opens(office.shipment("A"))
    office.pull("--dry-run")
    before = len(office.calls())
    for path in office.archive.glob("catalog.db*"):
        path.unlink()
    with read_only(office.archive):
        code, document, err = pull_without_rights(office, ordinary_user)
    assert (code, document["error"]["code"]) == (14, "storage"), err
    assert len(office.calls()) == before


@pytest.mark.parametrize("place", ["spool", "shipments", "state/breakers", "state/locks", "audit"])
def test_a_room_that_cannot_be_written_ends_with_14_and_nothing_is_acknowledged(office, ordinary_user, place):
    office.opens(*map(office.shipment, "AB"))
    office.pull("--dry-run")
    before = len(office.calls())
    below = list((office.archive / place).iterdir())
    with read_only(office.archive / place, *below):
        code, document, err = pull_without_rights(office, ordinary_user)
    assert code == document["exit_code"] == 14, err
    assert office.calls("acknowledgeShipment") == []
    fetched = {"spool": 0, "shipments": 1}.get(place)
    if fetched is None:
        assert len(office.calls()) == before, "no call without its lock, its breaker and its intent"
    else:
        assert len(office.calls("getShipment")) == fetched, "a storage error ends all fetching"
    assert office.pull()["acknowledged"] == 2


def test_on_a_full_disk_nothing_unstored_is_acknowledged_and_with_space_the_next_run_completes(office):
    alone = ["unshare", "--map-root-user", "--mount"]
    office.archive.mkdir()
    possible = subprocess.run(
        [*alone, "mount", "-t", "tmpfs", "tmpfs", office.archive], capture_output=True, check=False
    )
    if possible.returncode:
        pytest.skip("a small disk of our own is not permitted here")
    shipments = (office.shipment("A"), office.shipment("B", file="size = 3000000"), office.shipment("C"))
    office.opens(*shipments, account="gemeinsam")
    office.configure("zweite", **office.addresses("muster"), account="gemeinsam")

    done = subprocess.run(
        [*alone, sys.executable, "-c", ON_A_SMALL_DISK, office.config, office.archive, office.root / "kept"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    full, other = told["full"]["insurers"]
    assert (told["full"]["code"], full["error"]["code"], other["exit_code"]) == (14, "disk-full", 14)
    assert (full["acknowledged"], other["listed"]) == (1, 0)
    assert told["full"]["spool"] == 0, "what was received is given back"
    outcomes = {name: [each["last_outcome"] for each in told[name]["status"]] for name in ("full", "freed")}
    assert outcomes == {"full": ["disk-full", None], "freed": ["ok", "ok"]}
    assert told["full"]["status"][0]["last_error"] == full["error"]["message"]
    assert told["freed"]["code"] == 0
    assert [each["acknowledged"] for each in told["freed"]["insurers"]] == [2, 0]
    assert [call["shipment"] for call in office.calls("acknowledgeShipment")] == ["A", "B", "C"]
    assert [call["shipment"] for call in office.calls("getShipment")] == ["A", "B", "B", "C"]
    office.archive = office.root / "kept"
    office.write_config()
    assert office.ask("audit", "verify", "--directory", str(office.archive))[0] == 0
    outcomes = [record["outcome"] for record in office.records("call.outcome")]
    assert outcomes.count("storage") == 1
    assert len(outcomes) == len(office.records("call.intent"))


@pytest.mark.parametrize("content", [None, b"", b"this is no database, and has never been one" * 99])
def test_a_catalogue_that_is_missing_or_garbage_is_never_begun_anew_and_nothing_is_sent(office, content):
    office.opens(*map(office.shipment, "AB"))
    office.pull("--shipment", "A")
    before, stored = len(office.calls()), office.stored()
    for path in office.archive.glob("catalog.db*"):
        path.unlink()
    catalogue = office.archive / "catalog.db"
    if content is not None:
        catalogue.write_bytes(content)

    for command in (["pull"], ["shipments", "list"], ["status"]):
        code, document = office.ask(*command)
        assert code == 14, command
        assert document["error"]["code"] == ("catalogue-damaged" if content else "catalogue-missing")

    assert (catalogue.read_bytes() if catalogue.exists() else None) == content
    assert len(office.calls()) == before
    assert office.stored() == stored


def test_a_big_delivery_leaves_the_reserve_to_the_mail(office):
    office.opens(
        office.shipment("A", category="999010010"),
        office.shipment("B"),
        office.shipment("C", category="999010010"),
    )
    text = office.config.read_text().replace('reserve = "1 MiB"', 'reserve = "900000 GiB"')
    office.config.write_text(text)

    pulled = office.pull()

    assert (pulled["exit_code"], pulled["error"]["code"]) == (14, "reserve-reached")
    assert office.states() == {"A": "failed", "B": "acknowledged", "C": "failed"}


def test_a_trouble_that_several_shipments_meet_is_explained_once_and_each_shipment_named(office):
    office.opens(*(office.shipment(each, category="999010010") for each in "ABC"))
    office.config.write_text(office.config.read_text().replace('reserve = "1 MiB"', 'reserve = "900000 GiB"'))
    code, _, err = office.run("pull")
    assert (code, err.count("error: "), err.count("hint: ")) == (14, 1, 1)
    assert all(f"shipment {each} is failed" in err for each in "ABC")
