import hashlib
import json
import shutil

import pytest

from bipro_sync.durable import FileLock

from .lost_catalogue import found, kept, lose, rebuild, shipments


@pytest.mark.parametrize(
    "content",
    [b"", b"this is no database, and has never been one" * 99, b"SQLite format 3\0" + bytes(4080)],
    ids=["empty", "garbage", "header only"],
)
def test_a_damaged_catalogue_is_kept_byte_for_byte_and_made_again(office, content):
    office.opens(*map(office.shipment, "AB"))
    office.pull()
    before = shipments(office)
    lose(office, content)
    assert office.ask("status")[0] == 14
    for end in ("-wal", "-shm"):
        (office.archive / f"catalog.db{end}").write_bytes(b"of a run that died")

    name = rebuild(office)["kept"]

    assert shipments(office) == before
    assert (office.archive / name).read_bytes() == content
    assert kept(office) == [name, f"{name}-shm", f"{name}-wal"]
    assert (office.archive / f"{name}-wal").read_bytes() == b"of a run that died"
    assert office.ask("archive", "verify")[0] == 0


def test_a_truncated_catalogue_is_made_again(office):
    office.opens(*map(office.shipment, "AB"))
    office.pull()
    before = shipments(office)
    whole = (office.archive / "catalog.db").read_bytes()
    lose(office, whole[: len(whole) // 2])
    assert office.ask("shipments", "list")[0] == 14
    rebuild(office)
    assert shipments(office) == before


def test_a_conflict_whose_other_delivery_is_damaged_is_compared_anew_and_nothing_is_acknowledged(office):
    office.opens(office.shipment("A"), acknowledge=None)
    office.pull()
    other = office.fault("getShipment", "other-bytes")
    office.opens(office.shipment("A").replace("2026-03-01", "2026-04-01"), other)
    office.pull()
    assert office.states() == {"A": "conflict"}
    (manifest,) = (office.archive / "quarantine").rglob("manifest.json")
    spoiled(manifest.parent)
    lose(office)
    rebuild(office, code=15)
    assert office.states() == {"A": "stored"}
    office.opens(office.shipment("A"), other, acknowledge="auto")
    office.pull()
    assert office.states() == {"A": "conflict"}, "though it is listed as the first one was"
    assert office.calls("acknowledgeShipment") == []


def spoiled(place):
    (place / "manifest.json").chmod(0o600)
    (place / "manifest.json").write_text("{")


def cut(place):
    file = place / "01-File.pdf"
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1])


def moved(place):
    place.parent.chmod(0o700)
    place.chmod(0o700)
    place.rename(place.with_name("Z"))


def rewritten(place):
    manifest = place / "manifest.json"
    manifest.chmod(0o600)
    manifest.write_text(manifest.read_text().replace("100007000", "100008000"))


def gone(place):
    place.chmod(0o700)
    shutil.rmtree(place)


def doubled(place):
    shutil.copytree(place, place.parent.parent / "99" / place.name)


@pytest.mark.parametrize("damage", [spoiled, cut, moved, rewritten, gone])
def test_what_does_not_fit_is_named_and_left_out_and_the_rest_is_done(office, damage):
    office.opens(*map(office.shipment, "ABC"))
    office.pull()
    damage(office.archive / office.ask("shipments", "show", "A")[1]["path"])
    damaged = office.stored()
    lose(office)

    rebuilt = rebuild(office, code=15)

    assert office.states() == {"B": "acknowledged", "C": "acknowledged"}
    assert len(rebuilt["findings"]) == (2 if damage is moved else 1), rebuilt
    assert all(set(each) == {"path", "problem", "remedy"} for each in rebuilt["findings"])
    assert office.stored() == damaged
    assert [record["outcome"] for record in office.records("restore")] == ["damaged"]
    code, out, _ = office.run("archive", "rebuild")
    assert code == 15
    assert rebuilt["findings"][0]["problem"] in out


def test_a_shipment_that_lies_in_two_places_is_entered_once(office):
    office.opens(*map(office.shipment, "AB"))
    office.pull()
    doubled(office.archive / office.ask("shipments", "show", "A")[1]["path"])
    lose(office)
    (finding,) = rebuild(office, code=15)["findings"]
    assert "which lies at" in finding["problem"]
    assert office.states() == {"A": "acknowledged", "B": "acknowledged"}


def test_bytes_that_changed_without_changing_their_number_are_found_with_verify_only(office):
    office.opens(*map(office.shipment, "AB"))
    office.pull()
    file = office.archive / office.ask("shipments", "show", "A")[1]["path"] / "01-File.pdf"
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    lose(office)
    rebuild(office)
    assert office.states() == {"A": "acknowledged", "B": "acknowledged"}
    (finding,) = rebuild(office, "--verify", code=15)["findings"]
    assert "does not hold the bytes" in finding["problem"]
    assert office.states() == {"B": "acknowledged"}


def test_what_was_erased_by_law_keeps_its_state_and_none_of_its_words(office):
    """A tombstone for one shipment, as docs/erasure.md has it, by hand: no command decides that yet."""
    office.opens(*(office.shipment(each, fields=f', Versicherungsscheinnummer = "LV-{each}"') for each in "AB"))
    office.pull()
    before = shipments(office)
    path = before["A"]["path"]
    place = office.archive / path
    place.chmod(0o700)
    manifest = json.loads((place / "manifest.json").read_bytes())
    gone = [
        {"stored": file.name, "size": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        for file in place.iterdir()
    ]
    tombstone = {
        "format": 1,
        "path": path,
        "manifest": manifest | {key: [] for key in ("listed", "delivered", "transfers", "files")},
        "manifest_sha256": hashlib.sha256((place / "manifest.json").read_bytes()).hexdigest(),
        "erased": gone,
        "reason": "art. 17",
        "by": "u001",
        "at": "2026-03-02T08:00:00Z",
        "audit_seq": 1,
    }
    file = office.archive / "tombstones" / f"{path}.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(tombstone))
    assert office.ask("archive", "verify")[0] == 15, "its bytes lie there still"
    shutil.rmtree(place)
    (finding,) = office.ask("archive", "verify")[1]["findings"]
    assert finding["problem"] == "has a tombstone, and the audit log knows nothing of it.", "nobody has decided it"
    lose(office)

    rebuild(office, "--verify")

    assert shipments(office) == before | {"A": before["A"] | {"files": []}}
    assert (found(office, "LV-A"), found(office, "LV-B")) == (set(), {"B"})
    assert office.pull()["acknowledged"] == 0


def test_nobody_rebuilds_while_a_run_works_and_nobody_works_meanwhile(office):
    office.opens(*map(office.shipment, "AB"), office.fault("listShipments", "stall", seconds=2, times=1))
    child = office.start("pull")
    office.under_way("listShipments")
    catalogue = (office.archive / "catalog.db").stat().st_ino
    code, document = office.ask("archive", "rebuild")
    assert (code, document["error"]["code"]) == (11, "busy")
    assert child.wait() == 0
    assert (office.archive / "catalog.db").stat().st_ino == catalogue
    assert office.states() == {"A": "acknowledged", "B": "acknowledged"}

    lock = FileLock(office.archive / "state" / "catalogue.lock")
    assert lock.acquire(wait=False)
    before = len(office.calls())
    code, document = office.ask("pull")
    assert (code, document["error"]["code"]) == (11, "busy")
    assert "made again" in document["error"]["message"]
    assert len(office.calls()) == before
    lock.release()


@pytest.mark.parametrize("account", ["muster", "a-section-that-is-gone"])
def test_an_account_that_is_held_makes_it_busy_and_leaves_everything_as_it_was(office, account):
    office.opens(office.shipment("A"))
    office.pull()
    before = hashlib.sha256((office.archive / "catalog.db").read_bytes()).hexdigest()
    lock = FileLock(office.archive / "state" / "locks" / f"{account}.lock")
    assert lock.acquire(wait=False)
    code, document = office.ask("archive", "rebuild")
    lock.release()
    assert (code, document["error"]["code"]) == (11, "busy")
    assert hashlib.sha256((office.archive / "catalog.db").read_bytes()).hexdigest() == before
    assert kept(office) == []
    assert rebuild(office)["shipments"] == 1


def test_what_a_dead_rebuild_left_is_swept_away(office):
    office.opens(office.shipment("A"))
    office.pull()
    for end in ("", "-wal", "-shm"):
        (office.archive / f"catalog.db.rebuilding{end}").write_bytes(b"half a catalogue")
    name = rebuild(office)["kept"]
    assert kept(office) == [name]
    assert office.states() == {"A": "acknowledged"}


def test_a_log_that_cannot_be_read_rebuilds_nothing(office):
    office.opens(office.shipment("A"))
    office.pull()
    before = (office.archive / "catalog.db").read_bytes()
    segment = office.archive / "audit" / "audit-000001.jsonl"
    lines = segment.read_bytes().split(b"\n")
    lines[2] = lines[2][:20]
    segment.chmod(0o600)
    segment.write_bytes(b"\n".join(lines))
    code, document = office.ask("archive", "rebuild")
    assert (code, document["error"]["code"]) == (15, "integrity")
    assert (office.archive / "catalog.db").read_bytes() == before
    assert kept(office) == []


def test_an_ordinary_user_rebuilds_too_and_silently(office, ordinary_user):
    office.archive.mkdir()
    office.opens(office.shipment("A"))
    assert office.start("pull", before=ordinary_user).wait() == 0
    lose(office)
    child = office.start("archive", "rebuild", before=ordinary_user)
    assert (child.communicate(), child.returncode) == (("", ""), 0)
    assert (office.archive / "catalog.db").stat().st_mode & 0o777 == 0o600
    listed = office.start("shipments", "list", "--json", before=ordinary_user).communicate()[0]
    assert [each["state"] for each in json.loads(listed)] == ["acknowledged"]


def test_no_word_of_a_customer_is_told_by_a_rebuild(office):
    office.opens(office.shipment("A", fields=', Versicherungsscheinnummer = "LV-KANARIE"'))
    office.pull()
    rewritten(office.archive / office.ask("shipments", "show", "A")[1]["path"])
    for verbose in ((), ("-v",)):
        _, out, err = office.run("archive", "rebuild", *verbose)
        assert "KANARIE" not in out + err
    assert "KANARIE" not in json.dumps(office.records())
