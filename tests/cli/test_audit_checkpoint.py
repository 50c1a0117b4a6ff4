import json
import os
import shutil
import stat
import subprocess
import sys

import pytest

from bipro_sync.audit.note_files import newest_size


@pytest.fixture
def signed(office):
    """An office whose log is signed; *lines* are more of its section [audit]."""

    def _signed(lines='anchors = "none"', key="audit.key"):
        path = office.root / key
        public = ""
        if not path.exists():
            public = office.ask("audit", "key", "new", str(path))[1]["key"]
        office.head = f'[alerts]\nnone = true\n[audit]\nkey = "{path}"\n{lines}\n'
        office.write_config()
        return public

    office.configure()
    return _signed


@pytest.fixture
def nas(office):
    path = office.root / "nas"
    path.mkdir()
    return path


def anchored(path):
    return f'anchors = [{{ kind = "directory", path = "{path}", name = "nas" }}]'


def notes(place):
    return sorted(path.name for path in place.glob("*.note"))


def test_each_pull_ends_with_a_checkpoint_over_all_it_did(office, signed):
    key = signed()
    office.opens(office.shipment("A"))
    assert office.pull()["outcome"] == "ok"
    [said] = office.records("checkpoint")
    before = [record for record in office.records() if record["seq"] <= said["count"]]
    assert before[-1]["type"] == "session.end"
    assert [record["type"] for record in office.records()[said["count"] :]] == ["key.changed", "checkpoint"]
    assert notes(office.archive / "audit/checkpoints") == [f"{said['count']:012d}.note"]
    assert office.records("key.changed")[0]["detail"] == f"from none to {key}"


def test_an_anchor_out_of_reach_changes_neither_a_pull_nor_its_exit_code_and_is_told(office, signed, nas):
    signed(anchored(nas / "away"))
    office.opens(office.shipment("A"))
    code, document = office.ask("pull")
    trouble = f"The anchor nas was not reached: {nas / 'away'} is no directory, or not mounted."
    assert (code, document["audit"]) == (0, {"warnings": [trouble]})
    code, out, err = office.run("pull")
    assert (code, out, err) == (0, "", f"{trouble}\n")
    code, status = office.ask("status")
    assert (code, status["audit"]["headline"]) == (0, "not anchored: no anchor was reached yet")
    assert status["audit"]["troubles"] == [trouble]
    out = office.run("status")[1]
    assert out.startswith(f"Audit log: not anchored: no anchor was reached yet.\n{trouble}\n")
    checks = [check for check in office.ask("doctor")[1]["checks"] if check["id"] == "audit"]
    assert [(check["verdict"], check["sentence"]) for check in checks] == [
        ("warn", "The audit log is not anchored: no anchor was reached yet."),
        ("warn", trouble),
    ]
    (nas / "away").mkdir()
    assert office.run("pull") == (0, "", "")
    assert notes(nas / "away") == [f"bipro-sync-{name}" for name in notes(office.archive / "audit/checkpoints")]
    assert office.ask("status")[1]["audit"]["headline"].startswith("anchored up to record ")


def test_that_there_are_no_anchors_stands_in_the_headlines(office, signed):
    signed('anchors = "none"')
    office.opens(office.shipment("A"))
    office.pull()
    assert office.run("status")[1].startswith('Audit log: not anchored: anchors = "none".\n')
    [check] = [check for check in office.ask("doctor")[1]["checks"] if check["id"] == "audit"]
    assert check["sentence"] == 'The audit log is not anchored: anchors = "none".'


def test_a_log_that_nobody_signs_is_told_so(office):
    office.opens(office.shipment("A"))
    office.pull()
    headline = "not anchored: [audit] anchors is not decided, and nobody signs the log"
    assert office.ask("status")[1]["audit"]["headline"] == headline
    assert not (office.archive / "audit/checkpoints").exists()
    code, document = office.ask("audit", "checkpoint")
    assert (code, document["error"]["code"]) == (10, "configuration")


def test_a_lost_key_changes_neither_a_pull_nor_its_exit_code_and_is_told(office, signed):
    signed()
    office.opens(office.shipment("A"))
    (office.root / "audit.key").unlink()
    code, out, err = office.run("pull")
    assert (code, out) == (0, "")
    assert err.startswith("The audit log has no new checkpoint: The audit log's key ")
    [trouble] = office.ask("status")[1]["audit"]["troubles"]
    assert "No such file" in trouble


def test_a_log_that_was_rewritten_is_not_signed_and_the_pull_goes_on(office, signed):
    signed()
    office.opens(office.shipment("A"))
    office.pull()
    segment = office.archive / "audit/audit-000001.jsonl"
    whole = segment.read_bytes()
    forged = whole.replace(b'"outcome":"ok"', b'"outcome":"no"', 1)
    assert forged != whole
    segment.write_bytes(forged)
    (office.archive / "audit/checkpoints/.tree").unlink()
    code, _, err = office.run("pull")
    assert code == 0
    assert "no new checkpoint" in err
    code, document = office.ask("audit", "checkpoint")
    assert (code, document["error"]["code"]) == (15, "integrity")


def test_a_checkpoint_may_be_asked_for(office, signed, nas):
    signed(anchored(nas))
    office.opens(office.shipment("A"))
    office.pull()
    code, document = office.ask("audit", "checkpoint")
    assert (code, document["signs"], document["audit"]["troubles"]) == (0, True, [])
    assert document["checkpoint"]["size"] == newest_size(office.archive / "audit")
    assert len(notes(nas)) == 2
    assert office.run("audit", "checkpoint")[0:2] == (0, "")


def test_a_checkpoint_that_reached_not_every_anchor_ends_with_3(office, signed, nas):
    signed(anchored(nas / "away"))
    office.opens(office.shipment("A"))
    office.pull()
    code, out, err = office.run("audit", "checkpoint")
    assert (code, out) == (3, "")
    assert err == f"The anchor nas was not reached: {nas / 'away'} is no directory, or not mounted.\n"


def test_who_may_not_read_the_key_leaves_the_head_to_who_may(office, signed, another_users):
    key = signed()
    signed(f'known_keys = ["{key}"]\nanchors = "none"')
    office.opens(office.shipment("A"))
    without_rights = another_users(office.root / "audit.key")
    pulled = office.start("pull", "--no-wait", before=without_rights)
    assert (*pulled.communicate(), pulled.returncode) == ("", "", 0)
    log = office.archive / "audit"
    assert (newest_size(log), int((log / "unsigned").read_text().split("\n")[1])) == (0, len(office.records()))
    asked = office.start("audit", "checkpoint", "--json", before=without_rights)
    document = json.loads(asked.communicate()[0])
    assert (asked.returncode, document["signs"], document["checkpoint"]) == (0, False, None)
    # Root stands for the signer here: it may read the key.
    (office.root / "audit.key").chmod(0o600)
    assert office.ask("audit", "checkpoint")[1]["signs"]
    assert newest_size(log) > 0


SIGNER = 4242
"""A user that owns nothing but its key and its checkpoints."""


@pytest.fixture
def signer():
    """The words that make a command run as the signer, with the one capability that its unit gives it."""
    if os.getuid() or shutil.which("setpriv") is None:
        pytest.skip("only root can be somebody else, with setpriv")
    words = ["setpriv", f"--reuid={SIGNER}", f"--regid={SIGNER}", "--clear-groups", "--no-new-privs"]
    words += [f"--{each}=-all,+dac_read_search" for each in ("inh-caps", "ambient-caps", "bounding-set")]
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("giving capabilities away is not permitted here")
    return words


def test_a_signer_that_owns_neither_log_nor_archive_signs_what_it_reads_there(office, signed, signer):
    key = signed()
    signed(f'known_keys = ["{key}"]\nanchors = "none"')
    os.chown(office.root / "audit.key", SIGNER, SIGNER)
    office.opens(office.shipment("A"))
    office.pull()
    log = office.archive / "audit"
    for path in log.joinpath("checkpoints").iterdir():
        path.unlink()
    os.chown(log / "checkpoints", SIGNER, SIGNER)
    before = {path.name: path.read_bytes() for path in log.iterdir() if path.is_file()}

    words = [*signer, sys.executable, "-m", "bipro_sync", "audit", "checkpoint", "--json"]
    named = os.environ | {"BIPRO_SYNC_CONFIG": str(office.config)}
    done = subprocess.run(words, env=named, umask=0o022, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    signed_now = json.loads(done.stdout)["checkpoint"]
    assert (signed_now["key"], signed_now["size"]) == (key, len(office.records()))
    assert {path.name: path.read_bytes() for path in log.iterdir() if path.is_file()} == before
    [note] = log.joinpath("checkpoints").glob("*.note")
    assert (note.stat().st_uid, stat.S_IMODE(note.stat().st_mode)) == (SIGNER, 0o444)


def test_a_pull_of_a_log_that_nobody_signs_loads_nothing_of_all_this(office):
    office.opens(office.shipment("A"))
    script = (
        "import sys\nfrom bipro_sync.cli.main import main\n"
        "code = main(sys.argv[1:])\n"
        "names = ('bipro_sync.audit.note', 'bipro_sync.anchors', 'rfc3161_client')\n"
        "print(code, [name for name in names if name in sys.modules])"
    )
    words = [sys.executable, "-c", script, "--config", str(office.config), "pull"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stdout == "0 []\n", done.stderr
