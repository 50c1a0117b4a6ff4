from __future__ import annotations

import base64
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bipro_sync.bipro.framing.base64_stream import Base64Decoder
from bipro_sync.errors import FramingError


def decode(*pieces):
    decoder = Base64Decoder()
    data = b"".join(decoder.feed(piece) for piece in pieces)
    decoder.finish()
    return data


@settings(deadline=None)
@given(st.binary(max_size=300), st.data())
def test_any_bytes_arrive_whatever_the_pieces_and_line_breaks(content, data):
    text = base64.b64encode(content)
    for position in data.draw(st.lists(st.integers(0, len(text)), max_size=8)):
        text = text[:position] + data.draw(st.sampled_from([b"\n", b"\r\n", b" ", b"\t"])) + text[position:]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    edges = [0, *cuts, len(text)]
    assert decode(*(text[a:b] for a, b in pairwise(edges))) == content


@pytest.mark.parametrize("content", [b"", b"a", b"ab", b"abc", b"abcd", bytes(range(256))])
def test_text_cut_at_any_character_but_a_quantums_end_is_an_error(content):
    text = base64.b64encode(content)
    for length in range(len(text)):
        if length % 4:
            with pytest.raises(FramingError):
                decode(text[:length])
    assert decode(text) == content


@pytest.mark.parametrize(
    "text",
    [
        b"QUJ!",
        b"QU\x00J",
        b"QUJD\xff",
        b"QUI",
        b"=QUI",
        b"Q=UI",
        b"QQ=A",
        b"QQ==QUJD",
        b"QUI=QUJD",
        b"====",
        b"QUJD====",
        b"QUJD=",
        b"QQ===",
        b"-_-_",
        b"A",
    ],
)
def test_what_is_not_base64_is_an_error_however_it_is_cut(text):
    with pytest.raises(FramingError):
        decode(text)
    with pytest.raises(FramingError):
        decode(*(bytes([byte]) for byte in text))


def test_white_space_after_the_padding_is_allowed():
    assert decode(b"QQ==", b"\r\n  ") == b"A"
