from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bipro_sync.bipro.framing.content_coding import content_decoder
from bipro_sync.errors import FramingError, ProtocolError, RefusedXmlError


def decoded(data, size=1 << 16, coding="gzip"):
    decoder = content_decoder(coding)
    pieces = [piece for start in range(0, len(data), size) for piece in decoder.feed(data[start : start + size])]
    decoder.finish()
    return b"".join(pieces)


@settings(deadline=None)
@given(st.binary(max_size=400), st.integers(1, 50))
def test_gzip_gives_the_same_bytes_whatever_the_pieces(content, size):
    assert decoded(gzip.compress(content), size) == content


def test_a_large_and_well_packed_body_comes_in_bounded_pieces():
    content = bytes(5 << 20)
    decoder = content_decoder("GZIP")
    pieces = list(decoder.feed(gzip.compress(content)))
    decoder.finish()
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= 1 << 20


def test_several_members_are_one_body():
    assert decoded(gzip.compress(b"one") + gzip.compress(b"two")) == b"onetwo"


def test_a_damaged_byte_in_gzip_is_an_error():
    data = bytearray(gzip.compress(b"a text that is packed", mtime=0))
    data[-6] ^= 1
    with pytest.raises(FramingError, match="damaged"):
        decoded(bytes(data))


def test_a_gzip_bomb_is_refused_before_it_unfolds():
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(72)) + packer.flush()
    given_out = 0
    decoder = content_decoder("gzip")
    unfolding = decoder.feed(bomb)
    for _ in range(64):
        given_out += len(next(unfolding))
    with pytest.raises(RefusedXmlError):
        next(unfolding)
    assert given_out == 64 << 20


@settings(deadline=None)
@given(st.binary(max_size=400), st.integers(1, 50))
def test_deflate_gives_the_same_bytes_whatever_the_pieces(content, size):
    assert decoded(zlib.compress(content), size, "deflate") == content


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_packed_body_cut_at_any_byte_or_going_on_after_its_end_is_an_error(coding):
    pack = {"gzip": gzip.compress, "deflate": zlib.compress}[coding]
    data = pack(b"a text that is packed")
    assert decoded(data, coding=coding) == b"a text that is packed"
    for length in range(len(data)):
        for size in (1, 1000):
            with pytest.raises(FramingError):
                decoded(data[:length], size, coding)
    for size in (1, 1000):
        with pytest.raises(FramingError):
            decoded(data + b"\0", size, coding)


def test_deflate_without_its_checksum_is_an_error():
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    with pytest.raises(FramingError, match="damaged"):
        decoded(packer.compress(b"a text") + packer.flush(), coding="deflate")


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip"])
def test_a_coding_that_nobody_asked_for_is_an_error(coding):
    with pytest.raises(ProtocolError):
        content_decoder(coding)


def test_no_coding_changes_nothing():
    decoder = content_decoder("identity")
    assert list(decoder.feed(b"as is")) == [b"as is"]
    decoder.finish()
