"""Backups made, tried out and restored by the command line, with whole archives and real insurers."""

import json
import shutil

import pytest

from bipro_sync.archive import Layout
from bipro_sync.backup.age import Identity
from bipro_sync.sync.breaker import breaker_state


@pytest.fixture
def backed(office):
    """An office that has pulled, with a directory for backups."""
    (office.root / "backup").mkdir()
    office.head += f'[backup]\ndirectory = "{office.root / "backup"}"\n'
    office.opens(*map(office.shipment, "ABC"), office.fault("getShipment", "other-id", shipment="B"))
    office.pull()
    return office


def elsewhere(office):
    """Lets the configuration name another, empty archive root; returns the one before."""
    before, office.archive = office.archive, office.root / "elsewhere"
    office.write_config()
    return before


def test_a_backup_is_restored_to_an_archive_elsewhere_that_goes_on_working(backed):
    stored, states = backed.stored(), backed.states()
    code, made = backed.ask("backup", "create")
    assert (code, made["shipments"], made["copied"]) == (0, 3, 3)
    elsewhere(backed)

    code, restored = backed.ask("backup", "restore")

    assert (code, restored["shipments"], restored["findings"]) == (0, 3, [])
    assert backed.stored() == stored
    assert backed.states() == states
    assert backed.ask("archive", "verify")[0] == 0
    assert backed.ask("audit", "verify")[0] == 0
    assert backed.pull()["exit_code"] == 12
    assert backed.run("insurers", "unblock", "muster", "--reason", "the account is open")[0] == 0
    assert backed.pull()["exit_code"] == 0
    assert not (backed.archive / "restoring.json").exists()


def test_what_was_handed_over_dealt_with_and_read_stays_so_in_what_is_restored(backed):
    target = backed.root / "dms"
    target.mkdir()
    target.chmod(0o770)
    backed.head += f'[handover.dms]\ntarget = "{target}"\n'
    portfolio = backed.shipment("G", category="999010010", file='document = "portfolio.gdv"')
    backed.opens(backed.shipment("L"), portfolio, name="other")
    backed.run("pull")
    backed.run("inbox", "done", "A", "--insurer", "muster")
    backed.run("documents", "index")
    marks, contracts = backed.ask("handover", "list")[1], backed.ask("contracts", "list")
    assert [each["handed_over"] for each in marks] == [4]
    assert contracts[1], contracts
    backed.run("backup", "create")
    for path in target.rglob("*_*"):
        path.unlink()
    elsewhere(backed)
    assert backed.run("backup", "restore")[0] == 0
    assert backed.ask("handover", "list")[1] == marks
    for name in ("muster", "other"):
        backed.run("insurers", "unblock", name, "--reason", "the account is open")
    assert backed.run("pull")[0] == 0
    assert list(target.rglob("*_*")) == [], "what the other system took away does not come back"
    assert [(each["insurer"], each["id"]) for each in backed.ask("inbox")[1]["items"]] == [
        ("muster", "C"),
        ("other", "L"),
    ]
    assert backed.ask("contracts", "list") == contracts


def test_a_second_backup_copies_only_what_is_new_and_each_is_restored_by_itself(backed):
    first = backed.ask("backup", "create")[1]
    backed.opens(backed.shipment("D"), name="other")
    assert backed.ask("pull")[0] in {0, 3}
    second = backed.ask("backup", "create")[1]
    assert (second["shipments"], second["copied"]) == (4, 1)
    stored = backed.stored()

    elsewhere(backed)
    assert backed.ask("backup", "restore")[1]["shipments"] == 4
    assert backed.stored() == stored
    assert backed.ask("backup", "create")[1]["copied"] == 4, "everything is looked at once after a restore"
    objects = sorted(path.name for path in (backed.root / "backup" / "objects").rglob("*") if path.is_file())
    assert len(objects) == len(set(objects))
    backed.archive = backed.root / "as-it-was-first"
    backed.write_config()
    assert backed.ask("backup", "restore", first["backup"])[1]["shipments"] == 3


def test_old_backups_go_and_with_them_what_only_they_hold(backed):
    backed.head = backed.head.replace("[backup]\n", "[backup]\nkeep = 2\n")
    backed.write_config()
    sizes = []
    for _ in range(5):
        assert backed.ask("backup", "create")[0] == 0
        sizes.append(sum(1 for path in (backed.root / "backup").rglob("*") if path.is_file()))
    assert sizes[1] == sizes[2] == sizes[4], "nothing of the forgotten is left"
    assert backed.ask("backup", "verify")[0] == 0


def test_a_backup_is_tried_out_and_what_is_not_in_it_is_said(backed):
    hook = 'webhook = { url = "https://chat.broker.example/", secret = { credential = "hook.secret" } }'
    backed.head = backed.head.replace("none = true", hook)
    backed.write_config()
    backed.run("backup", "create")
    code, found = backed.ask("backup", "verify")
    assert (code, found["shipments"], found["findings"]) == (0, 3, [])
    assert "chain intact" in found["log"]
    for thing in (
        *("[insurers.muster] auth.password (file: ", "The configuration", "/etc/systemd/system"),
        "[alerts] webhook.secret (credential: hook.secret; systemd binds it to this machine).",
    ):
        assert any(thing in each for each in found["missing"]), thing
    assert list((backed.archive / "spool").glob("bipro-sync-verify-*")) == [], "nothing of it stays"
    assert [record["outcome"] for record in backed.records("verify")] == ["ok"]
    assert backed.run("backup", "verify", "--subset", "1/2")[0] == 0


def spoil(path):
    path.chmod(0o600)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + b"!" + data[len(data) // 2 + 1 :])


def lose(path):
    path.unlink()


def cut(path):
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-17])


@pytest.mark.parametrize(("damage", "encrypted"), [(spoil, False), (lose, False), (cut, True)])
def test_every_damaged_object_is_found(backed, damage, encrypted):
    options = []
    if encrypted:
        key = Identity.generate()
        backed.head += f'recipient = "{key.recipient}"\n'
        backed.write_config()
        options = ["--identity", backed.secret("identity", key.reveal())["file"]]
    backed.run("backup", "create")
    objects = sorted(path for path in (backed.root / "backup" / "objects").rglob("*") if path.is_file())
    kept = backed.root / "kept"
    shutil.copytree(backed.root / "backup", kept)
    assert len(objects) == 3 + 3 + 2  # shipments; months, log; state and the log's small files
    for path in objects:
        damage(path)
        assert backed.run("backup", "verify", *options)[0] == 15, path
        path.unlink(missing_ok=True)
        shutil.copy(kept / path.relative_to(backed.root / "backup"), path)
    assert backed.run("backup", "verify", *options)[0] == 0


def test_what_was_damaged_and_taken_away_is_copied_anew(backed):
    backed.run("backup", "create")
    for path in (backed.root / "backup" / "objects").rglob("*"):
        if path.is_file():
            path.unlink()
    assert backed.ask("backup", "verify")[0] == 15
    assert backed.ask("backup", "create")[1]["copied"] == 3
    assert backed.ask("backup", "verify")[0] == 0


def test_a_damaged_shipment_stops_no_other_from_being_restored(backed):
    backed.run("backup", "create")
    index = json.loads(next((backed.root / "backup" / "backups").glob("*.json")).read_text())
    (month,) = (each for each in index["months"] if each["path"].startswith("shipments"))
    listing = backed.root / "backup" / "objects" / month["object"][:2] / month["object"]
    gone = json.loads(listing.read_text())[0]
    (backed.root / "backup" / "objects" / gone["object"][:2] / gone["object"]).unlink()
    elsewhere(backed)
    code, restored = backed.ask("backup", "restore")
    assert code == 15
    assert any(each["path"].endswith(gone["name"]) for each in restored["findings"])
    assert len(backed.stored()) == 6, "the other shipment and what is in quarantine"


def test_a_wrong_passphrase_opens_nothing_and_says_so(backed):
    phrase = backed.secret("phrase", "Satz für Sicherungen")
    backed.head += f'passphrase = {{ file = "{phrase["file"]}" }}\n'
    backed.write_config()
    assert backed.run("backup", "create")[0] == 0
    data = b"".join(path.read_bytes() for path in (backed.root / "backup").rglob("*") if path.is_file())
    assert b"Police.pdf" not in data
    assert b"MAKLER" not in data
    backed.secret("phrase", "another one")
    code, document = backed.ask("backup", "verify")
    assert (code, document["error"]["code"]) == (12, "credential-missing")
    assert "passphrase" in document["error"]["message"]
    elsewhere(backed)
    assert backed.run("backup", "restore")[0] == 12
    backed.secret("phrase", "Satz für Sicherungen")
    assert backed.ask("backup", "restore")[1]["shipments"] == 3


def test_with_a_recipient_the_machine_that_makes_backups_cannot_read_them(backed):
    key = Identity.generate()
    backed.head += f'recipient = "{key.recipient}"\n'
    backed.write_config()
    assert backed.run("backup", "create")[0] == 0
    assert backed.ask("backup", "create")[1]["copied"] == 0
    code, document = backed.ask("backup", "verify")
    assert (code, "--identity" in document["error"]["hint"]) == (12, True)
    file = backed.secret("identity", f"# kept in the safe\n{key.reveal()}\n")["file"]
    assert backed.run("backup", "verify", "--identity", file)[0] == 0
    other = backed.secret("other", Identity.generate().reveal())["file"]
    assert backed.run("backup", "verify", "--identity", other)[0] == 12
    elsewhere(backed)
    assert backed.ask("backup", "restore", "--identity", file)[1]["shipments"] == 3


def test_a_directory_that_is_not_mounted_gets_no_backup(backed):
    assert backed.run("backup", "create")[0] == 0
    shutil.rmtree(backed.root / "backup")
    assert backed.run("backup", "create")[0] == 14
    (backed.root / "backup").mkdir()
    code, document = backed.ask("backup", "create")
    assert (code, "not mounted" in document["error"]["message"]) == (14, True)
    assert backed.run("backup", "create", "--begin")[0] == 0
    assert backed.ask("backup", "verify")[1]["shipments"] == 3


def test_nothing_is_restored_over_an_archive(backed):
    backed.run("backup", "create")
    before = backed.stored()
    code, document = backed.ask("backup", "restore")
    assert (code, "not empty" in document["error"]["message"]) == (2, True)
    assert backed.stored() == before


def test_all_breakers_are_open_after_a_restore_whatever_becomes_of_their_files(backed):
    backed.run("backup", "create")
    elsewhere(backed)
    assert backed.ask("backup", "restore")[1]["blocked"] == ["muster"]
    calls = len(backed.calls())
    for path in (backed.archive / "state" / "breakers").glob("*.json"):
        path.unlink()
    assert backed.pull()["exit_code"] == 12
    assert len(backed.calls()) == calls, "nothing was sent"
    assert "a backup was restored" in breaker_state(Layout(backed.archive), "muster").objection(None, None)
    assert backed.run("insurers", "unblock", "muster", "--reason", "the account is open")[0] == 0
    assert breaker_state(Layout(backed.archive), "muster").objection(None, None) is None


@pytest.mark.parametrize("source", ["newer log", "second copy", "neither"])
def test_what_was_acknowledged_since_is_named_where_anything_knows_of_it(backed, source):
    if source == "second copy":
        (backed.root / "copy").mkdir()
        backed.head = f'second_copy = "{backed.root / "copy"}"\n{backed.head}'
        backed.write_config()
        backed.run("archive", "copy")
    backed.run("backup", "create")
    backed.opens(backed.shipment("D"))
    assert backed.pull()["acknowledged"] == 1
    before = elsewhere(backed)
    code, restored = backed.ask("backup", "restore", *(["--newer-log", str(before)] if source == "newer log" else []))
    since = restored["acknowledged_since"]
    if source == "neither":
        assert (code, since["asked"], since["shipments"]) == (0, [], [])
    else:
        assert (code, since["asked"]) == (3, [f"the {'newer audit log' if source == 'newer log' else source}"])
        assert [(each["insurer"], each["id"], each["stored"]) for each in since["shipments"]] == [
            ("muster", "D", False)
        ]


def test_another_log_is_not_taken_for_the_newer_one(backed):
    backed.run("backup", "create")
    shutil.copytree(backed.archive / "audit", backed.root / "foreign")
    segment = backed.root / "foreign" / "audit-000001.jsonl"
    segment.write_bytes(segment.read_bytes().replace(b'"muster"', b'"MUSTER"'))
    elsewhere(backed)
    assert backed.run("backup", "restore", "--newer-log", str(backed.root / "foreign"))[0] == 15
    assert backed.run("pull")[0] == 14, "what was begun is no archive"
    assert backed.ask("backup", "restore")[1]["shipments"] == 3


def signed(office, *, anchored=True):
    """Lets the office sign its log, and bring it to an anchor."""
    (office.root / "anchor").mkdir()
    key = office.root / "signing-key"
    _, public, _ = office.run("audit", "key", "new", str(key))
    place = f'[{{ kind = "directory", path = "{office.root / "anchor"}" }}]' if anchored else '"none"'
    office.head = f'[audit]\nkey = "{key}"\nknown_keys = ["{public.strip()}"]\nanchors = {place}\n{office.head}'
    office.write_config()


def test_a_restore_is_no_tampering_and_is_not_hidden_either(backed):
    signed(backed)
    backed.pull()
    backed.run("backup", "create")
    for _ in range(2):
        backed.pull()
    before = elsewhere(backed)
    assert backed.run("backup", "restore")[0] == 0
    code, found = backed.ask("audit", "verify")
    assert code == 0, found
    assert "a backup was restored before record" in found["headline"]
    (told,) = found["restored"]
    anchored = max(int(path.name[-17:-5]) for path in (backed.root / "anchor").iterdir())
    assert told["anchored"] == anchored
    assert f"{told['seq']} to {anchored}, are gone" in found["headline"]

    # And so it stays while the log grows past what the anchor knew, signed and anchored anew.
    backed.run("insurers", "unblock", "muster", "--reason", "the account is open")
    for _ in range(4):
        backed.pull()
    code, found = backed.ask("audit", "verify")
    assert code == 0, found
    assert found["anchored"]["size"] > anchored
    assert backed.run("backup", "create")[0] == 0
    assert backed.run("backup", "verify")[0] == 0

    # The log that was cut back without a word is what it always was: damaged.
    shutil.rmtree(backed.archive / "audit")
    shutil.copytree(before / "audit", backed.archive / "audit")
    lines = (backed.archive / "audit" / "audit-000001.jsonl").read_bytes().splitlines(keepends=True)
    (backed.archive / "audit" / "audit-000001.jsonl").write_bytes(b"".join(lines[: told["seq"] - 1]))
    (backed.archive / "audit" / ".head").unlink()
    assert backed.run("audit", "verify")[0] == 15


def test_what_is_rewritten_after_a_restore_is_still_found(backed):
    signed(backed)
    backed.pull()
    backed.run("backup", "create")
    backed.pull()
    elsewhere(backed)
    backed.run("backup", "restore")
    backed.run("insurers", "unblock", "muster", "--reason", "the account is open")
    backed.pull()
    assert backed.run("audit", "verify")[0] == 0
    for note in (backed.archive / "audit" / "checkpoints").glob("*.note"):
        newest = max((backed.archive / "audit" / "checkpoints").glob("*.note"))
        if note != newest:
            continue
        note.unlink()
    assert backed.run("audit", "verify")[0] == 15, "a checkpoint of the restored log is missing beside it"


def test_an_anchor_that_is_away_is_asked_for_before_anything_is_restored(backed):
    signed(backed)
    backed.pull()
    backed.run("backup", "create")
    elsewhere(backed)
    (backed.root / "anchor").rename(backed.root / "away")
    code, document = backed.ask("backup", "restore")
    assert (code, "--without-anchors" in document["error"]["hint"]) == (14, True)
    assert not backed.archive.exists()
    assert backed.run("backup", "restore", "--without-anchors")[0] == 0
    assert "no anchor was asked" in backed.ask("audit", "verify")[1]["headline"]


def test_the_backup_of_a_test_environment_is_not_restored_in_production(backed):
    backed.run("backup", "create")
    elsewhere(backed)
    backed.head += (
        '[audit]\nresponsible = "boss"\nanchors = "none"\n[users.boss]\nname = "Erika Erfunden"\n'
        f'login = "{backed.identity.os_user}"\nrole = "admin"\nactive_from = 2026-01-01\n'
    )
    backed.configure(environment="production")
    code, document = backed.ask("backup", "restore")
    assert (code, "never share" in document["error"]["message"]) == (10, True)


def test_what_lies_among_the_shipments_and_is_none_stops_no_backup(backed):
    month = next(backed.archive.glob("shipments/*/*/*"))
    (month / "notes.txt").write_text("somebody's")
    code, made = backed.ask("backup", "create")
    assert (code, made["shipments"], made["left_out"]) == (3, 3, [f"{month.relative_to(backed.archive)}/notes.txt"])
    assert backed.run("backup", "verify")[0] == 0


def test_trying_out_leaves_nothing_behind_neither_of_its_own_nor_of_one_that_died(backed, ordinary_user):
    backed.run("backup", "create")
    dead = backed.archive / "spool" / "bipro-sync-verify-dead" / "archive" / "shipments"
    dead.mkdir(parents=True)
    (dead / "mail.pdf").write_text("somebody's")
    dead.chmod(0o500)
    child = backed.start("backup", "verify", before=ordinary_user)
    _, err = child.communicate()
    assert child.returncode == 0, err
    assert list((backed.archive / "spool").glob("bipro-sync-verify-*")) == []


def test_who_makes_and_restores_backups_need_not_be_root(backed, ordinary_user):
    assert backed.start("backup", "create", before=ordinary_user).wait() == 0
    elsewhere(backed)
    assert backed.start("backup", "restore", before=ordinary_user).wait() == 0
    code, found = backed.ask("archive", "verify")
    assert (code, found["shipments"]) == (0, 3)
    place = next(path for path in backed.archive.glob("shipments/*/*/*/*"))
    assert (place.stat().st_mode & 0o777, (place / "manifest.json").stat().st_mode & 0o777) == (0o500, 0o400)
