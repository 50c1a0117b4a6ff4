from pathlib import Path

import pytest

from bipro_sync.durable.mounts import answers, is_encrypted, mount_of


TABLE = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
31 27 0:40 / /mnt/nas rw - nfs4 nas.example:/export rw
32 27 0:41 / /mnt/with\040blank rw - fuse.sshfs me@host:/ rw
33 31 0:42 / /mnt/nas/cache rw - tmpfs tmpfs rw
34 27 0:43 / /mnt/nas/cache rw - xfs /dev/vdb rw
a line of something else
"""


@pytest.mark.parametrize(
    ("path", "kind", "remote"),
    [
        ("/var/lib/bipro-sync", "ext4", False),
        ("/mnt/nas/bipro", "nfs4", True),
        ("/mnt/nasty", "ext4", False),
        ("/mnt/with blank/x", "fuse.sshfs", True),
        ("/mnt/nas/cache/x", "xfs", False),
    ],
)
def test_a_path_lies_on_the_nearest_mount_above_it_and_of_two_on_the_later(path, kind, remote):
    mount = mount_of(Path(path), TABLE)
    assert (mount.type, mount.is_remote) == (kind, remote)


def test_what_the_kernel_does_not_say_is_not_guessed(tmp_path):
    assert mount_of(tmp_path, "") is None
    assert mount_of(tmp_path) is not None


def test_a_file_system_that_is_there_answers_be_anything_there_or_not(tmp_path):
    assert answers(tmp_path, 30)
    assert answers(tmp_path / "nothing", 30)
    assert not answers(tmp_path, 0)


def test_a_disk_is_encrypted_where_all_that_it_is_made_of_is(tmp_path):
    number = Path(tmp_path).stat().st_dev
    block = tmp_path / "sys" / "dev" / "block" / f"{number >> 8 & 0xFFF}:{number & 0xFF}"
    if number >> 8 & 0xFFF == 0:
        pytest.skip("the tests' disk has no device of its own")
    assert is_encrypted(tmp_path, tmp_path / "sys") is None
    for name in ("one", "two"):
        (block / "slaves" / name / "dm").mkdir(parents=True)
    (block / "slaves" / "one" / "dm" / "uuid").write_text("CRYPT-LUKS2-4711")
    (block / "slaves" / "two" / "dm" / "uuid").write_text("LVM-4711")
    assert is_encrypted(tmp_path, tmp_path / "sys") is False
    (block / "slaves" / "two" / "dm" / "uuid").write_text("CRYPT-LUKS2-4712")
    assert is_encrypted(tmp_path, tmp_path / "sys") is True
