"""Whoever watches a target sees whole files only, and what a killed run repeats has the same names."""

from pathlib import PurePosixPath

import pytest

from bipro_sync.errors import IntegrityError
from bipro_sync.handover.contents import Item
from bipro_sync.handover.target import Target
from bipro_sync.model.kinds import Kind


WRITE = """
import hashlib, sys
from pathlib import Path, PurePosixPath
from bipro_sync.handover.contents import Item
from bipro_sync.handover.target import Target
from bipro_sync.model.kinds import Kind
data = b"x" * 3_000_000
target = Target("dms", Path(sys.argv[1]))
target.demand(begun=False)
item = Item(file="a.pdf", kind=Kind.MAIL, sha256=hashlib.sha256(data).hexdigest(), size=len(data),
            media_type="application/pdf", data=data)
target.bring(item, PurePosixPath("muster/a.pdf"))
"""


def test_a_file_s_bytes_are_on_the_device_before_it_has_its_name(traced, tmp_path):
    root = tmp_path / "dms"
    root.mkdir(mode=0o700)
    found = traced(WRITE, str(root), options=["-e", "trace=openat,write,fsync,rename,renameat,renameat2"])
    renames = [place for name in ("rename", "renameat", "renameat2") for place in found.positions(name, "a.pdf")]
    [appears] = renames
    written, synced = found.positions("write", ".part"), found.positions("fsync", ".part")
    assert written
    assert max(written) < min(synced) < appears
    assert any(place > appears for place in found.positions("fsync", "muster")), "its name is durable, too"
    assert not [place for place in found.positions("openat", "muster/a.pdf") if "O_CREAT" in found.calls[place][1]]


def test_nothing_appears_where_the_bytes_are_other_ones(tmp_path):
    root = tmp_path / "dms"
    root.mkdir(mode=0o700)
    target = Target("dms", root)
    target.demand(begun=False)
    item = Item(file="a.pdf", kind=Kind.MAIL, sha256="0" * 64, size=1, media_type="application/pdf", data=b"x")
    with pytest.raises(IntegrityError, match="does not hold the bytes"):
        target.bring(item, PurePosixPath("a.pdf"))
    assert [path.name for path in root.iterdir()] == [".bipro-sync"]
    assert list((root / ".bipro-sync").iterdir()) == []
