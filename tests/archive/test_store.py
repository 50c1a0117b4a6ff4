import errno
import hashlib
import itertools
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from bipro_sync.archive import Archive
from bipro_sync.errors import IntegrityError, StorageError
from bipro_sync.model.kinds import Kind
from bipro_sync.model.shipment import Checksum


PDF = b"%PDF-1.7\n%%EOF\n"
GDV = b"000199999Absender"

ODD_NAMES = [
    "../../../etc/cron.d/police.pdf",
    "..",
    "/etc/passwd",
    "a\0b.pdf",
    "x" * 300 + ".pdf",
    "Rechnung\u202efdp.exe",
    "manifest.json",
    "envelope.xml",
    "01-File.pdf",
    "-rf",
    "C:\\police.pdf",
    "Müller & Söhne.pdf",
    "\n",
    "",
    None,
]


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def stored(layout, practice):
    """Stores a shipment of files with these contents and returns it with its directory."""

    def _stored(*contents, **facts):
        shipment = practice["store"](layout, *contents, **facts)
        return shipment, layout.root / shipment.path

    return _stored


def test_a_stored_shipment_holds_every_byte_its_envelope_and_its_manifest(layout, stored):
    shipment, directory = stored(PDF, GDV, b"", unreferenced=[b"extra"])
    assert str(shipment.path) == "shipments/muster/2026/03/4711"
    assert {path.name: path.read_bytes() for path in directory.iterdir() if path.name != "manifest.json"} == {
        "envelope.xml": b"<Envelope>as received</Envelope>",
        "01-File.pdf": PDF,
        "02-File.gdv": GDV,
        "03-File.bin": b"",
        "04-File.bin": b"extra",
    }
    manifest = (directory / "manifest.json").read_bytes()
    assert shipment.manifest_sha256 == hashlib.sha256(manifest).hexdigest()
    assert json.loads(manifest)["envelope_size"] == 32
    assert [(file.stored, file.transfer, file.name, file.kind) for file in shipment.manifest.files] == [
        ("01-File.pdf", 1, "Police.pdf", Kind.MAIL),
        ("02-File.gdv", 1, "Police.pdf", Kind.GDV_PORTFOLIO),
        ("03-File.bin", 1, "Police.pdf", Kind.MAIL),
        ("04-File.bin", 0, None, Kind.MAIL),
    ]
    assert list(layout.spool.iterdir()) == []


def test_a_shipment_without_files_is_stored_too(stored):
    shipment, directory = stored()
    assert {path.name for path in directory.iterdir()} == {"envelope.xml", "manifest.json"}
    assert shipment.manifest.files == ()


def test_everything_stored_is_read_only(stored):
    _, directory = stored(PDF)
    assert mode(directory) == 0o500
    assert {mode(path) for path in directory.iterdir()} == {0o400}


def test_stored_names_are_ours_and_the_insurers_are_data(layout, stored):
    shipment, _ = stored(*[PDF] * len(ODD_NAMES), facts=[{"name": name} for name in ODD_NAMES])
    assert [file.name for file in shipment.manifest.files] == ODD_NAMES
    assert [file.stored for file in shipment.manifest.files] == [
        f"{number:02d}-File.pdf" for number in range(1, len(ODD_NAMES) + 1)
    ]
    below = {path.relative_to(layout.root) for path in layout.root.rglob("*") if path.is_file()}
    assert {path.parent for path in below} == {Path(shipment.path)}
    assert len(below) == len(ODD_NAMES) + 2
    assert Archive(layout).read_back(shipment.path).manifest == shipment.manifest


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"document_types": ("100101",)}, "01-100101.pdf"),
        ({"document_types": ("../x", "100101")}, "01-100101.pdf"),
        ({"document_types": ("../x",), "file_type": "Police"}, "01-Police.pdf"),
        ({"document_types": ("Müller",), "file_type": "a/b"}, "01-File.pdf"),
        ({"document_types": ("",), "file_type": ""}, "01-File.pdf"),
        ({"document_types": ("-",)}, "01--.pdf"),
        ({"document_types": ("9" * 300,)}, f"01-{'9' * 60}.pdf"),
        ({"document_types": ("1\n",), "file_type": ".."}, "01-File.pdf"),
        ({"media_type": "application/zip", "name": "a.zip"}, "01-File.pdf"),
    ],
    ids=str,
)
def test_a_stored_name_is_number_document_type_and_what_the_bytes_are(stored, said, name):
    shipment, directory = stored(PDF, facts=[said])
    [file] = shipment.manifest.files
    assert file.stored == name
    assert (directory / name).read_bytes() == PDF
    assert file.media_type == "application/pdf"


def test_what_the_insurer_said_of_a_file_is_kept(stored):
    said = {
        "name": "Police.PDF",
        "media_type": "application/x-odd",
        "file_type": "PDF-1",
        "document_types": ("100101", "100102"),
        "compression": "none",
        "checksum": Checksum("MD5", "d41d8"),
        "link": "https://files.example/1",
        "transfer": 1,
    }
    shipment, _ = stored(PDF, facts=[said])
    [file] = shipment.manifest.files
    assert (file.name, file.declared_media_type, file.file_type) == ("Police.PDF", "application/x-odd", "PDF-1")
    assert (file.document_types, file.compression, file.transfer) == (("100101", "100102"), "none", 2)
    assert (file.checksum_algorithm, file.checksum, file.link) == ("MD5", "d41d8", "https://files.example/1")


def test_more_than_a_hundred_files_have_a_hundred_names(stored):
    contents = [str(number).encode() for number in range(120)]
    shipment, directory = stored(*contents)
    assert [(directory / file.stored).read_bytes() for file in shipment.manifest.files] == contents


def test_one_part_that_two_files_refer_to_is_stored_once(layout, practice):
    received, fetched = practice["receive"](layout, PDF, b"other")
    first, other = fetched.files
    fetched = replace(fetched, files=(first, replace(first, name="Copy.pdf"), other))
    path = layout.shipment_path("muster", "4711", practice["NOW"])
    shipment = Archive(layout).store(received, practice["draft"](fetched), fetched, path)
    assert [(file.stored, file.name) for file in shipment.manifest.files] == [
        ("01-File.pdf", "Police.pdf"),
        ("01-File.pdf", "Copy.pdf"),
        ("02-File.bin", "Police.pdf"),
    ]
    assert len(list((layout.root / path).iterdir())) == 4


def test_a_file_that_is_a_link_only_takes_no_place(layout, practice):
    received, fetched = practice["receive"](layout, PDF)
    link = replace(practice["FILE"], link="https://files.example/1")
    fetched = replace(fetched, files=(link, *fetched.files))
    path = layout.shipment_path("muster", "4711", practice["NOW"])
    shipment = Archive(layout).store(received, practice["draft"](fetched), fetched, path)
    assert [file.stored for file in shipment.manifest.files] == ["01-File.pdf"]


def test_an_answer_that_did_not_count_leaves_nothing_in_the_archive(layout, practice):
    received, fetched = practice["receive"](layout, PDF)
    practice["written"](received.envelope(), b"<cut")
    received.part().write(b"cut")
    path = layout.shipment_path("muster", "4711", practice["NOW"])
    Archive(layout).store(received, practice["draft"](fetched), fetched, path)
    assert {each.name for each in (layout.root / path).iterdir()} == {"manifest.json", "envelope.xml", "01-File.pdf"}


def test_what_is_stored_is_never_replaced_and_what_came_stays_in_the_spool(layout, practice, stored):
    shipment, directory = stored(PDF)
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in directory.iterdir()}
    received, fetched = practice["receive"](layout, b"other bytes")
    with pytest.raises(FileExistsError):
        Archive(layout).store(received, practice["draft"](fetched), fetched, shipment.path)
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in directory.iterdir()} == before
    beside = PurePosixPath("quarantine/muster/2026/03/4711~1")
    kept = Archive(layout).store(received, practice["draft"](fetched), fetched, beside)
    assert (layout.root / kept.path / "01-File.bin").read_bytes() == b"other bytes"


@pytest.mark.parametrize("name", ["01-File.pdf", "envelope.xml"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: b"",
        lambda content: content + b"\0",
        lambda content: bytes([content[0] ^ 1]) + content[1:],
    ],
    ids=["truncated", "emptied", "longer", "one bit"],
)
def test_reading_back_notices_other_bytes(layout, stored, name, damage):
    shipment, directory = stored(PDF)
    assert Archive(layout).read_back(shipment.path) == shipment
    file = directory / name
    file.chmod(0o600)
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(IntegrityError, match=re.escape(f"{shipment.path}/{name} does not hold the bytes")):
        Archive(layout).read_back(shipment.path)


@pytest.mark.parametrize("name", ["01-File.pdf", "envelope.xml", "manifest.json"])
def test_reading_back_notices_what_is_missing(layout, stored, name):
    shipment, directory = stored(PDF)
    directory.chmod(0o700)
    (directory / name).unlink()
    with pytest.raises(IntegrityError, match=re.escape(f"{shipment.path}/{name} is missing")):
        Archive(layout).read_back(shipment.path)


def test_reading_back_notices_a_shipment_that_is_gone(layout):
    with pytest.raises(IntegrityError, match="is missing"):
        Archive(layout).read_back(PurePosixPath("shipments/muster/2026/03/4711"))


def test_a_changed_manifest_has_another_digest_or_is_refused(layout, stored):
    shipment, directory = stored(PDF)
    file = directory / "manifest.json"
    file.chmod(0o600)
    file.write_bytes(file.read_bytes().replace(b"V-4711", b"V-4712"))
    assert Archive(layout).read_back(shipment.path).manifest_sha256 != shipment.manifest_sha256
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(IntegrityError, match="cannot be read"):
        Archive(layout).read_back(shipment.path)


ORDINARY_USER = """
import os, runpy, sys
from pathlib import Path
practice = runpy.run_path(sys.argv[1])
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
assert os.getuid() != 0
layout = practice["prepared"](Path(sys.argv[2]))
shipment = practice["store"](layout, b"%PDF-1.7", b"other", facts=[{"name": "../x"}])
directory = layout.root / shipment.path
refused = 0
for change in (
    lambda: (directory / "01-File.pdf").write_bytes(b"other"),
    lambda: (directory / "02-File.bin").unlink(),
    lambda: (directory / "manifest.json").rename(directory / "gone.json"),
    lambda: (directory / "new").touch(),
):
    try:
        change()
    except PermissionError:
        refused += 1
print(shipment.path, refused, practice["Archive"](layout).read_back(shipment.path) == shipment)
"""


def test_an_ordinary_user_stores_reads_back_and_can_change_nothing_afterwards():
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o777)
        child = subprocess.run(
            [sys.executable, "-c", ORDINARY_USER, Path(__file__).with_name("conftest.py"), f"{directory}/archive"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert child.returncode == 0, child.stderr
        assert child.stdout == "shipments/muster/2026/03/4711 4 True\n"


STORE = """
import runpy, sys
from pathlib import Path
practice = runpy.run_path(sys.argv[1])
layout = practice["prepared"](Path(sys.argv[2]))
practice["store"](layout, b"%PDF-1.7")
"""


def test_every_file_is_synced_before_the_one_rename_and_read_from_the_device_after_it(tmp_path, traced):
    found = traced(
        STORE,
        Path(__file__).with_name("conftest.py"),
        tmp_path,
        options=["-e", "trace=fsync,rename,fadvise64,read"],
    )
    target = f"{tmp_path}/shipments/muster/2026/03/4711"
    [appeared] = found.positions("rename", f'"{target}"')
    synced = [place for place in found.positions("fsync", f"<{tmp_path}/spool/") if place < appeared]
    assert len({found.calls[place][1] for place in synced}) == 4, "envelope, part, manifest, and their directory"
    assert any(place > appeared for place in found.positions("fsync", f"<{Path(target).parent}>"))
    for name in ("01-File.pdf", "envelope.xml", "manifest.json"):
        [dropped] = found.positions("fadvise64", f"<{target}/{name}>")
        assert appeared < dropped < found.positions("read", f"<{target}/{name}>")[0]


FULL = """
import json, runpy, subprocess, sys
from pathlib import Path
from bipro_sync.errors import StorageError
practice = runpy.run_path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", sys.argv[3], "tmpfs", sys.argv[2]], check=True)
layout = practice["prepared"](Path(sys.argv[2]))
received, fetched = practice["receive"](layout, b"%PDF-1.7")
filler = 0
try:
    while True:
        with (layout.root / f"filler-{filler}").open("wb", buffering=0) as file:
            file.write(bytes(4096))
        filler += 1
except OSError:
    pass
path = layout.shipment_path("muster", "4711", practice["NOW"])
try:
    practice["Archive"](layout).store(received, practice["draft"](fetched), fetched, path)
except StorageError as error:
    print(error.code, filler > 0, (layout.root / path).exists())
received.discard()
"""


@pytest.mark.parametrize("limit", ["size=256k", "nr_inodes=64"])
def test_a_shipment_that_finds_no_room_does_not_appear(tmp_path, limit):
    alone = ["unshare", "--map-root-user", "--mount"]
    possible = subprocess.run([*alone, "mount", "-t", "tmpfs", "tmpfs", tmp_path], capture_output=True, check=False)
    if possible.returncode:
        pytest.skip(f"no file system of our own may be mounted here: {possible.stderr.decode().strip()}")
    child = subprocess.run(
        [*alone, sys.executable, "-c", FULL, Path(__file__).with_name("conftest.py"), tmp_path, limit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    assert child.stdout == "disk-full True False\n"


def test_what_a_failed_fsync_may_not_have_made_durable_is_found_by_no_later_run(layout, practice, monkeypatch):
    path = layout.shipment_path("muster", "4711", practice["NOW"])
    whole = os.fsync
    fired = 0
    for doomed in range(40):
        done = itertools.count()

        def failing(descriptor, doomed=doomed, done=done):
            if next(done) == doomed:
                raise OSError(errno.EIO, "Input/output error")
            whole(descriptor)

        received, fetched = practice["receive"](layout, PDF, b"other")
        draft = practice["draft"](fetched)
        with monkeypatch.context() as device:
            device.setattr(os, "fsync", failing)
            try:
                Archive(layout).store(received, draft, fetched, path)
            except StorageError:
                fired += 1
            else:
                break
        assert not (layout.root / path).exists()
        assert layout.stored_path("muster", "4711") is None
    assert fired == doomed > 2, "each fsync was reached and has failed once"
    assert Archive(layout).read_back(path).manifest.files


def test_what_a_dead_run_published_is_made_durable_before_it_is_believed(layout, practice, monkeypatch):
    path = practice["store"](layout, PDF).path
    (layout.root / path).chmod(0o700)
    synced = []
    whole = os.fsync

    def watched(descriptor):
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        whole(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    stored = Archive(layout).adopt(path)
    assert stored.path == path
    directory = layout.root / path
    expected = {str(each) for each in (*directory.iterdir(), directory, *directory.parents)}
    assert {name for name in expected if name.startswith(str(layout.root))} <= set(synced)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o500
