import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bipro_sync.archive import Spool
from bipro_sync.durable import HEAD, children, free_space
from bipro_sync.errors import ReserveReachedError, StorageError


MORE_THAN_ANY_DISK = 1 << 62

OPEN = Path("/proc/self/fd")


@pytest.fixture
def spool(layout):
    return Spool(layout.spool / "muster", reserve=0)


def test_a_part_is_described_by_size_digest_and_first_bytes(spool, practice):
    content = bytes(range(256)) * 5
    part = practice["written"](spool.open(keep_reserve=False).part(), content)
    assert (part.size, part.sha256, part.head) == (1280, hashlib.sha256(content).hexdigest(), content[:HEAD])


def test_parts_may_be_written_in_turns_and_each_has_a_place_of_its_own(spool):
    received = spool.open(keep_reserve=False)
    writers = [received.envelope(), received.part(), received.part(), received.envelope()]
    for piece in (b"a", b"b"):
        for number, writer in enumerate(writers):
            writer.write(piece * number)
    parts = [writer.finish() for writer in writers]
    assert len({part.handle for part in parts}) == 4
    assert [(received.directory / part.handle).read_bytes() for part in parts] == [b"", b"ab", b"aabb", b"aaabbb"]


def test_shipments_in_work_do_not_share_a_place(spool):
    assert spool.open(keep_reserve=False).directory != spool.open(keep_reserve=False).directory


def test_only_what_counts_is_kept(spool, practice):
    received = spool.open(keep_reserve=False)
    practice["written"](received.envelope(), b"an answer that was cut")
    received.part().write(b"never finished")
    kept = practice["written"](received.envelope(), b"the answer")
    received.keep_only([kept.handle])
    assert [path.name for path in received.directory.iterdir()] == [kept.handle]


def test_a_restart_forgets_what_an_answer_that_did_not_count_has_left(spool, practice):
    received = spool.open(keep_reserve=False)
    practice["written"](received.envelope(), b"an answer that was cut")
    received.part().write(b"never finished")
    received.restart()
    assert list(received.directory.iterdir()) == []
    kept = practice["written"](received.envelope(), b"the answer")
    received.keep_only([kept.handle])
    received.restart()
    received.restart()
    assert list(received.directory.iterdir()) == []


def test_discarding_leaves_nothing_finished_or_not(spool, practice):
    received = spool.open(keep_reserve=False)
    practice["written"](received.envelope(), b"<Envelope/>")
    received.part().write(b"half")
    received.discard()
    assert list(spool.directory.iterdir()) == []


def test_clearing_removes_what_dead_runs_left_and_says_how_many(spool, practice):
    assert spool.clear() == 0
    for _ in range(3):
        practice["written"](spool.open(keep_reserve=False).part(), b"left")
    other = Spool(spool.directory.parent / "other", reserve=0).open(keep_reserve=False)
    assert spool.clear() == 3
    assert spool.clear() == 0
    assert other.directory.is_dir()


def test_a_big_delivery_is_stopped_where_only_the_reserve_is_left(layout):
    spool = Spool(layout.spool, reserve=MORE_THAN_ANY_DISK)
    received = spool.open(keep_reserve=True)
    with pytest.raises(ReserveReachedError) as caught:
        received.part().write(b"x")
    assert isinstance(caught.value, StorageError)
    received.discard()
    assert list(layout.spool.iterdir()) == []


def test_mail_may_take_the_reserve(layout, practice):
    spool = Spool(layout.spool, reserve=MORE_THAN_ANY_DISK)
    assert practice["written"](spool.open(keep_reserve=False).part(), b"letter").size == 6


def test_without_a_reserve_a_big_delivery_may_take_what_is_there(layout, practice):
    assert practice["written"](Spool(layout.spool, reserve=0).open(keep_reserve=True).part(), b"data").size == 4


def test_a_delivery_larger_than_what_is_free_above_the_reserve_is_stopped_at_once(layout):
    free = free_space(layout.spool)
    spool = Spool(layout.spool, reserve=free - (16 << 20))
    writer = spool.open(keep_reserve=True).part()
    with pytest.raises(ReserveReachedError):
        writer.write(bytes(32 << 20))


@pytest.mark.parametrize("end", [lambda received: received.settle({}), lambda received: received.discard()])
def test_however_many_files_come_few_are_open_and_none_in_the_end(layout, end):
    before = len(children(OPEN))
    received = Spool(layout.spool, reserve=0).open(keep_reserve=False)
    most = 0
    for number in range(200):
        writer = received.part()
        writer.write(b"%d" % number)
        writer.finish()
        most = max(most, len(children(OPEN)) - before)
    assert 32 < most < 100
    end(received)
    assert len(children(OPEN)) == before


SMALL_DISK = """
import json, subprocess, sys
from pathlib import Path
from bipro_sync.archive import Spool
from bipro_sync.durable import free_space
from bipro_sync.errors import ReserveReachedError, DiskFullError
disk = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], check=True)
reserve, piece = 4 << 20, bytes(1 << 20)
told = {"free": free_space(disk) >> 20}
big = Spool(disk, reserve=reserve).open(keep_reserve=True)
big.envelope().write(piece)
part = big.part()
try:
    while True:
        part.write(piece)
except ReserveReachedError as error:
    told["big"] = error.code
told["untouched"] = free_space(disk) >= reserve
told["used nearly all else"] = free_space(disk) < reserve + 2 * len(piece)
mail = Spool(disk, reserve=reserve).open(keep_reserve=False)
writer = mail.part()
writer.write(piece)
told["mail"] = writer.finish().size
try:
    while True:
        mail.part().write(piece)
except DiskFullError as error:
    told["more mail"] = error.code
mail.discard()
big.discard()
told["freed"] = free_space(disk) >> 20
print(json.dumps(told))
"""


def test_a_big_delivery_leaves_the_whole_reserve_on_a_small_disk_and_mail_takes_it(tmp_path):
    alone = ["unshare", "--map-root-user", "--mount"]
    possible = subprocess.run([*alone, "mount", "-t", "tmpfs", "tmpfs", tmp_path], capture_output=True, check=False)
    if possible.returncode:
        pytest.skip(f"no file system of our own may be mounted here: {possible.stderr.decode().strip()}")
    child = subprocess.run(
        [*alone, sys.executable, "-c", SMALL_DISK, tmp_path], capture_output=True, text=True, check=False
    )
    assert child.returncode == 0, child.stderr
    assert json.loads(child.stdout) == {
        "free": 24,
        "big": "reserve-reached",
        "untouched": True,
        "used nearly all else": True,
        "mail": 1 << 20,
        "more mail": "disk-full",
        "freed": 24,
    }
