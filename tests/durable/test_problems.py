import errno

import pytest

from bipro_sync import durable
from bipro_sync.errors import DiskFullError, StorageError


def test_a_place_that_a_unit_may_not_write_to_is_said_to_be_perhaps_that():
    error = durable.storage_error("write", "/srv/dms", OSError(errno.EROFS, "Read-only file system"))
    assert error.message.startswith("Cannot write /srv/dms: Read-only file system (")
    assert "ReadWritePaths=" in error.message


@pytest.mark.parametrize(
    ("number", "kind"),
    [("ENOSPC", DiskFullError), ("EDQUOT", DiskFullError), ("EFBIG", DiskFullError), ("EIO", StorageError)],
)
def test_a_full_disk_is_told_from_other_troubles(tmp_path, number, kind):
    error = durable.storage_error("write", tmp_path / "f", OSError(getattr(errno, number), "reason"))
    assert type(error) is kind
    assert error.message == f"Cannot write {tmp_path / 'f'}: reason."
