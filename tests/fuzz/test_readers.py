"""Whatever bytes an insurer sends: a message or an error of ours, and never other bytes than it meant."""

from __future__ import annotations

import base64
import email
import email.policy
import gzip
import zlib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bipro_sync.bipro.framing.multipart import MultipartSplitter, PartBegin, PartData
from bipro_sync.errors import FramingError, InsurerError

from .readers import Sink, message_of, understood


MESSAGES = sorted((Path(__file__).parents[1] / "bipro" / "messages").glob("[0-9]*"))
CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.http"))

CODINGS = {"": bytes, "gzip": lambda data: gzip.compress(data, 1), "deflate": zlib.compress}
TYPES = ["text/xml", "text/xml; charset=utf-16", 'multipart/related; boundary=b; start="<r>"', "multipart/related"]


def http(path):
    """Content type and body of a file, which is an HTTP answer or its body alone."""
    data = path.read_bytes()
    if path.suffix != ".http":
        return "text/xml", data
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:])
    return fields["Content-Type"], body


SEEDS = [http(path) for path in (*MESSAGES, *CORPUS)]
LOOK_ALIKES = [
    b"--b", b"\r\n--b\r\n", b"\r\n--b--", b"--uuid:_Start:7", b"\r\n", b"\n", b"\r", b"\0", b"\r\n\r\n", b"<", b">",
    b"</", b"<Datei><Daten>", b"</Daten>", b"<Daten ", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?", b"&#13;", b"&x;",
    b"=", b"==",
    b"<!DOCTYPE a [", b"\xff\xfe", b"\xef\xbb\xbf", b"Content-ID: <x>\r\n", b"Content-Transfer-Encoding: base64\r\n",
    b' xmlns="urn:x"', b' href="cid:%"', b"9999-12-31T23:59:59-14:00", b"0001-01-01", b"\xe4",
]  # fmt: skip


@st.composite
def mutated(draw):
    """A real message that was cut, spliced, swapped and flipped a few times."""
    content_type, body = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 4))):
        first, second = sorted(draw(st.tuples(st.integers(0, len(body)), st.integers(0, len(body)))))
        change = draw(st.sampled_from(["cut", "drop", "repeat", "swap", "insert", "flip", "splice"]))
        if change == "cut":
            body = body[:second]
        elif change == "drop":
            body = body[:first] + body[second:]
        elif change == "repeat":
            body = body[:second] + body[first:]
        elif change == "swap":
            body = body[second:] + body[first:second] + body[:first]
        elif change == "insert":
            body = body[:first] + draw(st.sampled_from(LOOK_ALIKES) | st.binary(max_size=9)) + body[first:]
        elif change == "flip" and body:
            place = min(first, len(body) - 1)
            body = body[:place] + bytes([body[place] ^ 1 << draw(st.integers(0, 7))]) + body[place + 1 :]
        else:
            body = body[:first] + draw(st.sampled_from(SEEDS))[1][second:]
    return draw(st.sampled_from([content_type] * 9 + TYPES)), body


def pieces(data, cuts):
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[first:second] for first, second in pairwise(edges)]


CUTS = st.lists(st.integers(0, 1 << 16), max_size=12)


@pytest.mark.parametrize("path", [*MESSAGES, *CORPUS], ids=lambda path: path.name)
def test_only_our_errors_come_of_the_corpus(path):
    content_type, body = http(path)
    for size in (1, 7, len(body)):
        understood(content_type, "", pieces(body, range(0, len(body), size)))


@settings(deadline=None)
@given(mutated(), st.sampled_from(list(CODINGS)), CUTS)
def test_only_our_errors_come_of_a_mutated_message(message, coding, cuts):
    content_type, body = message
    understood(content_type, coding, pieces(CODINGS[coding](body), cuts))


@settings(deadline=None)
@given(st.sampled_from(SEEDS), st.sampled_from(["gzip", "deflate"]), st.integers(0), st.integers(0, 7), CUTS)
def test_a_flipped_bit_in_a_packed_message_is_an_error_or_changes_nothing(seed, coding, place, bit, cuts):
    content_type, body = seed
    packed = bytearray(CODINGS[coding](body))
    packed[place % len(packed)] ^= 1 << bit
    sink, whole = Sink(), Sink()
    try:
        message_of(content_type, coding, pieces(bytes(packed), cuts), sink)
    except InsurerError:
        return
    message_of(content_type, "", [body], whole)
    assert sink.parts == whole.parts


@settings(deadline=None)
@given(mutated(), CUTS, CUTS)
def test_the_pieces_that_a_message_comes_in_do_not_matter(message, one, other):
    content_type, body = message
    results = []
    for cuts in (one, other):
        sink = Sink()
        try:
            message_of(content_type, "", pieces(body, cuts), sink)
            results.append(sink.parts)
        except InsurerError:
            results.append(None)
    assert results[0] == results[1]


CONTENT = st.lists(st.sampled_from(LOOK_ALIKES) | st.binary(max_size=40), max_size=8).map(b"".join)
BOUNDARIES = st.text("abcXYZ019'()+_,-./:=? ", min_size=1, max_size=70).map(str.rstrip).filter(bool)


def delimited_within(content, boundary):
    lines = (b"\r\n" + content + b"\r\n").split(b"\r\n")
    return any(line.rstrip(b" \t") in (b"--" + boundary, b"--" + boundary + b"--") for line in lines)


@settings(deadline=None)
@given(
    BOUNDARIES,
    st.lists(CONTENT, min_size=1, max_size=5),
    st.tuples(CONTENT, CONTENT),
    st.sampled_from([b"", b" ", b"\t "]),
    CUTS,
)
def test_any_parts_come_back_byte_for_byte(boundary, contents, around, padding, cuts):
    before, after = around
    mark = boundary.encode()
    contents = [each for each in contents if not delimited_within(each, mark)]
    preamble = before + b"\r\n" if before and b"--" not in before else b""
    body = preamble + b"".join(b"--" + mark + padding + b"\r\nA: 1\r\n\r\n" + each + b"\r\n" for each in contents)
    body += b"--" + mark + b"--" + padding
    splitter = MultipartSplitter(boundary)
    found = []
    for piece in (*pieces(body + b"\r\n" + after, cuts), None):
        for event in splitter.finish() if piece is None else splitter.feed(piece):
            if isinstance(event, PartBegin):
                found.append(b"")
            elif isinstance(event, PartData):
                found[-1] += event.data
    assert found == contents


@settings(deadline=None)
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4), CUTS)
def test_the_standard_librarys_parser_is_of_the_same_opinion(contents, cuts):
    # That parser ends a line at a bare CR or LF and takes a delimiter's prefix for one: base64 has neither.
    texts = [base64.b64encode(each) for each in contents]
    body = (
        b"".join(b"--b:1\r\nContent-Transfer-Encoding: base64\r\n\r\n" + each + b"\r\n" for each in texts)
        + b"--b:1--\r\n"
    )
    head = b'Content-Type: multipart/related; boundary="b:1"\r\n\r\n'
    parsed = email.message_from_bytes(head + body, policy=email.policy.compat32)
    assert [part.get_payload(decode=True) for part in parsed.get_payload()] == contents
    root = b"--b:1\r\n\r\n<a/>\r\n"
    sink = Sink()
    message_of("multipart/related; boundary=b:1", "", pieces(root + body, cuts), sink)
    assert sink.parts == [b"<a/>", *contents]


@settings(deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0), CUTS)
def test_a_cut_message_is_never_one(seed, length, cuts):
    content_type, body = seed
    whole = Sink()
    try:
        message_of(content_type, "", [body], whole)
    except InsurerError:
        return
    end = body.rindex(b">") + 1 if "multipart" not in content_type else body.rindex(b"\r\n--")
    with pytest.raises(InsurerError):
        message_of(content_type, "", pieces(body[: length % end], cuts))


@settings(deadline=None)
@given(st.binary(max_size=60), st.sampled_from([*TYPES, ""]), st.sampled_from([*CODINGS, "br"]))
def test_only_our_errors_come_of_noise(noise, content_type, coding):
    understood(content_type, coding, [noise])


def test_a_message_that_is_understood_is_counted_as_one():
    assert sum(understood(content_type, "", [body]) for content_type, body in SEEDS) > len(MESSAGES) // 2


def test_an_error_of_ours_is_not_raised_by_these_tests_themselves():
    with pytest.raises(FramingError):
        message_of("multipart/related; boundary=b", "", [b""])
