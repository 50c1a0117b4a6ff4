import threading

import pytest

from bipro_sync.anchors.delivering import deliver
from bipro_sync.audit.anchoring import signing_memory
from bipro_sync.audit.checkpoints import Checkpoints
from bipro_sync.audit.key_file import make_key, read_key
from bipro_sync.config import DirectoryAnchor
from bipro_sync.durable import FileLock


COUNT = "import sys, pathlib; p = pathlib.Path(sys.argv[1]); p.write_text((p.read_text() if p.exists() else '') + 'x')"


@pytest.fixture
def signed(opened, log, tmp_path):
    make_key(tmp_path / "key", "bipro-sync")
    signer = read_key(tmp_path / "key")

    def _signed(records=3):
        opened(records).close()
        return Checkpoints(log).add(signer, [signer.verifier])

    return _signed


def remembered(log):
    return {name: (each.size, each.error) for name, each in signing_memory(log).anchors.items()}


def test_every_anchor_is_told_whatever_becomes_of_the_others(signed, log, nas, program, clock):
    away = DirectoryAnchor(kind="directory", path=str(nas.path / "away"), name="away")
    no = program("import sys; sys.exit(3)", name="no")
    deliver((away, no, nas, program(COUNT, nas.path / "count")), log, signed(), clock)
    found = remembered(log)
    assert found["nas"] == found["program"] == (3, None)
    assert found["away"] == (0, f"{away.path} is no directory, or not mounted")
    assert found["no"][1].endswith("ended with 3")


def test_what_has_arrived_is_not_brought_again(signed, log, program, clock, tmp_path):
    anchors = (program(COUNT, tmp_path / "count"),)
    newest = signed()
    for _ in range(3):
        deliver(anchors, log, newest, clock)
    assert (tmp_path / "count").read_text() == "x"


def test_an_anchor_out_of_reach_is_tried_again_and_gets_what_it_lacks(signed, log, clock, tmp_path):
    nas = DirectoryAnchor(kind="directory", path=str(tmp_path / "nas"), name="nas")
    deliver((nas,), log, signed(), clock)
    deliver((nas,), log, signed(), clock)
    assert remembered(log)["nas"][1]
    nas.path.mkdir()
    deliver((nas,), log, signed(), clock)
    assert remembered(log) == {"nas": (9, None)}
    assert [path.name for path in sorted(nas.path.iterdir())] == [
        f"bipro-sync-00000000000{size}.note" for size in (3, 6, 9)
    ]


def test_an_anchor_that_hangs_holds_nothing_up_for_longer_than_the_limit(signed, log, nas, program, clock):
    slow = program("import time; time.sleep(60)", name="slow")
    deliver((slow, nas), log, signed(), clock, limit=0.5)
    assert remembered(log) == {"nas": (3, None), "slow": (0, "it took longer than 0 s")}


def test_while_another_process_is_at_it_nothing_is_brought(signed, log, nas, clock):
    newest = signed()
    with FileLock(log / "checkpoints/.lock"):
        deliver((nas,), log, newest, clock)
    assert remembered(log) == {}
    deliver((nas,), log, newest, clock)
    assert remembered(log) == {"nas": (3, None)}


def test_an_anchor_that_is_no_longer_configured_is_forgotten(signed, log, nas, program, clock):
    newest = signed()
    deliver((nas, program("")), log, newest, clock)
    deliver((nas,), log, newest, clock)
    assert remembered(log) == {"nas": (3, None)}


def test_without_anchors_nothing_is_begun(signed, log, clock):
    newest = signed()
    before = threading.active_count()
    deliver((), log, newest, clock)
    assert threading.active_count() == before
    assert not (log / "checkpoints/anchors.json").exists()
