import msgspec
import pytest

from bipro_sync.archive import read_state
from bipro_sync.errors import StorageError


class Note(msgspec.Struct):
    number: int


NOTES = msgspec.json.Decoder(Note)


def read(path):
    return read_state(path, NOTES, problem="Nobody knows.", hint="Ask again.")


def test_what_a_file_holds_is_read_and_none_where_there_is_none(tmp_path):
    (tmp_path / "note.json").write_bytes(b'{"number": 3}')
    assert read(tmp_path / "note.json") == Note(3)
    assert read(tmp_path / "other.json") is None


@pytest.mark.parametrize("garbage", [b"", b"{", b"\xff", b'{"number": "three"}'])
def test_garbage_is_an_error_that_says_what_is_unknown_and_what_to_do(tmp_path, garbage):
    (tmp_path / "note.json").write_bytes(garbage)
    with pytest.raises(StorageError) as caught:
        read(tmp_path / "note.json")
    assert (caught.value.message, caught.value.hint) == ("Nobody knows.", "Ask again.")
