import json
import multiprocessing
import os
from datetime import UTC, datetime

import pytest

from bipro_sync.archive import AcknowledgedList, Acknowledgement, UnreadableLine
from bipro_sync.durable import FileLock
from bipro_sync.errors import SecondCopyError


def acknowledgement(shipment):
    return Acknowledgement(
        at=datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
        insurer="muster",
        account="muster",
        shipment=shipment,
        path=f"shipments/muster/2026/03/{shipment}",
        manifest_sha256="ab" * 32,
        content_sha256="cd" * 32,
    )


@pytest.fixture
def opened(tmp_path):
    return lambda **options: AcknowledgedList(tmp_path, lock=tmp_path / "lock", **options)


def shipments(listed):
    return [each.shipment if isinstance(each, Acknowledgement) else each for each in listed.read()]


def segments(listed):
    return sorted(listed.directory.iterdir())


def test_an_empty_list_holds_nothing(opened):
    assert shipments(opened()) == []


def test_what_was_appended_is_read_in_its_order_whoever_appended_it(opened):
    for shipment in ("A", "B", "Ä\n", "A"):
        opened().append(acknowledgement(shipment))
    assert shipments(opened()) == ["A", "B", "Ä\n", "A"]
    [segment] = segments(opened())
    first, *_ = segment.read_text(encoding="utf-8").splitlines()
    assert json.loads(first) == {
        "at": "2026-03-02T08:00:00Z",
        "insurer": "muster",
        "account": "muster",
        "shipment": "A",
        "path": "shipments/muster/2026/03/A",
        "manifest_sha256": "ab" * 32,
        "content_sha256": "cd" * 32,
    }


def test_a_full_segment_is_followed_by_another(opened):
    listed = opened(segment_bytes=500)
    for shipment in "ABCDEF":
        listed.append(acknowledgement(shipment))
    assert shipments(listed) == list("ABCDEF")
    assert len(segments(listed)) > 1
    assert all(segment.read_bytes().endswith(b"}\n") for segment in segments(listed))


def test_a_line_cut_at_any_byte_is_left_as_it_is_and_the_next_one_is_not_lost_in_it(opened):
    listed = opened()
    listed.append(acknowledgement("A"))
    [first] = segments(listed)
    whole = first.read_bytes()
    for kept in range(1, len(whole)):
        for segment in segments(listed)[1:]:
            segment.unlink()
        first.write_bytes(whole + whole[:kept])
        opened().append(acknowledgement("B"))
        assert first.read_bytes() == whole + whole[:kept]
        assert shipments(listed) == ["A", "B"]


@pytest.mark.parametrize("garbage", [b"\0" * 300, b"\0" * 300 + b"\n", b"{}\n", b"\n"])
def test_what_a_failing_disk_left_is_left_as_it_is_and_said(opened, garbage):
    listed = opened()
    listed.append(acknowledgement("A"))
    [first] = segments(listed)
    with first.open("ab") as file:
        file.write(garbage)
    listed.append(acknowledgement("B"))
    said = [UnreadableLine(first.name, 2)] if garbage.endswith(b"\n") else []
    assert shipments(listed) == ["A", *said, "B"]


def _append(directory, name):
    listed = AcknowledgedList(directory, lock=directory / "lock", segment_bytes=1000)
    for number in range(10):
        listed.append(acknowledgement(f"{name}-{number}"))


def test_several_processes_lose_none_of_their_lines(opened, tmp_path):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_append, args=(tmp_path, name)) for name in "ABC"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert sorted(shipments(opened())) == sorted(f"{name}-{number}" for name in "ABC" for number in range(10))


def test_one_writes_at_a_time(opened, tmp_path, monkeypatch):
    """A network disk appends what two write at once in each other's midst."""
    free = []
    whole = os.fsync

    def watched(descriptor):
        free.append(FileLock(tmp_path / "lock").acquire(wait=False))
        whole(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    opened().append(acknowledgement("A"))
    assert free
    assert not any(free)


def test_a_line_that_cannot_be_made_durable_is_the_copys_trouble(opened, monkeypatch):
    listed = opened()
    listed.append(acknowledgement("A"))

    def failing(_descriptor):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as device:
        device.setattr(os, "fsync", failing)
        with pytest.raises(SecondCopyError, match="Input/output error"):
            listed.append(acknowledgement("B"))
    listed.append(acknowledgement("C"))
    assert shipments(listed)[-1] == "C"


def test_the_list_is_for_its_owner_only(opened):
    opened().append(acknowledgement("A"))
    [segment] = segments(opened())
    assert (opened().directory.stat().st_mode & 0o777, segment.stat().st_mode & 0o777) == (0o700, 0o600)
