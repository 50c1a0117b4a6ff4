"""`bipro-sync demo` runs the real commands against a real insurer and tells the truth about them."""

import hashlib
import json
import os
import resource
import shlex
import signal
import stat
import subprocess
import sys

import pytest

from bipro_sync.sandbox.calls import read_calls
from bipro_sync.sandbox.process import PracticeInsurer


COMMAND = [sys.executable, "-m", "bipro_sync"]
STEPS = ["pull", "status", "archive verify", "audit verify", "pull"]
NOBODY = 65534


def run(*arguments, **options):
    return subprocess.run(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
        **options,
    )


def archived(place):
    return sorted(
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (place / "archive" / "shipments").rglob("*")
        if path.is_file() and path.name not in ("manifest.json", "envelope.xml")
    )


@pytest.fixture
def leftover(tmp_path):
    """What an earlier demo left: marked as its own, read-only as an archive is."""
    shipment = tmp_path / "here" / "archive" / "shipments" / "practice" / "old"
    shipment.mkdir(parents=True)
    (tmp_path / "here" / ".bipro-sync-demo").touch()
    (shipment / "old.pdf").touch(mode=0o400)
    shipment.chmod(0o500)
    return shipment


def test_a_demo_archives_and_acknowledges_everything_and_shows_where_to_look(tmp_path):
    with subprocess.Popen(
        [*COMMAND, "demo", "--keep-serving"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            notes = []
            for line in process.stderr:
                notes.append(line.rstrip())
                if "goes on until Ctrl-C" in line:
                    break
            (place,) = tmp_path.iterdir()

            shown = [line for line in notes if line.startswith("$ ")]
            assert [line.partition("config.toml ")[2] for line in shown] == [f"{step} -v" for step in STEPS]
            assert any("found nothing new and changed none of" in line for line in notes)

            calls = list(read_calls(place / "insurer" / "calls.jsonl"))
            assert archived(place) == sorted(file["sha256"] for call in calls for file in call.get("files", []))
            fetched = [call["shipment"] for call in calls if call["operation"] == "getShipment"]
            assert sorted(fetched) == sorted(call["shipment"] for call in calls if "acknowledged" in call["effects"])
            assert len(set(fetched)) == len(fetched) >= 30

            process.send_signal(signal.SIGINT)
            out, rest = process.communicate(timeout=60)
            assert (process.returncode, rest) == (0, "")
        finally:
            process.kill()

    hints = out.partition("Where to look next:")[2].strip().splitlines()
    assert len(hints) == 6
    for hint in hints[:-1]:
        command = hint.partition(":")[2].strip()
        again = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert again.returncode == 0, (command, again.stderr)
        assert "DEMO-012-RUECKSTAND" in again.stdout

    password = place / "password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o400
    assert password.read_text(encoding="utf-8") not in out + "".join(notes)

    pull = ["--config", str(place / "config.toml"), "--json", "pull", "--no-wait"]
    assert run(*pull).returncode == 13
    serve = shlex.split(hints[-1].partition(":")[2])
    assert serve[-8:-1] == ["sandbox", "serve", "--scenario", "demo", "--directory", f"{place.name}/insurer", "--port"]
    insurer = PracticeInsurer.start("demo", place / "insurer", port=int(serve[-1]))
    try:
        again = run(*pull)
    finally:
        insurer.stop()
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["insurers"][0]["listed"] == 0


def test_a_demo_starts_clean_and_answers_in_json(tmp_path, leftover):
    done = run("--json", "demo", "here", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not leftover.exists()
    document = json.loads(done.stdout)
    assert document == {
        "directory": str(tmp_path / "here"),
        "steps": [{"command": step, "exit_code": 0} for step in STEPS],
        "exit_code": 0,
    }


def test_a_directory_that_no_demo_made_is_not_touched(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("precious", encoding="utf-8")
    (tmp_path / "link").symlink_to("mine")
    for name in ("mine", "link", "mine/letter.txt"):
        done = run("demo", name, cwd=tmp_path)
        assert done.returncode == 2
        assert name in done.stderr
    assert (tmp_path / "mine" / "letter.txt").read_text(encoding="utf-8") == "precious"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["letter.txt", "link", "mine"]


def test_a_step_that_fails_ends_the_demo_with_its_exit_code(tmp_path):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    done = run("demo", "here", cwd=tmp_path, preexec_fn=limit)
    assert done.returncode == 14
    assert "`pull -v` ended with exit code 14" in done.stdout
    assert "archive verify" not in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="dropping root needs root")
def test_an_ordinary_user_starts_clean_too(tmp_path, leftover):
    person = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    try:
        subprocess.run([sys.executable, "-c", "import bipro_sync"], check=True, capture_output=True, **person)
    except (PermissionError, subprocess.CalledProcessError):
        pytest.skip("another user cannot run this interpreter")
    for path in [tmp_path, *tmp_path.rglob("*")]:
        os.chown(path, NOBODY, NOBODY)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & stat.S_IXOTH:
            pytest.skip("another user cannot reach this directory")
    done = run("demo", "here", cwd=tmp_path, **person)
    assert done.returncode == 0, done.stderr
    assert not leftover.exists()
