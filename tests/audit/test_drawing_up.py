import hashlib
import json

import pytest

from bipro_sync.audit import RecordType
from bipro_sync.audit.drawing_up import draw_up
from bipro_sync.audit.merkle import Tree, leaf_hash
from bipro_sync.errors import IntegrityError


ORIGIN = "audit.example/log"


@pytest.fixture
def written(open_log):
    """Lets the log grow by so many records, of two insurers in turns; small segments, so that there are several."""

    def _written(count, **options):
        log = open_log(segment_bytes=1500, **options)
        for number in range(count):
            log.write(RecordType.READ, insurer=("alpha", "beta")[number % 2], detail=f"record {number}")
        log.close()

    return _written


def lines(directory):
    return b"".join(path.read_bytes() for path in sorted(directory.glob("audit-*.jsonl"))).splitlines()


def put(directory, changed):
    """Put other lines in the place of the log, as one segment."""
    for path in directory.glob("audit-*.jsonl"):
        path.unlink()
    (directory / "audit-000001.jsonl").write_bytes(b"".join(line + b"\n" for line in changed))


def rewritten(before, number, **facts):
    """The log with one record changed and all chains made to fit again, as somebody would who wants to hide it."""
    after, prev, insurers = [], "0" * 64, {}
    for place, line in enumerate(before, start=1):
        record = json.loads(line) | {"prev": prev} | (facts if place == number else {})
        record["insurer_prev"] = insurers.get(record["insurer"], "0" * 64)
        after.append(json.dumps(record, separators=(",", ":")).encode())
        prev = insurers[record["insurer"]] = hashlib.sha256(after[-1]).hexdigest()
    return after


def test_a_checkpoint_says_how_many_records_there_are_and_commits_to_each_of_them(directory, written):
    written(11)
    found = draw_up(directory, ORIGIN, None).checkpoint
    said = lines(directory)
    assert len(list(directory.glob("audit-*.jsonl"))) > 2
    assert (found.origin, found.size, found.root) == (ORIGIN, 11, Tree(map(leaf_hash, said)).root)
    assert (found.time, found.head) == (json.loads(said[-1])["ts"], hashlib.sha256(said[-1]).hexdigest())
    assert found.insurers == {
        "alpha": (6, hashlib.sha256(said[10]).hexdigest()),
        "beta": (5, hashlib.sha256(said[9]).hexdigest()),
    }


def test_a_log_without_records_has_no_checkpoint(directory, open_log):
    open_log()
    assert draw_up(directory, ORIGIN, None) is None


@pytest.mark.parametrize("more", [0, 1, 9])
@pytest.mark.parametrize("kept", [lambda kept: kept, lambda _: b"", lambda _: b"{", lambda kept: kept[:-9] + b'"}'])
def test_the_next_checkpoint_goes_on_from_the_last_whatever_was_kept_of_it(directory, written, more, kept):
    written(7)
    first = draw_up(directory, ORIGIN, None)
    written(more)
    second = draw_up(directory, ORIGIN, first.checkpoint, kept(first.kept))
    assert second == draw_up(directory, ORIGIN, None)
    assert second.checkpoint.size == 7 + more


def test_with_what_was_kept_only_the_new_records_are_read(directory, written):
    written(9)
    first = draw_up(directory, ORIGIN, None)
    written(1)
    oldest = min(directory.glob("audit-*.jsonl"))
    oldest.write_bytes(b"unreadable")
    assert draw_up(directory, ORIGIN, first.checkpoint, first.kept).checkpoint.size == 10
    with pytest.raises(IntegrityError, match="damaged behind record 0"):
        draw_up(directory, ORIGIN, first.checkpoint)


@pytest.mark.parametrize("with_kept", [True, False])
@pytest.mark.parametrize(
    "change",
    [
        lambda said: rewritten(said, 3, detail="another"),
        lambda said: rewritten(said, 8, detail="another"),
        lambda said: rewritten(said[:6], 1),
        lambda said: rewritten(said[:7], 7, ts="2020-01-01T00:00:00.000000Z"),
    ],
    ids=["an old record", "the last one of the checkpoint", "a cut tail", "a cut tail and a changed end"],
)
def test_a_log_that_contradicts_its_last_checkpoint_gets_no_other(directory, written, change, with_kept):
    written(8)
    first = draw_up(directory, ORIGIN, None)
    written(2)
    put(directory, change(lines(directory)))
    with pytest.raises(IntegrityError, match="not the one that had 8 records"):
        draw_up(directory, ORIGIN, first.checkpoint, first.kept if with_kept else b"")


def test_a_checkpoint_of_another_log_is_no_beginning(directory, written):
    written(3)
    first = draw_up(directory, "other.example/log", None)
    with pytest.raises(IntegrityError, match="not the one"):
        draw_up(directory, ORIGIN, first.checkpoint, first.kept)
