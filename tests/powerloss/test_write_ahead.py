"""What is left of the catalogue where power or process end: its files are copied, cut and opened anew."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bipro_sync.catalog import Catalogue, Ledger, Queries
from bipro_sync.model.states import ShipmentState

from ..catalog import conftest as practice


WAY = practice.WAYS[ShipmentState.ACKNOWLEDGED]


def states(path):
    """Where each shipment stands in the catalogue at *path*, which must be sound."""
    catalogue = Catalogue.open(path, shipments_exist=True)
    try:
        with catalogue.read() as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return {entry.id: entry.state for entry in Queries(catalogue).shipments()}
    finally:
        catalogue.close()


@pytest.fixture
def grown(root):
    """A catalogue's files after some moves; and the size of its write-ahead log and the states after each."""
    path = root / "grown" / "catalog.db"
    path.parent.mkdir()
    Catalogue.open(path, shipments_exist=False).close()
    catalogue = Catalogue.open(path, shipments_exist=False)
    ledger, steps = Ledger(catalogue, run="run"), [(0, {})]
    wal = path.with_name("catalog.db-wal")

    def _note():
        steps.append((wal.stat().st_size, {each.id: each.state for each in Queries(catalogue).shipments()}))

    ledger.note_listed("muster", "muster", practice.listed("A", "B"), practice.NOW)
    _note()
    for entry in ledger.entries("muster", "AB").values():
        for state in WAY:
            rows = {"stored": practice.rows("Police.pdf")} if state is ShipmentState.STORED else {}
            entry = ledger.move(entry, state, practice.NOW, **rows)  # noqa: PLW2901 - one shipment on its way
            _note()
    copy = root / "copy"
    shutil.copytree(path.parent, copy)
    catalogue.close()
    return copy, steps


def losses(content, steps, *, full):
    """Write-ahead logs of which only the beginning reached the device, each with how much that is."""
    chance = random.Random(4711)
    ends = [size for size, _ in steps]
    cuts = range(0, len(content), 512) if full else chance.sample(range(len(content)), 30)
    for cut in sorted({*ends, *(end - 1 for end in ends[1:]), *cuts}):
        rest = len(content) - cut
        yield cut, content[:cut] + chance.choice([b"", bytes(rest), chance.randbytes(rest)])


def test_a_write_ahead_log_cut_anywhere_keeps_each_move_before_the_cut_and_no_half_of_another(grown, root, full):
    files, steps = grown
    assert [size for size, _ in steps] == sorted({size for size, _ in steps}), "each move is appended"
    assert set(steps[-1][1].values()) == {ShipmentState.ACKNOWLEDGED}
    content = (files / "catalog.db-wal").read_bytes()
    for number, (cut, left) in enumerate(losses(content, steps, full=full)):
        place = root / str(number)
        shutil.copytree(files, place)
        (place / "catalog.db-wal").write_bytes(left)
        if number % 2:
            (place / "catalog.db-shm").unlink()
        assert states(place / "catalog.db") == [kept for size, kept in steps if size <= cut][-1]
        shutil.rmtree(place)


MOVING = """
import runpy, sys
from pathlib import Path
practice = runpy.run_path(sys.argv[1])
catalogue = practice["Catalogue"].open(Path(sys.argv[2]), shipments_exist=False)
with catalogue.write() as connection:
    connection.execute("PRAGMA wal_autocheckpoint = 30")
ledger = practice["Ledger"](catalogue, run="run")
ids = [str(number) for number in range(int(sys.argv[3]))]
ledger.note_listed("muster", "muster", practice["listed"](*ids), practice["NOW"])
for entry in ledger.entries("muster", ids).values():
    practice["bring"](ledger, entry, practice["S"].ACKNOWLEDGED)
    print(entry.id, flush=True)
"""


def test_the_files_of_a_run_stopped_anywhere_hold_every_move_that_had_returned(root, full):
    conftest = Path(practice.__file__)
    path = root / "catalog.db"
    shipments, chance = 3000 if full else 500, random.Random(4711)
    command = [sys.executable, "-c", MOVING, conftest, path, str(shipments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        said = []
        for number in range(100 if full else 15):
            said += [child.stdout.readline().strip() for _ in range(2)]
            child.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
            place = root / str(number)
            place.mkdir()
            for file in root.glob("catalog.db*"):
                shutil.copy(file, place)
            found = states(place / "catalog.db")
            assert len(found) == shipments
            assert {found[each] for each in said} == {ShipmentState.ACKNOWLEDGED}
            child.send_signal(signal.SIGCONT)
            time.sleep(chance.uniform(0, 0.02))
        child.kill()
    assert "0" in said
