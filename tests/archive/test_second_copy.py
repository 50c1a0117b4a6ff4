import errno
import itertools
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from bipro_sync.archive import CopyPlace, SecondCopy
from bipro_sync.errors import IntegrityError, SecondCopyError, StorageError


PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def mount(tmp_path):
    (tmp_path / "mount").mkdir()
    return tmp_path / "mount"


@pytest.fixture
def opened(layout, mount):
    """Opens the second copy anew, as another run does."""
    return lambda: SecondCopy(CopyPlace(layout, mount, same_device=True))


@pytest.fixture
def path(layout, practice):
    """The path of a stored shipment."""
    return practice["store"](layout, PDF, b"other", b"").path


def files(directory):
    return {file.name: file.read_bytes() for file in directory.iterdir()}


def drafts(mount):
    return list((mount / "drafts").glob("*/*"))


def opened_up(directory):
    directory.chmod(0o700)
    for file in directory.iterdir():
        file.chmod(0o600)
    return directory


def test_a_copy_holds_every_byte_at_the_same_path_read_only(layout, mount, opened, path):
    assert opened().copy(path, writer="muster") is True
    assert files(mount / path) == files(layout.root / path)
    assert {stat.S_IMODE(each.stat().st_mode) for each in (mount / path).iterdir()} == {0o400}
    assert stat.S_IMODE((mount / path).stat().st_mode) == 0o500
    assert drafts(mount) == []


def test_what_lies_in_the_quarantine_is_copied_like_everything_else(layout, mount, opened, practice):
    path = layout.quarantine_path("muster", "../4713", practice["NOW"])
    practice["store"](layout, PDF, path=path)
    opened().copy(path, writer="muster")
    assert files(mount / path) == files(layout.root / path)


def test_a_copy_lies_on_another_file_system(layout, elsewhere, path):
    SecondCopy(CopyPlace(layout, elsewhere, same_device=False)).copy(path, writer="muster")
    assert files(elsewhere / path) == files(layout.root / path)


def test_an_equal_copy_is_read_again_and_accepted(mount, opened, path):
    opened().copy(path, writer="muster")
    before = (mount / path).stat().st_ino
    assert opened().copy(path, writer="muster") is False
    assert (mount / path).stat().st_ino == before


def test_the_same_contents_fetched_at_another_time_are_an_equal_copy_and_other_contents_are_not(
    layout, mount, opened, practice
):
    """What a restored archive fetches anew: its manifest is another one."""
    path = layout.shipment_path("muster", "4711", practice["NOW"])
    for content in (PDF, PDF, b"other"):
        received, fetched = practice["receive"](layout, content)
        draft = practice["draft"](fetched, stored_at=practice["datetime"].now(practice["UTC"]))
        practice["Archive"](layout).store(received, draft, fetched, path)
        if content == PDF:
            opened().copy(path, writer="muster")
            shutil.rmtree(opened_up(layout.root / path))
    before = files(mount / path)
    with pytest.raises(IntegrityError, match="another delivery"):
        opened().copy(path, writer="muster")
    assert files(mount / path) == before


def test_what_a_dead_run_copied_is_made_durable_before_it_is_believed(mount, opened, path, monkeypatch):
    opened().copy(path, writer="muster")
    (mount / path).chmod(0o700)
    synced = []
    whole = os.fsync

    def watched(descriptor):
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        whole(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    assert opened().copy(path, writer="muster") is False
    copy = mount / path
    assert {*copy.iterdir(), copy, copy.parent, mount} <= set(synced)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o500


@pytest.mark.parametrize(
    "damage",
    [
        lambda copy: (copy / "01-File.pdf").write_bytes(PDF[:-1] + b"!"),
        lambda copy: os.truncate(copy / "02-File.bin", 3),
        lambda copy: (copy / "envelope.xml").unlink(),
        lambda copy: (copy / "manifest.json").unlink(),
        lambda copy: (copy / "manifest.json").write_bytes((copy / "manifest.json").read_bytes() + b" "),
        lambda copy: shutil.rmtree(copy) or copy.mkdir(),
        lambda copy: shutil.rmtree(copy) or copy.write_bytes(b"no directory"),
    ],
)
def test_another_copy_is_an_integrity_error_and_is_never_replaced(mount, opened, path, damage):
    opened().copy(path, writer="muster")
    damage(opened_up(mount / path))
    before = (mount / path).stat().st_ino, sorted((mount / path).glob("*"))
    for _ in range(2):
        with pytest.raises(IntegrityError, match="In the second copy, ") as found:
            opened().copy(path, writer="muster")
        assert str(path) in found.value.message
    assert ((mount / path).stat().st_ino, sorted((mount / path).glob("*"))) == before


@pytest.mark.parametrize("name", ["01-File.pdf", "envelope.xml", "manifest.json"])
@pytest.mark.parametrize("damage", [Path.unlink, lambda file: file.write_bytes(b"{")])
def test_what_is_damaged_in_the_archive_is_not_copied(mount, opened, path, name, damage):
    directory = opened_up(mount.parent / "archive" / path)
    damage(directory / name)
    with pytest.raises(IntegrityError) as found:
        opened().copy(path, writer="muster")
    assert "second copy" not in found.value.message
    assert not (mount / path).exists()
    assert drafts(mount) == []


def test_half_copies_of_a_dead_run_are_removed_by_the_next_one_and_others_drafts_stay(mount, opened, path):
    for writer in ("muster", ".walk"):
        (mount / "drafts" / writer / "0123").mkdir(parents=True)
        (mount / "drafts" / writer / "0123" / "01-File.pdf").write_bytes(PDF[:5])
    second = opened()
    assert second.copy(path, writer="muster") is True
    assert [str(draft.relative_to(mount)) for draft in drafts(mount)] == ["drafts/.walk/0123"]


def test_a_mount_that_goes_away_between_two_shipments_is_noticed_and_its_mount_point_stays_empty(
    layout, mount, opened, path, practice
):
    second = opened()
    second.copy(path, writer="muster")
    mount.rename(mount.with_name("away"))
    mount.mkdir()
    other = layout.shipment_path("muster", "4712", practice["NOW"])
    practice["store"](layout, PDF, path=other)
    with pytest.raises(SecondCopyError, match="is not mounted, or is another disk"):
        second.copy(other, writer="muster")
    assert list(mount.iterdir()) == []


def test_what_a_failed_fsync_may_not_have_made_durable_is_believed_by_no_later_run(opened, mount, path, monkeypatch):
    opened().place.demand()
    whole = os.fsync
    fired = 0
    for doomed in range(60):
        done = itertools.count()

        def failing(descriptor, doomed=doomed, done=done):
            if next(done) == doomed:
                raise OSError(errno.EIO, "Input/output error")
            whole(descriptor)

        with monkeypatch.context() as device:
            device.setattr(os, "fsync", failing)
            try:
                opened().copy(path, writer="muster")
            except SecondCopyError:
                fired += 1
            else:
                break
        # What is sealed was published durably; what failed before that must not be there at all.
        assert not (mount / path).exists() or stat.S_IMODE((mount / path).stat().st_mode) == 0o500
    assert fired == doomed > 8, "each fsync was reached and has failed once"
    assert drafts(mount) == []
    assert opened().copy(path, writer="muster") is False


def test_a_failure_to_read_the_archive_is_the_archives(opened, layout, path, monkeypatch):
    opened().place.demand()
    whole = os.read

    def failing(descriptor, length):
        if Path(f"/proc/self/fd/{descriptor}").readlink() == layout.root / path / "01-File.pdf":
            raise OSError(errno.EIO, "Input/output error")
        return whole(descriptor, length)

    monkeypatch.setattr(os, "read", failing)
    with pytest.raises(StorageError, match="Input/output error"):
        opened().copy(path, writer="muster")


COPY = """
import runpy, sys
from pathlib import Path
from bipro_sync.archive import CopyPlace, SecondCopy
practice = runpy.run_path(sys.argv[1])
layout = practice["prepared"](Path(sys.argv[2]))
path = practice["store"](layout, b"%PDF-1.7").path
SecondCopy(CopyPlace(layout, Path(sys.argv[3]), same_device=True)).copy(path, writer="muster")
"""


def test_a_copy_is_synced_before_the_one_rename_and_read_from_the_device_after_it(tmp_path, mount, traced):
    found = traced(
        COPY,
        Path(__file__).with_name("conftest.py"),
        tmp_path / "archive",
        mount,
        options=["-e", "trace=fsync,rename,fadvise64,read"],
    )
    target = mount / "shipments/muster/2026/03/4711"
    [appeared] = found.positions("rename", f'"{target}"')
    synced = [place for place in found.positions("fsync", f"<{mount}/drafts/muster/") if place < appeared]
    assert {Path(found.calls[place][1].split("<")[1].rstrip(">")).name for place in synced} >= {
        "01-File.pdf",
        "envelope.xml",
        "manifest.json",
    }
    assert any(place > appeared for place in found.positions("fsync", f"<{target.parent}>"))
    for name in ("01-File.pdf", "envelope.xml", "manifest.json"):
        [dropped] = found.positions("fadvise64", f"<{target}/{name}>")
        assert appeared < dropped < found.positions("read", f"<{target}/{name}>")[0]


FULL = """
import os, runpy, subprocess, sys
from pathlib import Path
from bipro_sync.archive import CopyPlace, SecondCopy
from bipro_sync.errors import SecondCopyError
practice = runpy.run_path(sys.argv[1])
mount = Path(sys.argv[3])
subprocess.run(["mount", "-t", "tmpfs", "-o", sys.argv[4], "tmpfs", mount], check=True)
layout = practice["prepared"](Path(sys.argv[2]))
path = practice["store"](layout, bytes(100_000)).path
second = SecondCopy(CopyPlace(layout, mount, same_device=False))
second.place.demand()
filled = 0
try:
    while True:
        with (mount / f"filler-{filled}").open("wb", buffering=0) as file:
            file.write(bytes(4096))
        filled += 1
except OSError:
    pass
try:
    second.copy(path, writer="muster")
except SecondCopyError as error:
    print(error.code, (mount / path).exists(), list((mount / "drafts").glob("*/*")))
for number in range(filled + 1):
    (mount / f"filler-{number}").unlink(missing_ok=True)
print(second.copy(path, writer="muster"))
"""


@pytest.mark.parametrize("limit", ["size=256k", "nr_inodes=32"])
def test_a_copy_that_finds_no_room_does_not_appear_and_with_room_it_does(tmp_path, mount, limit):
    alone = ["unshare", "--map-root-user", "--mount"]
    possible = subprocess.run([*alone, "mount", "-t", "tmpfs", "tmpfs", mount], capture_output=True, check=False)
    if possible.returncode:
        pytest.skip(f"no file system of our own may be mounted here: {possible.stderr.decode().strip()}")
    child = subprocess.run(
        [
            *alone,
            sys.executable,
            "-c",
            FULL,
            Path(__file__).with_name("conftest.py"),
            tmp_path / "archive",
            mount,
            limit,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    assert child.stdout == "second-copy False []\nTrue\n"


def test_a_shipment_that_is_nowhere_is_said_to_be_missing(opened):
    with pytest.raises(IntegrityError, match="is missing"):
        opened().copy(PurePosixPath("shipments/muster/2026/03/none"), writer="muster")
