import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.archive import Manifest, ManifestFile, Quarantine, content_digest
from bipro_sync.archive.manifest import ManifestTransfer
from bipro_sync.errors import IntegrityError
from bipro_sync.model.kinds import Kind
from bipro_sync.model.shipment import Field, Message, Numbers, Status, Transfer
from bipro_sync.model.states import FAILURES, Failure


texts = st.text()
perhaps = st.none() | texts
times = st.datetimes(datetime(1900, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis asks for naive bounds
sizes = st.integers(0, 2**63 - 1)
fields = st.lists(st.builds(Field, texts, texts, texts), max_size=3).map(tuple)
statuses = st.builds(
    Status, st.booleans(), texts, texts, texts, st.lists(st.builds(Message, texts, texts, texts, texts)).map(tuple)
)
files = st.builds(
    ManifestFile,
    stored=texts,
    size=sizes,
    sha256=texts,
    media_type=texts,
    kind=st.sampled_from(Kind),
    transfer=st.integers(0, 1000),
    name=perhaps,
    declared_media_type=perhaps,
    document_types=st.lists(texts, max_size=2).map(tuple),
    checksum_algorithm=perhaps,
    checksum=perhaps,
    link=perhaps,
)
manifests = st.builds(
    Manifest,
    format=st.just(1),
    insurer=texts,
    account=texts,
    profile=texts,
    environment=texts,
    shipment=texts,
    kind=st.sampled_from(Kind),
    category=perhaps,
    posted_at=st.none() | times,
    available_until=st.none() | st.dates(),
    line=perhaps,
    data_only=st.none() | st.booleans(),
    listed=fields,
    delivered=fields,
    status=statuses,
    transfers=st.lists(st.builds(ManifestTransfer, type=perhaps, fields=fields), max_size=2).map(tuple),
    files=st.lists(files, max_size=2).map(tuple),
    envelope_sha256=texts,
    envelope_size=sizes,
    response_sha256=texts,
    response_size=sizes,
    content_sha256=texts,
    stored_at=times,
    software=texts,
    answer=fields,
    numbers=st.builds(Numbers, *[st.lists(texts, max_size=2).map(tuple)] * 5),
    linked=st.lists(texts, max_size=2).map(tuple),
    remarks=st.lists(texts, max_size=2).map(tuple),
    quarantine=st.none() | st.builds(Quarantine, failure=st.sampled_from(Failure), reason=texts),
)


@pytest.fixture
def manifest(layout, practice):
    _, fetched = practice["receive"](layout, b"bytes")
    return practice["draft"](fetched)


@given(manifests)
def test_a_manifest_reads_back_as_it_was_written(manifest):
    data = manifest.encode()
    assert Manifest.decode(data) == manifest
    assert Manifest.decode(data).encode() == data
    assert data.endswith(b"\n")


def test_a_manifest_is_plain_json_that_other_programs_read(manifest):
    read = json.loads(msgspec.structs.replace(manifest, remarks=("Ü\0\u202e\u2028",)).encode())
    assert (read["format"], read["shipment"], read["kind"]) == (1, "4711", "mail")
    assert read["stored_at"] == "2026-03-31T23:30:15.123456Z"
    assert read["remarks"] == ["Ü\0\u202e\u2028"]
    assert read["transfers"][0]["fields"][0]["value"] == "V-4711"


OLDER = b"""{
 "format": 1, "insurer": "muster", "account": "muster", "profile": "generic", "environment": "test",
 "shipment": "4711", "kind": "mail", "category": "100007000", "posted_at": "2026-03-01T17:30:00Z",
 "listed": [{"path": "ID", "value": "4711", "namespace": "urn:t"}],
 "delivered": [{"path": "ID", "value": "4711", "namespace": "urn:t"}],
 "status": {"ok": true, "status_id": "OK", "process_id": "p-1", "timestamp": "2026-03-02T09:00:05",
  "messages": [{"kind": "Hinweis", "code": "04000", "text": "", "reference": ""}]},
 "transfers": [{"fields": [{"path": "Vorgangsnummer", "value": "V-1", "namespace": "urn:g"}], "type": "CT_GeVo"}],
 "files": [{"stored": "01-File.pdf", "size": 3, "sha256": "00", "media_type": "application/pdf", "kind": "mail",
  "transfer": 1, "name": "Police.pdf"}],
 "envelope_sha256": "00", "envelope_size": 9, "response_sha256": "00", "response_size": 99, "content_sha256": "00",
 "stored_at": "2026-03-02T08:00:06.5Z", "software": "bipro-sync 0.1.0"
}"""
"""As the first version wrote it."""


def test_an_older_manifest_of_this_format_still_reads():
    manifest = Manifest.decode(OLDER)
    assert (manifest.shipment, manifest.transfers[0].fields[0].value) == ("4711", "V-1")
    assert (manifest.answer, manifest.numbers, manifest.linked, manifest.remarks) == ((), Numbers(), (), ())
    assert json.loads(manifest.encode()) == json.loads(OLDER) | {"stored_at": "2026-03-02T08:00:06.500000Z"}


@pytest.mark.parametrize("number", [0, 2, -1])
def test_a_manifest_of_another_format_is_refused(manifest, number):
    with pytest.raises(IntegrityError, match=f"has format {number}"):
        Manifest.decode(msgspec.structs.replace(manifest, format=number).encode())


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b'"4711"', b'"\xff\xfe"'),
        lambda data: data.replace(b'"mail"', b'"post"'),
        lambda data: data.replace(b'"shipment":', b'"other":'),
        lambda data: data + b"{}",
        lambda data: b"[]",
        lambda data: bytes(len(data)),
        lambda data: b'{"listed": ' + b"[" * 100_000,
        lambda data: b'{"unknown": ' + b"[" * 100_000,
    ],
    ids=[
        "empty",
        "half",
        "no UTF-8",
        "unknown kind",
        "missing key",
        "two documents",
        "a list",
        "zeros",
        "deep",
        "deep and unknown",
    ],
)
def test_a_manifest_that_cannot_be_read_is_an_integrity_error(manifest, damage):
    data = manifest.encode()
    assert damage(data) != data
    with pytest.raises(IntegrityError):
        Manifest.decode(damage(data))


def test_no_flipped_bit_leads_to_anything_but_another_manifest_or_an_integrity_error(manifest):
    data = manifest.encode()
    refused = 0
    for position in range(len(data)):
        for bit in (0x01, 0x80):
            flipped = bytearray(data)
            flipped[position] ^= bit
            try:
                Manifest.decode(bytes(flipped))
            except IntegrityError:
                refused += 1
    assert refused >= len(data), "no byte above 127 is part of this manifest's UTF-8"


def test_what_is_quarantined_is_shown_only_where_the_failure_table_allows_it(manifest):
    assert manifest.shown
    for failure, verdict in FAILURES.items():
        kept = msgspec.structs.replace(manifest, quarantine=Quarantine(failure=failure, reason="so"))
        assert kept.shown is verdict.shown


def test_two_fetches_of_the_same_compare_equal_however_the_answers_were_wrapped(layout, practice):
    _, first = practice["receive"](layout, b"one", b"two", unreferenced=[b"three"])
    _, second = practice["receive"](layout, b"one", b"two", unreferenced=[b"three"])
    second = replace(
        second,
        envelope=replace(second.envelope, sha256="cd" * 32, size=9),
        response_sha256="ef" * 32,
        received=1,
        status=replace(second.status, process_id="p-2", timestamp="2026-04-01T00:00:00Z"),
    )
    assert content_digest(first) == content_digest(second)


def test_prefixes_and_ids_in_attributes_make_no_other_shipment(layout, practice):
    _, fetched = practice["receive"](layout, b"one")
    digests = {
        content_digest(replace(fetched, transfers=(Transfer("Vertrag", fields),)))
        for fields in (
            (Field("Nummer", "1", ""),),
            (Field("@type", "a:Vertrag", ""), Field("Nummer", "1", ""), Field("Nummer/@Id", "id-1", "")),
            (Field("@type", "b:Vertrag", ""), Field("Nummer", "1", ""), Field("Nummer/@Id", "id-2", "")),
        )
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"contents": [b"one", b"Two"]},
        {"contents": [b"two", b"one"]},
        {"contents": [b"one"]},
        {"contents": [b"one", b"two", b""]},
        {"unreferenced": [b"Three"]},
        {"unreferenced": []},
        {"facts": [{"name": "Nachtrag.pdf"}]},
        {"facts": [{"name": None}]},
        {"transfers": ()},
        {"transfers": (Transfer("Vertrag", (Field("Vertragsnummer", "V-4712", ""),)),)},
        {"transfers": (Transfer("Vertrag", (Field("Nummer", "V-4711", ""),)),)},
        {"transfers": (Transfer("Schaden", (Field("Vertragsnummer", "V-4711", ""),)),)},
        {"listed": "4712"},
    ],
    ids=str,
)
def test_other_contents_have_another_digest(layout, practice, other):
    def _digest(*, contents=(b"one", b"two"), unreferenced=(b"three",), listed="4711", **said):
        shipment = msgspec.structs.replace(practice["LISTED"], id=listed)
        _, fetched = practice["receive"](layout, *contents, unreferenced=unreferenced, listed=shipment, **said)
        return content_digest(fetched)

    assert _digest(**other) != _digest()
    assert _digest(**other) == _digest(**other)


def test_two_links_are_told_apart(layout, practice):
    _, fetched = practice["receive"](layout, b"")
    digests = {
        content_digest(replace(fetched, files=(replace(fetched.files[0], part=None, link=link),)))
        for link in ("https://files.example/1", "https://files.example/2")
    }
    assert len(digests) == 2


TWO_AT_ONCE = """
import sys, threading
from bipro_sync.archive import Manifest

data = open(sys.argv[1], "rb").read()
read, in_the_middle, over = [], threading.Event(), threading.Event()

def pause(frame, event, _):
    if frame.f_code.co_name == "get_dataclass_info" and not in_the_middle.is_set():
        in_the_middle.set()
        over.wait()

def first():
    sys.setprofile(pause)
    read.append(Manifest.decode(data))
    in_the_middle.set()

thread = threading.Thread(target=first)
thread.start()
in_the_middle.wait()
read.append(Manifest.decode(data))
over.set()
thread.join()
print(len(set(map(id, read))), read[0] == read[1])
"""


def test_the_first_manifest_of_a_process_may_be_read_by_two_threads_at_once(manifest, tmp_path):
    """The one is stopped where msgspec, preparing the type, would call Python, and so let the other one run."""
    (tmp_path / "manifest.json").write_bytes(manifest.encode())
    command = [sys.executable, "-c", TWO_AT_ONCE, tmp_path / "manifest.json"]
    child = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (child.returncode, child.stdout) == (0, "2 True\n"), child.stderr
