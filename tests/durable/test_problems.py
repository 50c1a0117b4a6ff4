import errno

import pytest

from bipro_sync import durable
from bipro_sync.errors import DiskFullError, StorageError


@pytest.mark.parametrize(
    ("number", "kind"),
    [("ENOSPC", DiskFullError), ("EDQUOT", DiskFullError), ("EFBIG", DiskFullError), ("EIO", StorageError)],
)
def test_a_full_disk_is_told_from_other_troubles(tmp_path, number, kind):
    error = durable.storage_error("write", tmp_path / "f", OSError(getattr(errno, number), "reason"))
    assert type(error) is kind
    assert error.message == f"Cannot write {tmp_path / 'f'}: reason."
