import shutil
import time
from datetime import UTC, datetime, timedelta

import pytest

from bipro_sync.anchors import stamp
from bipro_sync.anchors.stamped import check_stamps
from bipro_sync.config import StampAnchor

from ..time_stamp_authority import Authority


pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


@pytest.fixture
def stamped(anchor, delivery):
    """The log's checkpoints of 3 and of 5 records, both stamped."""
    for size in (3, 5):
        stamp.bring(anchor, delivery(size))
    return delivery(5).directory


def checked(log, *anchors):
    return check_stamps(log, anchors)


def test_the_newest_stamp_says_since_when_its_checkpoint_is_there(log, anchor, stamped):
    found = checked(log, anchor)
    [one] = found.stamped
    assert (one.anchor, one.size, found.remarks, found.damage) == ("tsa", 5, (), None)
    assert timedelta() <= datetime.now(UTC) - one.time < timedelta(minutes=2)


def test_without_a_stamp_nothing_is_shown_and_that_is_said(log, anchor, delivery):
    delivery(3)
    found = checked(log, anchor)
    assert (found.stamped, found.damage) == ((), None)
    assert found.remarks == ("No time stamp of tsa lies beside the log.",)


def damage(found):
    assert (found.stamped, found.remarks) == ((), ())
    return found.damage.seq, found.damage.reason


def test_a_stamp_over_another_checkpoint_than_lies_there_is_damage_with_its_record(log, anchor, stamped):
    note = stamped / "000000000005.note"
    note.write_bytes(note.read_bytes() + b"other")
    seq, reason = damage(checked(log, anchor))
    assert (seq, reason) == (
        5,
        "the time stamp of tsa over the checkpoint of 5 records was given to another one than lies beside the log now",
    )


def test_the_checkpoint_of_a_stamp_that_is_missing_is_damage_with_its_record(log, anchor, stamped):
    (stamped / "000000000005.note").unlink()
    seq, reason = damage(checked(log, anchor))
    assert (seq, "the checkpoint up to it is missing" in reason) == (5, True)


def test_a_stamp_that_was_made_to_fit_another_checkpoint_is_damage(log, anchor, stamped):
    note, path = stamped / "000000000005.note", stamped / "000000000005.tsa.tsr"
    before, answer = note.read_bytes(), path.read_bytes()
    note.write_bytes(before + b"other")
    path.chmod(0o600)
    digests = [stamp.hashlib.sha256(each).digest() for each in (before, note.read_bytes())]
    path.write_bytes(answer.replace(*digests))
    assert damage(checked(log, anchor)) == (
        5,
        "the time stamp of tsa over the checkpoint of 5 records is not what it was: its signature is wrong",
    )


@pytest.mark.parametrize("spoil", [lambda _: b"", lambda data: data[:-40], lambda data: data[:-5] + bytes(5)])
def test_a_stamp_that_is_not_what_it_was_is_damage(log, anchor, stamped, spoil):
    path = stamped / "000000000005.tsa.tsr"
    path.chmod(0o600)
    path.write_bytes(spoil(path.read_bytes()))
    seq, reason = damage(checked(log, anchor))
    assert (seq, "is not what it was" in reason) == (5, True)


@pytest.mark.parametrize("roots", ["another", "missing", "no certificate"])
def test_a_stamp_whose_certificates_cannot_be_checked_is_a_remark_and_no_damage(
    log, anchor, authorities, stamped, roots
):
    path = log.parent / "ca.pem"
    if roots == "another":
        shutil.copy(authorities[1].ca_file, path)
    elif roots != "missing":
        path.write_text("")
    found = checked(log, anchor.model_copy(update={"ca_file": path}))
    [remark] = found.remarks
    assert (found.stamped, found.damage) == ((), None)
    assert remark.startswith("The time stamp of tsa up to record 5 shows nothing: ")
    assert remark.endswith(".")
    assert not remark.endswith("..")
    assert str(path) in remark


def test_an_authority_that_has_expired_since_then_still_stands_for_its_stamp(log, delivery, tmp_path):
    authority = Authority(tmp_path / "brief", valid=timedelta(seconds=3))
    try:
        anchor = StampAnchor(kind="rfc3161", url=authority.url, ca_file=str(authority.ca_file), name="tsa")
        stamp.bring(anchor, delivery(3))
    finally:
        authority.close()
    while (left := authority.expires - datetime.now(UTC)) > timedelta(seconds=-1):
        time.sleep(left.total_seconds() + 1.01)
    [one] = checked(log, anchor).stamped
    assert one.size == 3
    files = [log / "checkpoints/000000000003.note", log / "checkpoints/000000000003.tsa.tsr"]
    assert not authority.verifies(*files)
    assert authority.verifies(*files, "-attime", str(int(one.time.timestamp()))), "as the page of an export says"


def test_several_authorities_are_told_apart(log, anchor, authorities, stamped, delivery):
    other = StampAnchor(kind="rfc3161", url=authorities[1].url, ca_file=str(authorities[1].ca_file), name="tsb")
    stamp.bring(other, delivery(3))
    found = checked(log, anchor, other)
    assert [(each.anchor, each.size) for each in found.stamped] == [("tsa", 5), ("tsb", 3)]
    for size in (3, 5):
        note = stamped / f"{size:012d}.note"
        note.write_bytes(note.read_bytes() + b"other")
    assert checked(log, anchor, other).damage.seq == 3
