import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bipro_sync.archive.members import Limits, Member, Unopened, UnreadableMemberError, opened_zip


GDV = b"0001" + b"99999" + b"Erfunden".ljust(247) + b"\r\n"


def zipped(entries, compression=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return target.getvalue()


@pytest.fixture
def found(tmp_path):
    """What is in a ZIP file of these bytes: the bytes of an entry, or why it is not read."""

    def _found(data, **limits):
        path = tmp_path / "delivery.zip"
        path.write_bytes(data)
        said = {}
        with opened_zip(path, Limits(**limits)) as members:
            for each in members:
                if isinstance(each, Unopened):
                    said[each.number] = each.reason
                else:
                    try:
                        with each.open() as file:
                            said[each.number] = file.read()
                    except UnreadableMemberError as error:
                        said[each.number] = str(error)
        return said

    return _found


def test_each_entry_is_read_and_recognised_by_what_it_is(tmp_path):
    path = tmp_path / "delivery.zip"
    path.write_bytes(zipped([("ordner/", b""), ("bestand.pdf", GDV), ("brief.txt", b"%PDF-1.7")]))
    with opened_zip(path) as members:
        assert [(each.number, each.content.extension) for each in members if isinstance(each, Member)] == [
            (2, "gdv"),
            (3, "pdf"),
        ]


def test_what_is_read_is_what_was_packed(found):
    assert found(zipped([("a", GDV), ("b", GDV * 3)])) == {1: GDV, 2: GDV * 3}


def test_a_zip_file_in_a_zip_file_stays_closed(found):
    assert found(zipped([("a", zipped([("b", GDV)])), ("c", GDV)])) == {
        1: "it is a ZIP file inside a ZIP file",
        2: GDV,
    }


def test_too_many_entries_are_not_even_listed(found):
    assert found(zipped([(str(number), b"") for number in range(4)]), entries=3) == {
        0: "the ZIP file has more than 3 entries"
    }
    assert "more than" in found(zipped([("x" * 600, b"")]), directory=500)[0]


def test_what_is_too_big_alone_or_with_the_others_stays_closed(found):
    data = zipped([("a", GDV), ("b", GDV * 4), ("c", GDV)])
    assert found(data, entry=1000)[2] == "it is too big"
    assert found(data, whole=1200) == {
        1: GDV,
        2: GDV * 4 if len(GDV) * 5 <= 1200 else "the ZIP file holds too much",
        3: GDV,
    }


def test_a_bomb_is_seen_before_it_goes_off_and_costs_no_memory(found):
    bomb = zipped([("bombe.gdv", GDV + bytes(64 << 20))])
    tracemalloc.start()
    try:
        assert found(bomb) == {1: "it would become suspiciously big"}
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_an_entry_that_lies_about_its_size_gives_no_more_than_it_said(found):
    data = bytearray(zipped([("a", bytes(5000))]))
    place = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, place + 24, 100)
    (said,) = found(bytes(data)).values()
    assert isinstance(said, str) or len(said) <= 100


def test_an_encrypted_entry_is_named_and_the_others_are_read(found):
    data = bytearray(zipped([("a", GDV), ("b", GDV)]))
    struct.pack_into("<H", data, data.find(b"PK\x01\x02") + 8, 1)
    assert found(bytes(data)) == {1: "it can only be opened with a password", 2: GDV}


def test_other_compressions_are_named(found):
    assert found(zipped([("a", GDV)], zipfile.ZIP_LZMA)) == {1: "it is compressed in a way that is not read"}


def test_a_damaged_entry_is_named_and_the_others_are_read(found):
    data = bytearray(zipped([("a", GDV * 9), ("b", GDV)], zipfile.ZIP_STORED))
    data[data.find(b"Erfunden") + 2000] ^= 0xFF
    assert found(bytes(data)) == {1: "it is damaged", 2: GDV}


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04", b"PK\x05\x06", zipped([("a", GDV)])[:-30]],
    ids=["nothing", "a beginning", "an end", "one without its end"],
)
def test_what_is_no_whole_zip_file_is_said_to_be_damaged(found, data):
    assert "damaged" in found(data)[0]


@given(data=some.data())
def test_no_damage_brings_more_than_a_reason(data, tmp_path_factory):
    whole = bytearray(zipped([("a", GDV * 3), ("b", zlib.compress(GDV))]))
    for place in data.draw(some.lists(some.integers(0, len(whole) - 1), max_size=6)):
        whole[place] = data.draw(some.integers(0, 255))
    path = tmp_path_factory.mktemp("zip") / "delivery.zip"
    path.write_bytes(bytes(whole))
    with opened_zip(path) as members:
        for each in members:
            if isinstance(each, Member):
                try:
                    with each.open() as file:
                        file.read()
                except UnreadableMemberError:
                    pass
