import hashlib
import json
from datetime import UTC, datetime

import msgspec
import pytest

from bipro_sync.archive import Archive, verify_archive
from bipro_sync.archive.tombstone import ErasedFile, Tombstone, tombstone_at
from bipro_sync.errors import IntegrityError


def erased(layout, stored, *names):
    """Erases these files of a shipment as docs/erasure.md says it will be done; returns the tombstone's file."""
    directory = layout.root / stored.path
    directory.chmod(0o700)
    gone = []
    for name in names:
        data = (directory / name).read_bytes()
        gone.append(ErasedFile(stored=name, size=len(data), sha256=hashlib.sha256(data).hexdigest()))
        (directory / name).unlink()
    left = msgspec.structs.replace(
        stored.manifest,
        listed=(),
        delivered=(),
        transfers=(),
        files=tuple(file for file in stored.manifest.files if file.stored not in names),
    )
    tombstone = Tombstone(
        format=1,
        path=str(stored.path),
        manifest=left,
        manifest_sha256=stored.manifest_sha256,
        erased=tuple(gone),
        reason="art. 17 (1) d",
        by="u001",
        at=datetime(2026, 3, 2, tzinfo=UTC),
        audit_seq=4711,
    )
    file = layout.tombstones / f"{stored.path}.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(msgspec.json.encode(tombstone))
    if not list(directory.iterdir()):
        directory.rmdir()
    return file


EVERYTHING = ("01-File.pdf", "02-File.bin", "envelope.xml", "manifest.json")


@pytest.fixture
def stored(layout, practice):
    practice["store"](layout, path=layout.shipment_path("muster", "4712", practice["NOW"]))
    return practice["store"](layout, b"%PDF-1.7", b"other")


@pytest.mark.parametrize("names", [EVERYTHING, EVERYTHING[1:]], ids=["all", "all but a file"])
def test_what_was_erased_by_law_is_no_finding_and_what_is_left_is_compared_still(layout, stored, names):
    path = str(stored.path)
    erased(layout, stored, *names)
    found = verify_archive(layout)
    assert (found.findings, found.shipments) == ((), 2)
    assert found.digests[path] == stored.manifest_sha256, "the catalogue knows it by what was stored"
    if names != EVERYTHING:
        file = layout.root / path / "01-File.pdf"
        file.chmod(0o600)
        file.write_bytes(b"%PDF-1.6")
        (finding,) = verify_archive(layout).findings
        assert (finding.path, "does not hold the bytes" in finding.problem) == (path, True)


def test_bytes_that_lie_there_though_they_have_a_tombstone_are_a_finding(layout, stored):
    erased(layout, stored, *EVERYTHING[1:])
    (layout.root / stored.path / "envelope.xml").write_bytes(b"back again")
    (finding,) = verify_archive(layout).findings
    assert finding.problem == f"{stored.path}/envelope.xml has a tombstone, and was not erased."


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: b"{",
        lambda text: text.replace(b'"format":1', b'"format":2', 1),
        lambda text: text.replace(b'"path":"', b'"path":"other', 1),
        lambda text: json.dumps({key: value for key, value in json.loads(text).items() if key != "erased"}).encode(),
    ],
    ids=["garbage", "another format", "another shipment", "incomplete"],
)
def test_a_tombstone_that_cannot_be_believed_is_a_finding(layout, stored, damage):
    file = erased(layout, stored, *EVERYTHING)
    file.write_bytes(damage(file.read_bytes()))
    (finding,) = verify_archive(layout).findings
    assert (finding.path, "tombstone" in finding.problem) == (str(stored.path), True)
    with pytest.raises(IntegrityError):
        tombstone_at(layout, stored.path)


def test_without_a_tombstone_what_is_gone_is_missing(layout, stored):
    file = erased(layout, stored, *EVERYTHING[1:])
    file.unlink()
    assert len(verify_archive(layout).findings) == 1


def test_an_erased_shipment_is_never_read_back_as_if_it_were_whole(layout, stored):
    erased(layout, stored, *EVERYTHING)
    with pytest.raises(IntegrityError):
        Archive(layout).read_back(stored.path)
