"""The disk fills up at every stage of a pull, on a real small one; with space again the next pull goes on.

The audit log and the state lie on disks of their own here, so that each stage fills up alone: what is left of the
archive's disk, page by page, decides whether catalogue, spool or manifest finds it full.  Everyday, a few sizes are
tried; with BIPRO_SYNC_CAMPAIGN=full each.
"""

import json
import subprocess
import sys

import pytest


pytestmark = pytest.mark.timeout(600)

MOUNTED = """
set -e
cd "$1"; mount -t tmpfs -o size=8m tmpfs .
cd "$1"; mkdir audit state
mount -t tmpfs -o size=4m tmpfs audit
mount -t tmpfs -o size=1m tmpfs state
shift
exec unshare --map-user=1000 --map-group=1000 "$@"
"""

PULLS = """
import contextlib, io, json, os, shutil, sys
from pathlib import Path
from bipro_sync.cli.main import main
import bipro_sync.sync.pull, bipro_sync.cli.pull, bipro_sync.bipro.client

config, archive, kept, filled, *sizes = sys.argv[1:]
assert os.getuid() == 1000
filler = Path(archive, filled, "filler")

def pull():
    out, into = os.pipe()
    process = os.fork()
    if not process:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
            code = main(["--config", config, "pull", "--json", "--limit", "1", "--no-wait"])
        os.write(into, said.getvalue().encode())
        os._exit(code)
    os.close(into)
    with open(out, "rb") as answer:
        document = json.loads(answer.read())
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    (insurer,) = document.get("insurers", [document | {"acknowledged": 0}])
    return {"code": code, "acknowledged": insurer["acknowledged"], "said": (insurer["error"] or {}).get("message", "")}

told = [{"size": None} | pull()]
for size in map(int, sizes):
    with filler.open("wb", buffering=0) as file:
        free = os.statvfs(filler.parent).f_bavail - size
        for _ in range(free):
            file.write(bytes(4096))
    told.append({"size": size, "free": os.statvfs(filler.parent).f_bavail} | pull())
    filler.unlink()
    told.append({"size": None} | pull())
shutil.copytree(archive, kept)
print(json.dumps(told))
"""


@pytest.fixture
def filled(office):
    """Pulls one shipment a run, with so many pages left on one of the disks, and with space again after each."""
    office.archive.mkdir()
    alone = ["unshare", "--map-root-user", "--mount", "sh", "-c", MOUNTED, "sh", office.archive]
    possible = subprocess.run([*alone, "true"], capture_output=True, text=True, check=False)
    if possible.returncode:
        pytest.skip(f"no small disk of our own is permitted here: {possible.stderr.strip()}")

    def _filled(disk, sizes):
        office.opens(*(office.shipment(f"S{number:03d}") for number in range(2 * len(sizes) + 1)))
        kept = office.root / "kept"
        child = subprocess.run(
            [*alone, sys.executable, "-c", PULLS, office.config, office.archive, kept, disk, *map(str, sizes)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert child.returncode == 0, child.stderr
        office.archive = kept
        office.write_config()
        return json.loads(child.stdout)

    return _filled


def settled(office, aftermath, told):
    """Each run on a full disk ended with 14 or as if nothing were wrong, each with space completed; nothing is lost."""
    for run in told:
        assert run["code"] == (14 if run["said"] else 0), run
        assert run["size"] is not None or (run["code"], run["acknowledged"]) == (0, 1), run
    aftermath.is_safe()
    acknowledged = [call["shipment"] for call in office.calls("acknowledgeShipment")]
    assert sorted(set(acknowledged)) == sorted(acknowledged), "none was acknowledged twice"
    # Where the disk is full between the insurer's answer and the row about it, the run counts nothing and ends with 14.
    counted = sum(run["acknowledged"] for run in told)
    assert counted <= len(acknowledged) <= counted + sum(1 for run in told if run["said"])
    assert office.ask("audit", "verify")[0] == 0
    assert len(office.records("call.intent")) == len(office.records("call.outcome")), "each call is accounted for"
    aftermath.is_completed(*(each["id"] for each in office.ask("shipments", "list")[1]))


def stages(told, *words):
    """Which of these places were found full."""
    return {word for word in words if any(word in run["said"] for run in told)}


def test_an_archive_s_disk_that_is_full_anywhere_loses_nothing_and_acknowledges_nothing_unstored(
    office, filled, aftermath, full
):
    told = filled("", range(40) if full else [0, 8, 12, 14, 15, 16, 17, 18, 20, 24])
    places = ("catalog", "/spool/", "manifest.json")
    assert stages(told, *places) == set(places), told
    settled(office, aftermath, told)


def test_where_the_audit_log_s_disk_is_full_no_call_is_made(office, filled, aftermath):
    told = filled("audit", [0, 1])
    assert stages(told, "/audit") == {"/audit"}
    settled(office, aftermath, told)


def test_where_an_attempt_cannot_be_noted_no_login_is_sent(office, filled, aftermath):
    told = filled("state", [0, 1])
    assert stages(told, "/state/breakers") == {"/state/breakers"}
    settled(office, aftermath, told)
    logins = [record["call"] for record in office.records("call.intent") if record["exchange"] == "auth"]
    assert len(logins) == len(office.calls("login"))
