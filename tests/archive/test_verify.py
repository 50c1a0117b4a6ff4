import hashlib
import os
import shutil

import pytest

from bipro_sync.archive import Subset, verify_archive


@pytest.fixture
def filled(layout, practice):
    """An archive of three shipments, one of them in the quarantine; returns the directory of the first."""
    first = practice["store"](layout, b"%PDF-1.7", b"other")
    practice["store"](layout, path=layout.shipment_path("muster", "4712", practice["NOW"]))
    practice["store"](layout, b"odd", path=layout.quarantine_path("zweite", "../4713", practice["NOW"]))
    directory = layout.root / first.path
    directory.chmod(0o700)
    for file in directory.iterdir():
        file.chmod(0o600)
    return directory


def problems(layout):
    return [(finding.path, finding.problem) for finding in verify_archive(layout).findings]


def test_an_empty_archive_is_whole(layout):
    found = verify_archive(layout)
    assert (found.shipments, found.files, found.bytes, found.findings, found.digests) == (0, 0, 0, (), {})


def test_a_whole_archive_has_no_finding_and_every_byte_counts(layout, filled):
    found = verify_archive(layout)
    files = [path for path in layout.root.rglob("*") if path.is_file()]
    manifests = {path: path.read_bytes() for path in files if path.name == "manifest.json"}
    assert found.findings == ()
    assert (found.shipments, found.files) == (3, len(files))
    assert found.bytes == sum(path.stat().st_size for path in files if path not in manifests)
    assert found.digests == {
        str(path.parent.relative_to(layout.root)): hashlib.sha256(data).hexdigest() for path, data in manifests.items()
    }


@pytest.mark.parametrize(
    ("name", "damage", "problem"),
    [
        ("01-File.pdf", lambda file: file.write_bytes(b"%PDF-1.6"), "does not hold the bytes that were received"),
        ("01-File.pdf", lambda file: os.truncate(file, 4), "does not hold the bytes that were received"),
        ("envelope.xml", lambda file: file.write_bytes(b""), "does not hold the bytes that were received"),
        ("02-File.bin", lambda file: file.unlink(), "is missing"),
        ("envelope.xml", lambda file: file.unlink(), "is missing"),
        ("manifest.json", lambda file: file.unlink(), "is missing"),
        ("02-File.bin", lambda file: (file.unlink(), file.mkdir()), "is missing"),
    ],
)
def test_a_damaged_file_is_named_and_the_others_are_still_verified(layout, filled, name, damage, problem):
    damage(filled / name)
    path = str(filled.relative_to(layout.root))
    assert problems(layout) == [(path, f"{path}/{name} {problem}.")]
    found = verify_archive(layout)
    assert found.shipments == 2
    assert path not in found.digests


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[" * 100_000, b"\0" * 100])
def test_an_unreadable_manifest_is_a_finding(layout, filled, content):
    (filled / "manifest.json").write_bytes(content)
    [(path, problem)] = problems(layout)
    assert path == str(filled.relative_to(layout.root))
    assert problem.startswith("A manifest cannot be read")


def test_a_file_that_no_manifest_names_is_a_finding(layout, filled):
    for name in (".hidden", "03-File.pdf"):
        (filled / name).touch()
    (filled / "folder").mkdir()
    path = str(filled.relative_to(layout.root))
    assert problems(layout) == [
        (path, f"{name} is no part of the shipment.") for name in (".hidden", "03-File.pdf", "folder")
    ]


def test_something_among_the_shipments_that_is_none_is_a_finding(layout, filled):
    (filled.parent / "empty").mkdir()
    (filled.parent / "stray.pdf").write_bytes(b"%PDF-1.7")
    assert [path.rpartition("/")[2] for path, _ in problems(layout)] == ["empty", "stray.pdf"]


def test_what_lies_in_the_quarantine_is_verified_too(layout, filled):
    [file] = layout.quarantine.rglob("01-File.bin")
    file.chmod(0o600)
    file.write_bytes(b"odd, and more")
    [(path, problem)] = problems(layout)
    assert path.startswith("quarantine/zweite/2026/03/%2E.%2F4713~")
    assert problem == f"{path}/01-File.bin does not hold the bytes that were received."


def test_a_manifest_changed_with_its_file_still_shows_in_the_digest(layout, filled):
    path = str(filled.relative_to(layout.root))
    before = verify_archive(layout).digests[path]
    other = hashlib.sha256(b"%PDF-1.6").hexdigest().encode()
    old = hashlib.sha256(b"%PDF-1.7").hexdigest().encode()
    (filled / "01-File.pdf").write_bytes(b"%PDF-1.6")
    manifest = filled / "manifest.json"
    assert old in manifest.read_bytes()
    manifest.write_bytes(manifest.read_bytes().replace(old, other))
    found = verify_archive(layout)
    assert found.findings == ()
    assert found.digests[path] != before


def test_a_shipment_that_is_gone_has_no_digest(layout, filled):
    path = str(filled.relative_to(layout.root))
    assert path in verify_archive(layout).digests
    shutil.rmtree(filled)
    assert path not in verify_archive(layout).digests


def test_verifying_changes_nothing(layout, filled):
    def _everything():
        return {path: (path.stat().st_mtime_ns, path.stat().st_mode) for path in layout.root.rglob("*")}

    (filled / "01-File.pdf").write_bytes(b"damaged")
    before = _everything()
    assert problems(layout)
    assert _everything() == before


@pytest.mark.parametrize("of", [1, 2, 3, 7])
def test_the_parts_of_an_archive_cover_everything_exactly_once_and_for_good(layout, filled, of):
    whole = verify_archive(layout)
    parts = [verify_archive(layout, Subset(number, of)) for number in range(1, of + 1)]
    assert sorted(path for part in parts for path in part.digests) == sorted(whole.digests)
    assert sum(part.files for part in parts) == whole.files
    assert sum(part.bytes for part in parts) == whole.bytes
    assert [part.digests for part in parts] == [
        verify_archive(layout, Subset(number, of)).digests for number in range(1, of + 1)
    ]


def test_a_shipment_belongs_to_the_same_part_in_every_version_and_on_every_machine():
    paths = [f"shipments/muster/2026/03/{number}" for number in range(8)]
    assert [[n for n in (1, 2, 3) if Subset(n, 3).holds(path)] for path in paths] == [[int(n)] for n in "21123333"]


def test_a_difference_is_found_by_the_part_it_belongs_to_and_by_no_other(layout, filled):
    (filled / "01-File.pdf").write_bytes(b"%PDF-1.6")
    path = str(filled.relative_to(layout.root))
    for number in (1, 2, 3):
        part = Subset(number, 3)
        assert bool(verify_archive(layout, part).findings) is part.holds(path)
