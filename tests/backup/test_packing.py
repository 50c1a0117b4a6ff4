import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.backup.packing import Member, members_of, packed, unpacked
from bipro_sync.errors import IntegrityError, StorageError


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=150).filter(
    lambda name: name not in {".", ".."}
)


@given(st.lists(st.tuples(NAMES, st.binary(max_size=3000)), unique_by=lambda each: each[0], max_size=4))
def test_what_was_packed_comes_back_and_the_same_files_give_the_same_bytes(files):
    members = [Member(name, 0o600, content) for name, content in files]
    data = b"".join(packed(members))
    assert [(member.name, b"".join(content)) for member, content in unpacked([data])] == files
    assert data == b"".join(packed(members))


def test_a_pack_is_a_tar_archive_that_every_tar_reads(tmp_path):
    (tmp_path / "01-Police.pdf").write_bytes(b"%PDF-")
    (tmp_path / "link").symlink_to("01-Police.pdf")
    (tmp_path / "inside").mkdir()
    with tarfile.open(fileobj=io.BytesIO(b"".join(packed(members_of(tmp_path))))) as pack:
        assert pack.getnames() == ["01-Police.pdf"]
        assert pack.extractfile("01-Police.pdf").read() == b"%PDF-"


def test_a_file_that_grows_while_it_is_packed_is_not_packed_wrongly(tmp_path):
    file = tmp_path / "growing"
    file.write_bytes(b"x" * 10)
    pieces = packed([Member("growing", 0o600, file)])
    next(pieces)
    file.write_bytes(b"x" * 11)
    with pytest.raises(StorageError):
        list(pieces)


def test_what_is_no_pack_of_files_is_refused():
    with pytest.raises(IntegrityError):
        list(unpacked([b"no pack" * 200]))
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as pack:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        pack.addfile(link)
    with pytest.raises(IntegrityError):
        list(unpacked([made.getvalue()]))
