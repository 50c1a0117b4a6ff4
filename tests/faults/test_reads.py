"""What cannot be put on record is not shown, on a real disk that is full."""

import json
import subprocess
import sys

import pytest


FULL = """
set -e
cp -a "$1/audit" "$2"
mount -t tmpfs -o size=4m tmpfs "$1/audit"
cp -a "$2/." "$1/audit"
shift 2
exec "$@"
"""

READS = """
import contextlib, io, json, sys
from pathlib import Path
from bipro_sync.cli.main import main

config, audit = sys.argv[1:]

def read():
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        code = main(["--config", config, "documents", "list", "--purpose", "claim 4711"])
    reads = b"".join(path.read_bytes() for path in Path(audit).glob("audit-*.jsonl")).count(b'"type":"read"')
    return {"code": code, "shown": said.getvalue().count("mail"), "reads": reads}

told = [read()]
with open(Path(audit, "filler"), "wb", buffering=0) as filler, contextlib.suppress(OSError):
    while True:
        filler.write(bytes(4096))
# What still fits behind the last line in its block is read, and on record.
while told[-1]["code"] == 0 and len(told) < 40:
    told.append(read())
told.append({"reserve": Path(audit, ".reserve").exists()})
Path(audit, "filler").unlink()
told.append(read())
print(json.dumps(told))
"""


def test_on_a_full_disk_nothing_is_shown_that_is_not_on_record_and_outcomes_keep_their_reserve(office):
    office.opens(office.shipment("A", file='document = "police.pdf"'))
    office.pull()
    kept = office.root / "kept"
    alone = ["unshare", "--map-root-user", "--mount", "sh", "-c", FULL, "sh", office.archive, kept]
    possible = subprocess.run([*alone, "true"], capture_output=True, text=True, check=False)
    if possible.returncode:
        pytest.skip(f"no small disk of our own is permitted here: {possible.stderr.strip()}")
    subprocess.run(["rm", "-r", kept], check=True)
    words = [*alone, sys.executable, "-c", READS, office.config, office.archive / "audit"]
    child = subprocess.run(words, capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr
    *told, reserve, after = json.loads(child.stdout)
    assert told[0]["shown"] == after["shown"] == 1
    *shown, refused = told
    assert [each["code"] for each in shown] == [0] * len(shown)
    assert [each["reads"] for each in shown] == list(range(1, len(shown) + 1))
    assert (refused["code"], refused["shown"], refused["reads"]) == (14, 0, len(shown))
    assert reserve == {"reserve": True}
    assert (after["code"], after["reads"]) == (0, len(shown) + 1)
