"""What framings are read, byte for byte, each in pieces of many sizes; and which are refused, with which word."""

from __future__ import annotations

import base64
import gzip
import quopri
import zlib

import pytest

from bipro_sync.bipro.answers import Fault, soap_body
from bipro_sync.bipro.calls.call import Answer
from bipro_sync.bipro.framing.content_coding import content_decoder
from bipro_sync.bipro.framing.media_type import MediaType
from bipro_sync.bipro.framing.message import MessageReader
from bipro_sync.bipro.transfer.shipments import fetched_shipment
from bipro_sync.errors import FramingError, ProtocolError
from bipro_sync.model.shipment import Status

from ..fixtures import http_parts
from ..recorders import Sink


OK = Status(ok=True, status_id="OK", process_id="", timestamp="", messages=())
FIRST = b"\r\n%PDF-1.4\r\n\x00\x1a\xff--b\r\n--bx\r\r\n\n"
SECOND = bytes(range(256)) + b"\r\n"
TYPE = 'multipart/related; boundary=b; type="application/xop+xml"'
SIZES = (1, 2, 3, 7, 64, 1000, 1 << 16)


def daten(content):
    return b"<t:Datei><t:Daten>" + content + b"</t:Daten></t:Datei>"


def include(href):
    return daten(b'<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="%s"/>' % href)


def root(*files, declaration=b""):
    return (
        declaration + b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        b'<t:getShipmentResponse xmlns:t="http://www.bipro.net/namespace/transfer"><t:Response><t:Lieferung>'
        b"<t:ID>1</t:ID><t:Transfer>" + b"".join(files) + b"</t:Transfer>"
        b"</t:Lieferung></t:Response></t:getShipmentResponse></s:Body></s:Envelope>"
    )


ROOT = root(include(b"cid:one@x"), include(b"cid:two@x"))


def part(content, *lines):
    return b"".join(line + b"\r\n" for line in lines) + b"\r\n" + content


def framed(*parts, boundary=b"b", before=b"", padding=b"", after=b"\r\n"):
    middle = b"".join(b"--" + boundary + padding + b"\r\n" + each + b"\r\n" for each in parts)
    return before + middle + b"--" + boundary + b"--" + padding + after


def one(*lines):
    return part(FIRST, b"Content-ID: <one@x>", *lines)


def two(*lines):
    return part(SECOND, b"Content-ID: <two@x>", *lines)


def files(content_type, body, size, coding=""):
    """The bytes of the shipment's files in the order of their elements."""
    sink = Sink()
    decoder = content_decoder(coding)
    reader = MessageReader(MediaType.parse(content_type), sink)
    for start in range(0, len(body), size):
        for piece in decoder.feed(body[start : start + size]):
            reader.feed(piece)
    decoder.finish()
    received = reader.finish()
    response = soap_body(received.root).child("Response")
    fetched = fetched_shipment(response, OK, Answer(200, received, "", len(body)))
    assert fetched.unreferenced == ()
    return [sink.bytes_of(file.part) for file in fetched.files]


PLAIN = framed(part(ROOT), one(), two())
INLINE = root(daten(base64.b64encode(FIRST)), daten(base64.encodebytes(SECOND).replace(b"\n", b"\r\n")))

READ = {
    "boundary without quotes": (TYPE, PLAIN),
    "boundary in quotes": ('multipart/related; boundary="b"', PLAIN),
    "boundary with a colon without quotes": (
        "multipart/related; boundary=uuid:b; type=x",
        framed(part(ROOT), one(), two(), boundary=b"uuid:b"),
    ),
    "boundary with a colon in quotes": (
        'multipart/related; boundary="uuid:b"',
        framed(part(ROOT), one(), two(), boundary=b"uuid:b"),
    ),
    "boundary with every character that RFC 2046 allows": (
        'multipart/related; boundary="\'()+_,-./:=? b"',
        framed(part(ROOT), one(), two(), boundary=b"'()+_,-./:=? b"),
    ),
    "boundary that begins with dashes": (
        "multipart/related; boundary=----=_Part_1.2",
        framed(part(ROOT), one(), two(), boundary=b"----=_Part_1.2"),
    ),
    "start that names the first part": (TYPE + '; start="<r>"', framed(part(ROOT, b"Content-ID: <r>"), one(), two())),
    "start that names a later part": (TYPE + '; start="<r>"', framed(one(), two(), part(ROOT, b"Content-ID: <r>"))),
    "start without brackets, and escaped": (TYPE + "; start=%72", framed(one(), part(ROOT, b"Content-ID: <r>"), two())),
    "start, and a first part without a name": (TYPE + '; start="<r>"', PLAIN),
    "parts in another order": (TYPE, framed(part(ROOT), two(), one())),
    "preamble": (TYPE, framed(part(ROOT), one(), two(), before=b"This is\r\na --b multipart\r\n--bx\r\nmessage.\r\n")),
    "line break before the first delimiter": (TYPE, framed(part(ROOT), one(), two(), before=b"\r\n")),
    "epilogue": (TYPE, framed(part(ROOT), one(), two(), after=b"\r\nnothing\r\n--b\r\n\r\nno part\r\n--b--")),
    "no last line break": (TYPE, framed(part(ROOT), one(), two(), after=b"")),
    "padding after the delimiters": (TYPE, framed(part(ROOT), one(), two(), padding=b" \t ")),
    "lower-case headers": (
        TYPE,
        framed(part(ROOT), part(FIRST, b"content-id:<one@x>", b"content-transfer-encoding:BINARY"), two()),
    ),
    "folded headers": (
        TYPE,
        framed(part(ROOT), part(FIRST, b"Content-Type: a/b;", b"\tname=c", b"Content-ID:", b" <one@x>"), two()),
    ),
    "address escaped": (TYPE, framed(part(root(include(b"cid:one%40x"), include(b"CID:two%40x"))), one(), two())),
    "name escaped": (TYPE, framed(part(ROOT), part(FIRST, b"Content-ID: <one%40x>"), two())),
    "both escaped": (
        TYPE,
        framed(
            part(root(include(b"cid:%6Fne%40x"), include(b"cid:two@x"))), part(FIRST, b"Content-ID: <on%65%40x>"), two()
        ),
    ),
    "name without brackets": (TYPE, framed(part(ROOT), part(FIRST, b"Content-ID: one@x"), two())),
    "names that differ in case alone": (
        TYPE,
        framed(
            part(root(include(b"cid:File"), include(b"cid:fILE"))),
            part(SECOND, b"Content-ID: <fILE>"),
            part(FIRST, b"Content-ID: <File>"),
        ),
    ),
    "a part in base64": (
        TYPE,
        framed(
            part(ROOT),
            part(base64.encodebytes(FIRST), b"Content-ID: <one@x>", b"Content-Transfer-Encoding: base64"),
            two(b"Content-Transfer-Encoding: 8bit"),
        ),
    ),
    "the root in base64": (
        TYPE,
        framed(part(base64.b64encode(ROOT), b"Content-Transfer-Encoding: Base64"), one(), two()),
    ),
    "the root in a charset named by MIME": (
        TYPE,
        framed(part(ROOT, b'Content-Type: application/xop+xml; charset="windows-1252"; type="text/xml"'), one(), two()),
    ),
    "the root in UTF-16": (
        TYPE,
        framed(
            part(("\ufeff" + ROOT.decode()).encode("utf-16-be"), b"Content-Type: application/xop+xml"), one(), two()
        ),
    ),
    "inline base64 without and with line breaks": ("text/xml", INLINE),
    "inline base64 with white space around it": (
        "text/xml; charset=utf-8",
        root(*(daten(b"\r\n\t  " + base64.b64encode(content) + b" \n") for content in (FIRST, SECOND))),
    ),
    "inline base64 with its line breaks as references": (
        "text/xml",
        root(*(daten(base64.encodebytes(content).replace(b"\n", b"&#13;\n")) for content in (FIRST, SECOND))),
    ),
    "inline base64 within multipart": (TYPE, framed(part(INLINE, b"Content-Type: application/xop+xml"))),
    "one file inline and one attached": (
        TYPE,
        framed(part(root(daten(base64.b64encode(FIRST)), include(b"cid:two@x"))), two()),
    ),
    "SOAP 1.2's content type": ("application/soap+xml; charset=utf-8; action=x", INLINE),
}


@pytest.mark.parametrize("framing", READ)
def test_both_files_arrive_byte_for_byte(framing):
    content_type, body = READ[framing]
    for size in SIZES:
        assert files(content_type, body, size) == [FIRST, SECOND]


@pytest.mark.parametrize("framing", READ)
@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_each_framing_is_read_when_it_is_packed(framing, coding, pack):
    content_type, body = READ[framing]
    assert files(content_type, pack(body), 50, coding) == [FIRST, SECOND]
    with pytest.raises(FramingError):
        files(content_type, pack(body) + b"more", 50, coding)


@pytest.mark.parametrize(
    ("charset", "declared"),
    [
        ("utf-8", ""),
        ("utf-8", "UTF-8"),
        ("iso-8859-1", "ISO-8859-1"),
        ("iso-8859-15", "ISO-8859-15"),
        ("cp1252", "windows-1252"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
    ],
)
@pytest.mark.parametrize("by", ["declaration", "MIME"])
def test_a_name_in_any_charset_is_read_by_its_declaration_or_its_content_type(charset, declared, by):
    name = "Müller & Söhne §" + ("€" if charset != "iso-8859-1" else "")
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared and by == "declaration" else ""
    mark = "\ufeff" if declared == "UTF-16" else ""
    text = mark + declaration + root(b"<n/>").decode().replace("<n/>", f"<t:Name>{name.replace('&', '&amp;')}</t:Name>")
    content_type = f'text/xml; charset="{declared}"' if by == "MIME" else "text/xml; charset=us-ascii"
    if not declared:
        content_type = "text/xml"
    reader = MessageReader(MediaType.parse(content_type), Sink())
    reader.feed(text.encode(charset))
    shipment = soap_body(reader.finish().root).child("Response").child("Lieferung")
    assert shipment.child("Transfer").text_of("Name") == name


REFUSED = {
    "lines that end in LF alone": (TYPE, PLAIN.replace(b"\r\n", b"\n"), "LF alone"),
    "a part in quoted-printable": (
        TYPE,
        framed(part(quopri.encodestring(ROOT), b"Content-Transfer-Encoding: quoted-printable")),
        "transfer encoding",
    ),
    "two roots": (TYPE + "; start=r", framed(part(ROOT), part(ROOT, b"Content-ID: <r>")), "claim to be the root"),
    "no root": (TYPE + "; start=r", framed(one()), "root"),
    "no closing delimiter": (TYPE, framed(part(ROOT), one(), two())[:-4], "cut"),
    "a name twice": (TYPE, framed(part(ROOT), one(), one()), "same Content-ID"),
    "no boundary": ("multipart/related", PLAIN, "boundary"),
    "another multipart": ("multipart/form-data; boundary=b", PLAIN, "content type"),
    "a part that is not there": (TYPE, framed(part(ROOT), one()), "MIME part is not in it"),
    "a name in another case": (TYPE, framed(part(ROOT), one(), part(b"", b"Content-ID: <TWO@x>")), "not in it"),
    "a file both inline and attached": (
        TYPE,
        framed(part(ROOT.replace(b"<x:Inc", b"UVVJ<x:Inc", 1)), one(), two()),
        "twice",
    ),
    "a web page": ("text/html", b"<html/>", "web page"),
}


@pytest.mark.parametrize("framing", REFUSED)
def test_what_is_not_supported_is_refused_in_so_many_words(framing):
    content_type, body, said = REFUSED[framing]
    for size in SIZES:
        with pytest.raises(ProtocolError, match=said):
            files(content_type, body, size)


def test_a_fault_within_multipart_is_a_fault():
    head, body = http_parts("72")
    for size in SIZES:
        reader = MessageReader(MediaType.parse(head["Content-Type"]), Sink())
        for start in range(0, len(body), size):
            reader.feed(body[start : start + size])
        assert isinstance(soap_body(reader.finish().root), Fault)


def test_a_fault_of_soap_1_2_is_a_fault():
    head, body = http_parts("82")
    reader = MessageReader(MediaType.parse(head["Content-Type"]), Sink())
    reader.feed(body)
    assert isinstance(soap_body(reader.finish().root), Fault)
