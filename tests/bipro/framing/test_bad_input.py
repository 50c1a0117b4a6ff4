"""What no honest insurer sends is refused within a second and 128 MiB, each attack in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys


SECONDS = 1.0
"""Of the processor, which other work on the machine does not lengthen."""
MEBIBYTES = 128
REFUSALS = {"RefusedXmlError", "FramingError", "ProtocolError"}

CHILD = """
import gzip, json, os, sys, time, zlib
from bipro_sync import errors
from bipro_sync.bipro.calls.unkept import Unkept
from bipro_sync.bipro.framing.content_coding import content_decoder
from bipro_sync.bipro.framing.media_type import MediaType
from bipro_sync.bipro.framing.message import MessageReader
from bipro_sync.bipro.soap import envelope

MEBIBYTE = 1 << 20
ENVELOPE = b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
TYPE = "multipart/related; boundary=b"

def endless(first, piece, times):
    yield first
    for _ in range(times):
        yield piece

def of(data):
    for start in range(0, len(data), 1 << 16):
        yield data[start : start + (1 << 16)]

def as_many_as_fit(before, piece):
    tags = piece.count(b"<") + piece.count(b"/>")
    cost = len(piece) + envelope._TAG * tags + envelope._ATTRIBUTE * piece.count(b"=")
    at_once = 1 + (1 << 16) // len(piece)
    yield before
    for _ in range(envelope.MAX_TREE // 100 * 99 // cost // at_once):
        yield piece * at_once
    # The tree is built to its end, and refused only there.
    yield b"</other>"

def laughs():
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE l [<!ENTITY a0 "ha">{entities}]><l>&a9;</l>'.encode()

def bomb():
    packer = zlib.compressobj(6, wbits=31)
    for _ in range(100):
        yield packer.compress(bytes(MEBIBYTE))
    yield packer.flush()

def nested():
    yield gzip.compress(b"".join(bomb()))

ATTACKS = {
    "external entity of a file": lambda: of(b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
    "external entity over HTTP": lambda: of(b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]><a>&x;</a>'),
    "parameter entity": lambda: of(b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/">%p;]><a/>'),
    "external DTD": lambda: of(b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>'),
    "DOCTYPE in UTF-16": lambda: of('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16")),
    "DOCTYPE hidden in UTF-7": lambda: of(
        b'<?xml version="1.0" encoding="utf-7"?>+ADw-!DOCTYPE a [+ADw-!ENTITY x "y"+AD4-]+AD4-<a>+ACY-x;</a>'
    ),
    "billion laughs": lambda: of(laughs()),
    "billion laughs in an attribute": lambda: of(laughs().replace(b"<l>&a9;</l>", b'<l b="&a9;"/>')),
    "quadratic blow-up": lambda: of(
        b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 50_000 + b'">]><a>' + b"&x;" * 50_000 + b"</a>"
    ),
    "200,000 attributes": lambda: of(b"<a " + b" ".join(b'a%d="x"' % n for n in range(200_000)) + b"/>"),
    "200,000 attributes on as many elements": lambda: endless(ENVELOPE, b"<b c='d'/>" * 4000, 50),
    "200,000 attributes by the hundred": lambda: endless(
        ENVELOPE, b"<b " + b" ".join(b"c%d='d'" % n for n in range(100)) + b"/>", 2000
    ),
    "200,000 namespaces": lambda: of(b"<a " + b" ".join(b'xmlns:a%d="x"' % n for n in range(200_000)) + b"/>"),
    "100,000 levels": lambda: of(b"<a>" * 100_000),
    "600,000 elements": lambda: endless(ENVELOPE, b"<b/>" * 4000, 150),
    "600,000 elements with text": lambda: endless(ENVELOPE, b"<b>x</b>" * 4000, 150),
    "as many elements and texts as fit": lambda: as_many_as_fit(ENVELOPE, b"<b>" + b"x" * 20 + b"</b>" + b"y" * 20),
    "as many elements and texts as fit behind a file": lambda: as_many_as_fit(
        ENVELOPE + b"<Datei><Daten/></Datei>", b"<b>" + b"x" * 20 + b"</b>" + b"y" * 20
    ),
    "as many short texts as fit": lambda: as_many_as_fit(ENVELOPE, b"<b>x</b>y"),
    "as many attributes as fit": lambda: as_many_as_fit(ENVELOPE, b"<b a='' b='' c='' d='' e='' f=''/>"),
    "as much text as fits": lambda: as_many_as_fit(ENVELOPE, b"<b>" + b"x" * 60_000 + b"</b>"),
    "600,000 attributes": lambda: endless(ENVELOPE, b"<b a='' b='' c='' d='' e='' f=''/>" * 1000, 100),
    "a tag of a gigabyte": lambda: endless(b'<a b="', b"x" * MEBIBYTE, 1024),
    "a text of a gigabyte": lambda: endless(b"<a>", b"x" * MEBIBYTE, 1024),
    "a comment of a gigabyte": lambda: endless(b"<a><!--", b"x" * MEBIBYTE, 1024),
    "a comment full of tags": lambda: endless(b"<a><!--", b"<" * MEBIBYTE, 1024),
    "an instruction of a gigabyte": lambda: endless(b"<a><?p ", b"x" * MEBIBYTE, 1024),
    "a CDATA section of a gigabyte": lambda: endless(b"<a><![CDATA[", b"x" * MEBIBYTE, 1024),
    "a CDATA section of a gigabyte in a file": lambda: endless(
        b"<Datei><Daten><![CDATA[", b"QUJD" * (MEBIBYTE // 4), 1024
    ),
    "many texts of half a megabyte": lambda: endless(ENVELOPE, b"<b>" + b"x" * (MEBIBYTE // 2) + b"</b>", 2048),
    "600,000 elements behind a file": lambda: endless(
        ENVELOPE + b"<Datei><Daten/></Datei>", b"<b>x</b>" * 4000, 150
    ),
    "an address of a gigabyte": lambda: endless(b'<Datei><Daten><Include href="cid:', b"x" * MEBIBYTE, 1024),
    "100,000 files in one message": lambda: endless(
        ENVELOPE + b"<Lieferung>", b"<Datei><Daten>QUJD</Daten></Datei>" * 1000, 100
    ),
    "100,000 parts": lambda: endless(b"--b\\r\\n\\r\\n<a/>\\r\\n", b"--b\\r\\n\\r\\n\\r\\n" * 1000, 100),
    "a header block of a gigabyte": lambda: endless(b"--b\\r\\n", b"A: " + b"x" * 65_533, 16_384),
    "a Content-ID of a megabyte": lambda: endless(b"--b\\r\\nContent-ID: <", b"x" * MEBIBYTE, 1024),
    "a boundary of a megabyte": lambda: of(b""),
    "a gzip bomb": bomb,
    "a gzip bomb within another": nested,
    "a gzip bomb said to be packed twice": nested,
}
FRAMINGS = {
    "100,000 parts": (TYPE, ""),
    "a header block of a gigabyte": (TYPE, ""),
    "a Content-ID of a megabyte": (TYPE, ""),
    "a boundary of a megabyte": ("multipart/related; boundary=" + "b" * MEBIBYTE, ""),
    "a gzip bomb": ("text/xml", "gzip"),
    "a gzip bomb within another": (TYPE, "gzip"),
    "a gzip bomb said to be packed twice": ("text/xml", "gzip, gzip"),
}

def attack(name):
    content_type, coding = FRAMINGS.get(name, ("text/xml", ""))
    pieces = list(ATTACKS[name]()) if "gzip" in name else ATTACKS[name]()
    begun = time.process_time()
    try:
        decoder = content_decoder(coding)
        reader = MessageReader(MediaType.parse(content_type), Unkept())
        for raw in pieces:
            for piece in decoder.feed(raw):
                reader.feed(piece)
        decoder.finish()
        reader.finish()
    except errors.BiproSyncError as error:
        verdict = type(error).__name__
    else:
        verdict = "accepted"
    seconds = time.process_time() - begun
    # The peak of this process alone: that of getrusage may be its parent's.
    peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(json.dumps({"attack": name, "verdict": verdict, "seconds": seconds, "mebibytes": peak / 1024}))

for name in ATTACKS:
    sys.stdout.flush()
    if not os.fork():
        attack(name)
        sys.exit()
    assert os.wait()[1] == 0, name
"""


def test_every_attack_is_refused_within_a_second_and_128_mebibytes():
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) >= 30
    assert [each for each in results if each["verdict"] not in REFUSALS] == []
    assert [each for each in results if each["seconds"] > SECONDS] == []
    assert [each for each in results if each["mebibytes"] > MEBIBYTES] == []
    # The scale is right: something was held in memory, and the interpreter alone is less than what is allowed.
    assert 10 < min(each["mebibytes"] for each in results) < max(each["mebibytes"] for each in results)
