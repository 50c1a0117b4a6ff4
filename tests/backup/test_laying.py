import hashlib
from datetime import UTC, datetime

import pytest

from bipro_sync.archive import Layout
from bipro_sync.backup.index import FORMAT, Backup, KeptMonth, KeptPack, KeptSegment, KeptShipment, written
from bipro_sync.backup.laying import lay_out
from bipro_sync.backup.packing import Member, packed
from bipro_sync.backup.target import Marker, Target, begin, marker_of
from bipro_sync.errors import IntegrityError


@pytest.fixture
def target(tmp_path):
    (tmp_path / "backup").mkdir()
    begin(tmp_path / "backup", Marker(format=FORMAT, name="n", environment="test"), None)
    return Target(tmp_path / "backup", marker_of(tmp_path / "backup"))


def backup_of(target, *, month="shipments/a/2026/03", shipment="X", file="f", packed_as="state/x", segment="s.jsonl"):
    pack, _ = target.put(packed([Member(file, 0o600, b"content")]))
    listing, _ = target.put([written([KeptShipment(name=shipment, object=pack)])])
    state, _ = target.put(packed([Member(packed_as, 0o600, b"state")]))
    log, _ = target.put([b"line\n"])
    return Backup(
        format=FORMAT,
        name="b",
        made_at=datetime(2026, 11, 22, tzinfo=UTC),
        software="",
        environment="test",
        configuration="",
        records=0,
        log_ts="",
        segments=(KeptSegment(name=segment, size=5, object=log),),
        packs=(KeptPack(path="state", object=state, state=""),),
        months=(KeptMonth(path=month, object=listing, shipments=1),),
        missing=(),
    )


def test_an_honest_backup_is_laid_out(target, tmp_path):
    laid = lay_out(target, backup_of(target), Layout(tmp_path / "archive"), step=lambda _: None)
    assert (laid.shipments, laid.findings) == (1, [])
    assert (tmp_path / "archive/shipments/a/2026/03/X/f").read_bytes() == b"content"
    assert (tmp_path / "archive/state/x").read_bytes() == b"state"


@pytest.mark.parametrize(
    "trick",
    [
        {"month": "../shipments"},
        {"month": "/etc"},
        {"month": "state/a"},
        {"shipment": "../../../../../outside"},
        {"packed_as": "../outside"},
        {"packed_as": "/tmp/outside"},
        {"packed_as": "shipments/a/2026/03/X/g"},
        {"segment": "../../outside"},
    ],
)
def test_no_index_leads_out_of_the_archive_whoever_has_written_it(target, tmp_path, trick):
    with pytest.raises(IntegrityError):
        lay_out(target, backup_of(target, **trick), Layout(tmp_path / "archive"), step=lambda _: None)
    assert {path.name for path in tmp_path.iterdir()} <= {"backup", "archive"}


@pytest.mark.parametrize("name", ["../f", "/f", "inside/f", "..", "."])
def test_no_file_of_a_shipment_leads_out_of_its_directory(target, tmp_path, name):
    laid = lay_out(target, backup_of(target, file=name), Layout(tmp_path / "archive"), step=lambda _: None)
    assert (laid.shipments, len(laid.findings)) == (0, 1)


def test_an_object_is_named_by_what_it_holds_and_written_once(target):
    name, size = target.put([b"one", b"two"])
    assert name == hashlib.sha256(b"onetwo").hexdigest()
    assert (size, target.put([b"onet", b"wo"])) == (6, (name, 0))
    assert list((target.root / "drafts").iterdir()) == []
