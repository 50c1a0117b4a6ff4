from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bipro_sync.bipro.framing.media_type import MediaType
from bipro_sync.bipro.framing.message import MessageReader
from bipro_sync.errors import FramingError, InsurerError, ProtocolError

from ..fixtures import http_parts, message
from ..recorders import Sink


ROOT = b"<a/>"


def read(content_type, body, *, size=1 << 16, sink=None):
    reader = MessageReader(MediaType.parse(content_type), sink or Sink())
    for start in range(0, len(body), size):
        reader.feed(body[start : start + size])
    return reader.finish()


def mime(*parts):
    """A body with boundary b; each part is its header lines and its content."""
    blocks = [b"--b\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + content for lines, content in parts]
    return b"\r\n".join([*blocks, b"--b--"])


def named(sink, received):
    return {each.name: sink.bytes_of(each.part) for each in received.attachments}


@settings(deadline=None)
@given(st.integers(1, 500))
def test_quirks_of_real_servers_are_read_whatever_the_pieces(size):
    head, body = http_parts("71")
    sink = Sink()
    received = read(head["Content-Type"], body, size=size, sink=sink)
    assert named(sink, received) == {
        b"Zwei@Teil+invalid": b"\r\n\x00\x1a\r\n--uuid:_Start:71x\r\n--\r\r\n",
        b"eins@teil.invalid": b"eins",
        b"leer@teil.invalid": b"",
        b"": b"nobody names me",
    }
    assert [each.media_type for each in received.attachments] == ["application/octet-stream", "text/plain", "", ""]
    assert received.root.name == "Envelope"


def test_the_envelope_is_kept_byte_for_byte():
    head, body = http_parts("70")
    sink = Sink()
    received = read(head["Content-Type"], body, sink=sink)
    assert sink.bytes_of(received.envelope) == body[body.index(b"<?xml") : body.index(b"Envelope>\r\n--uuid") + 9]
    assert sink.envelopes == 1


def test_a_multipart_body_cut_at_any_byte_is_an_error():
    head, body = http_parts("70")
    end = body.rindex(b"--") + 2
    for length in range(end):
        with pytest.raises(ProtocolError):
            read(head["Content-Type"], body[:length])
    assert read(head["Content-Type"], body[:end]).attachments


def test_the_truncated_example_is_an_error():
    head, body = http_parts("73")
    with pytest.raises(FramingError, match="cut"):
        read(head["Content-Type"], body)


def test_the_root_is_the_part_that_start_names_even_if_it_comes_last():
    sink = Sink()
    body = mime(([b"Content-ID: <f>", b"Content-Type: text/xml"], b"<file/>"), ([b"Content-ID: <r%40x>"], ROOT))
    received = read('multipart/related; boundary=b; start="<r@x>"', body, sink=sink)
    assert received.root.name == "a"
    assert named(sink, received) == {b"f": b"<file/>"}


def test_without_start_the_first_part_is_the_root():
    body = mime(([b"Content-ID: <x>"], ROOT), ([b"Content-ID: <y>"], b"y"))
    assert read("multipart/related; boundary=b", body).root.name == "a"


def test_a_first_part_without_name_is_the_root_though_start_names_one():
    assert read('multipart/related; boundary=b; start="<r>"', mime(([], ROOT), ([b"Content-ID: <y>"], b"y"))).root


@pytest.mark.parametrize(
    "body",
    [
        mime(([b"Content-ID: <x>"], ROOT)),
        mime(([], ROOT), ([b"Content-ID: <r>"], ROOT)),
        b"--b--",
        b"",
    ],
    ids=["other name", "two roots", "no part", "nothing"],
)
def test_a_body_whose_root_is_missing_or_double_is_an_error(body):
    with pytest.raises(FramingError):
        read('multipart/related; boundary=b; start="<r>"', body)


@pytest.mark.parametrize("other", [b"Content-ID: <f>", b"Content-ID: <root>"])
def test_two_parts_of_one_name_are_an_error(other):
    body = mime(([b"Content-ID: <root>"], ROOT), ([b"Content-ID: <f>"], b"1"), ([other], b"2"))
    with pytest.raises(FramingError, match="same Content-ID"):
        read("multipart/related; boundary=b", body)


def test_names_that_differ_in_case_are_two_names():
    sink = Sink()
    body = mime(([], ROOT), ([b"Content-ID: <f>"], b"1"), ([b"Content-ID: <F>"], b"2"))
    assert named(sink, read("multipart/related; boundary=b", body, sink=sink)) == {b"f": b"1", b"F": b"2"}


@pytest.mark.parametrize("encoding", [b"quoted-printable", b"x-uuencode"])
def test_a_transfer_encoding_that_norm_430_does_not_know_is_an_error(encoding):
    body = mime(([], ROOT), ([b"Content-Transfer-Encoding: " + encoding], b"=41"))
    with pytest.raises(FramingError, match="transfer encoding"):
        read("multipart/related; boundary=b", body)


def test_a_root_in_base64_is_kept_as_it_was_meant():
    sink = Sink()
    received = read(
        "multipart/related; boundary=b", mime(([b"Content-Transfer-Encoding: BASE64"], b"PGEv\r\nPg==")), sink=sink
    )
    assert sink.bytes_of(received.envelope) == ROOT


@pytest.mark.parametrize(
    "content_type", ["text/html; charset=utf-8", "application/json", "text/plain", "multipart/mixed"]
)
def test_a_content_type_that_carries_no_soap_is_an_error_at_once(content_type):
    with pytest.raises(ProtocolError, match="content type"):
        MessageReader(MediaType.parse(content_type), Sink())


def test_a_multipart_answer_without_boundary_is_an_error():
    with pytest.raises(FramingError, match="boundary"):
        MessageReader(MediaType.parse("multipart/related"), Sink())


@pytest.mark.parametrize(
    "content_type", ["", "text/xml", "Application/XML", "application/xop+xml", "application/soap+xml"]
)
def test_bare_xml_is_read_under_each_of_its_names(content_type):
    assert read(content_type, message("50")).root.name == "Envelope"


CHARSETS = st.sampled_from(["utf-8", "utf-16", "utf-7", "idna", "base64", "ucs-4", "\0", "klingon"]) | st.text()
NAMES = st.sampled_from(["", "r", "<r>", "<%72>", "<f>", "%"]) | st.text(max_size=5)
TYPES = st.sampled_from(["multipart/related", "text/xml", "application/xop+xml", "", "text/html"]) | st.text(max_size=9)
BOUNDARIES = st.sampled_from(["b", '"b"', "", "b:=\u0416"]) | st.text(max_size=9)
CONTENT_TYPES = (
    st.builds("{}; boundary={}; start={}; charset={}".format, TYPES, BOUNDARIES, NAMES, CHARSETS)
    | st.builds('multipart/related; boundary=b; start="{}"'.format, NAMES)
    | st.text()
)
HEADERS = st.one_of(
    st.builds("Content-ID: {}".format, NAMES),
    st.builds("Content-Type: {}; charset={}".format, TYPES, CHARSETS),
    st.sampled_from(["Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: x", "", " folded", ":", "\0"]),
    st.text(max_size=20),
).map(lambda line: line.encode("utf-8"))
CONTENTS = st.sampled_from([ROOT, b"", b"QUI=", b"\xff\xfe<\0a\0", b"<a", b"\0", message("50")]) | st.binary(
    max_size=30
)
PARTS = st.lists(st.tuples(st.lists(HEADERS, max_size=4), CONTENTS), max_size=4)
BODIES = PARTS.map(lambda parts: mime(*parts)) | CONTENTS


@settings(deadline=None)
@given(CONTENT_TYPES, BODIES, st.integers(1, 50))
def test_only_our_errors_leave_the_reader_whatever_headers_and_parts_say(content_type, body, size):
    with suppress(InsurerError):
        assert read(content_type, body, size=size).root.name
