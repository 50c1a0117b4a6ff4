import os
import shutil
from pathlib import Path

import pytest

from bipro_sync.archive import CopyPlace
from bipro_sync.errors import SecondCopyError, StorageError

from .conftest import prepared


@pytest.fixture
def place(layout, tmp_path):
    (tmp_path / "mount").mkdir()
    return CopyPlace(layout, tmp_path / "mount", same_device=True)


def marker(place):
    return place.root / "bipro-sync-copy.json"


def test_the_first_use_marks_the_directory_and_later_ones_change_nothing(place):
    assert not place.is_begun()
    assert list(place.root.iterdir()) == [], "looking writes nothing"
    place.demand()
    assert place.is_begun()
    [file] = place.root.iterdir()
    assert file == marker(place)
    before = file.read_bytes(), file.stat().st_ino
    place.demand()
    assert (file.read_bytes(), file.stat().st_ino) == before


@pytest.mark.parametrize("away", ["nothing", "an empty directory", "a file"])
def test_a_mount_point_without_its_disk_is_never_taken_for_the_copy(place, away):
    place.demand()
    shutil.rmtree(place.root)
    match away:
        case "an empty directory":
            place.root.mkdir()
        case "a file":
            place.root.touch()
    for _ in range(2):
        with pytest.raises(SecondCopyError, match="not there"):
            place.demand()
    assert not marker(place).exists()


def test_a_directory_that_is_not_there_is_not_made(layout, tmp_path):
    with pytest.raises(SecondCopyError, match="is not there"):
        CopyPlace(layout, tmp_path / "nowhere", same_device=True).demand()
    assert not (tmp_path / "nowhere").exists()


def test_another_archives_copy_is_refused(place, tmp_path):
    place.demand()
    other = CopyPlace(prepared(tmp_path / "other"), place.root, same_device=True)
    for known in (False, True):
        if known:
            (tmp_path / "second").mkdir()
            CopyPlace(other.layout, tmp_path / "second", same_device=True).demand()
        with pytest.raises(SecondCopyError, match="another archive's"):
            other.demand()
    place.demand()


@pytest.mark.parametrize("case", ["a new disk", "an older backup"])
def test_an_operator_may_take_a_new_disk_and_the_old_copy_after_a_restore(place, case):
    place.demand()
    before = marker(place).read_bytes()
    match case:
        case "a new disk":
            marker(place).unlink()
        case "an older backup":
            shutil.rmtree(place.state)
    with pytest.raises(SecondCopyError, match=r"not there|older than the copy") as refused:
        place.demand()
    assert "archive copy --take" in refused.value.hint
    place.take()
    place.demand()
    assert (marker(place).read_bytes() == before) is (case == "an older backup")


@pytest.mark.parametrize("written", ["card", "card and marker"])
def test_a_first_use_that_died_is_finished(place, written):
    place.demand()
    card = place.state / "card.json"
    card.write_bytes(card.read_bytes().replace(b"true", b"false"))
    if written == "card":
        marker(place).unlink()
    assert not place.is_begun()
    place.demand()
    assert place.is_begun()


def test_a_copy_on_the_archives_own_file_system_is_refused(layout, tmp_path):
    (tmp_path / "same").mkdir()
    place = CopyPlace(layout, tmp_path / "same", same_device=False)
    for act in (place.demand, place.take):
        with pytest.raises(SecondCopyError, match="a copy on the same disk is none"):
            act()
    assert list((tmp_path / "same").iterdir()) == []


def test_another_file_system_is_taken(layout, elsewhere):
    CopyPlace(layout, elsewhere, same_device=False).demand()
    assert (elsewhere / "bipro-sync-copy.json").exists()


def test_garbage_in_marker_or_card_is_said_and_never_written_over(place):
    place.demand()
    card = place.state / "card.json"
    for file, kind in ((marker(place), SecondCopyError), (card, StorageError)):
        before = file.read_bytes()
        file.write_bytes(b"\xff{")
        with pytest.raises(kind, match="cannot be read"):
            place.demand()
        assert file.read_bytes() == b"\xff{"
        file.write_bytes(before)
    place.demand()


def test_a_copy_that_cannot_be_written_is_the_copys_trouble_and_not_the_archives(place, monkeypatch):
    def failing(descriptor):
        if str(place.root) in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(SecondCopyError, match="Input/output error"):
        place.demand()
