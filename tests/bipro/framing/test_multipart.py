from __future__ import annotations

import email
import email.policy
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bipro_sync.bipro.framing import multipart
from bipro_sync.bipro.framing.multipart import MultipartSplitter, PartBegin, PartData, PartEnd
from bipro_sync.errors import FramingError


BOUNDARY = "uuid:b"


def split(body, *sizes, boundary=BOUNDARY):
    """The parts as (headers, content), the body cut into pieces of *sizes*, then the rest."""
    splitter = MultipartSplitter(boundary)
    events = []
    position = 0
    for size in sizes:
        events += splitter.feed(body[position : position + size])
        position += size
    events += splitter.feed(body[position:])
    events += splitter.finish()
    return gathered(events)


def gathered(events):
    parts = []
    for event in events:
        match event:
            case PartBegin(headers):
                parts.append([headers, b"", False])
            case PartData(data):
                assert data
                parts[-1][1] += data
            case PartEnd():
                parts[-1][2] = True
    assert all(complete for _, _, complete in parts)
    return [(headers, content) for headers, content, _ in parts]


def body_of(*contents, boundary=BOUNDARY, padding=b"", end=b"\r\n"):
    delimiter = b"--" + boundary.encode()
    parts = [delimiter + padding + b"\r\nX: 1\r\n\r\n" + content + b"\r\n" for content in contents]
    return b"".join(parts) + delimiter + b"--" + padding + end


TRAPS = [
    b"\r\n",
    b"\r",
    b"\n",
    b"--",
    b"--uuid:b",
    b"\r\n--uuid:",
    b"\r\n--uuid:bx",
    b"\r\n--uuid:b-",
    b" ",
    b"\0",
    b"\x1a",
]
CONTENT = st.lists(st.sampled_from(TRAPS) | st.binary(max_size=20), max_size=12).map(b"".join)


def is_delimited_within(content):
    """Whether the content itself holds a true delimiter, which no honest sender writes."""
    lines = (b"\r\n" + content + b"\r\n").split(b"\r\n")[1:]
    return any(line.rstrip(b" \t") in (b"--uuid:b", b"--uuid:b--") for line in lines)


HONEST = CONTENT.filter(lambda content: not is_delimited_within(content))


@settings(deadline=None)
@given(st.lists(HONEST, min_size=1, max_size=4))
def test_every_byte_of_every_part_arrives(contents):
    assert split(body_of(*contents)) == [({"x": "1"}, content) for content in contents]


@settings(deadline=None)
@given(st.lists(HONEST, min_size=1, max_size=3), st.data())
def test_the_pieces_that_a_body_comes_in_do_not_matter(contents, data):
    body = b"preamble\r\n" + body_of(*contents, padding=b" \t")
    sizes = data.draw(st.lists(st.integers(1, 30), max_size=60))
    assert split(body, *sizes) == split(body)


def test_a_body_that_comes_byte_by_byte_is_the_same():
    body = body_of(b"one\r\n", b"", b"\r\n--uuid:bx\r\n--uuid:b \tx\r\n", padding=b" ")
    assert split(body, *[1] * len(body)) == split(body)


@settings(deadline=None)
@given(st.lists(HONEST, min_size=1, max_size=4))
def test_the_parser_of_the_standard_library_sees_the_same_parts(contents):
    # That parser takes bare CR and LF for line ends and a delimiter's prefix for a delimiter: leave those out.
    plain = [content.replace(b"\r", b"").replace(b"\n", b"").replace(b"--", b"") for content in contents]
    head = f'Content-Type: multipart/related; boundary="{BOUNDARY}"\r\n\r\n'.encode()
    message = email.message_from_bytes(head + body_of(*plain), policy=email.policy.compat32)
    theirs = [part.get_payload(decode=True) for part in message.get_payload()]
    assert [content for _, content in split(body_of(*plain))] == theirs


def test_the_standard_library_agrees_about_a_real_binary_with_line_breaks_in_it():
    content = bytes(range(256)) * 40 + b"\r\n\r\n"
    head = f'Content-Type: multipart/related; boundary="{BOUNDARY}"\r\n\r\n'.encode()
    message = email.message_from_bytes(head + body_of(content), policy=email.policy.compat32)
    (theirs,) = [part.get_payload(decode=True) for part in message.get_payload()]
    assert split(body_of(content)) == [({"x": "1"}, content)]
    assert theirs == content


def test_the_line_break_before_a_delimiter_belongs_to_it_exactly_once():
    assert split(body_of(b"%%EOF\r\n")) == [({"x": "1"}, b"%%EOF\r\n")]


@pytest.mark.parametrize("end", [b"", b"\r\n", b"\r", b"\r\nepilogue\r\n--uuid:b\r\n\r\nno part"])
def test_nothing_after_the_closing_delimiter_matters(end):
    assert split(body_of(b"x", end=end)) == [({"x": "1"}, b"x")]


@pytest.mark.parametrize("end", [b"x", b"-", b"\n", b" x\r\n"])
def test_a_closing_delimiter_that_goes_on_is_none(end):
    with pytest.raises(FramingError, match="closing"):
        split(body_of(b"x", end=end))


def test_a_body_cut_at_any_byte_before_its_end_is_an_error():
    body = body_of(b"one", b"two\r\n", end=b"")
    for length in range(len(body)):
        with pytest.raises(FramingError):
            split(body[:length])
    assert len(split(body)) == 2


def test_a_part_without_headers_and_one_without_content_are_parts():
    body = b"--uuid:b\r\n\r\nx\r\n--uuid:b\r\nA: 1\r\n\r\n--uuid:b\r\nB: 2\r\n\r\n\r\n--uuid:b--"
    assert split(body) == [({}, b"x"), ({"a": "1"}, b""), ({"b": "2"}, b"")]
    assert split(body, *[1] * len(body)) == split(body)


def test_a_part_that_ends_within_its_headers_is_an_error():
    with pytest.raises(FramingError, match="headers"):
        split(b"--uuid:b\r\nA: 1\r\n--uuid:b\r\n\r\nx\r\n--uuid:b--")


def test_headers_without_end_are_refused_before_they_fill_the_memory():
    splitter = MultipartSplitter(BOUNDARY)
    list(splitter.feed(b"--uuid:b\r\n"))
    line = b"A: " + b"x" * 1000 + b"\r\n"
    for _ in range(multipart.MAX_HEADER_BYTES // len(line)):
        assert not list(splitter.feed(line))
    with pytest.raises(FramingError, match="longer"):
        list(splitter.feed(line))


def test_more_parts_than_any_honest_sender_has_are_refused():
    body = b"--uuid:b\r\n\r\n\r\n" * (multipart.MAX_PARTS + 1) + b"--uuid:b--"
    with pytest.raises(FramingError, match="10000"):
        split(body)


def test_what_is_held_back_of_a_large_part_is_bounded():
    splitter = MultipartSplitter(BOUNDARY)
    list(splitter.feed(b"--uuid:b\r\n\r\n"))
    chunk = os.urandom(65536)
    given_out = 0
    for number in range(1, 50):
        given_out += sum(len(event.data) for event in splitter.feed(chunk))
        assert number * len(chunk) - given_out < 100


def test_endless_padding_after_a_delimiter_is_content():
    body = b"--uuid:b\r\n\r\nx\r\n--uuid:b" + b" " * 5000 + b"\r\n--uuid:b--"
    assert split(body) == [({}, b"x\r\n--uuid:b" + b" " * 5000)]
    assert split(body, *[7] * len(body)) == split(body)


def test_lines_that_end_in_lf_alone_are_told_apart_from_a_cut_body():
    with pytest.raises(FramingError, match="LF alone"):
        split(b"--uuid:b\nX: 1\n\none\n--uuid:b--\n")


def test_a_boundary_of_a_megabyte_is_refused():
    MultipartSplitter("x" * multipart.MAX_BOUNDARY)
    with pytest.raises(FramingError, match="boundary"):
        MultipartSplitter("x" * (1 << 20))
