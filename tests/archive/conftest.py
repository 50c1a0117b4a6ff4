import os
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bipro_sync.archive import MANIFEST_FORMAT, Archive, Layout, Manifest, Spool, content_digest, transfers_of
from bipro_sync.model.kinds import Kind
from bipro_sync.model.shipment import FetchedShipment, Field, ListedShipment, ReceivedFile, Status, Transfer


NOW = datetime(2026, 3, 31, 23, 30, 15, 123456, tzinfo=UTC)
NAMESPACE = "http://practice.example/transfer"

LISTED = ListedShipment(
    id="4711",
    category="100007000",
    posted_at=datetime(2026, 3, 1, 17, 30, tzinfo=UTC),
    available_until=date(2026, 6, 1),
    delivery_type=None,
    data_only=False,
    periodic=None,
    line="050",
    transfer_count=1,
    fields=(Field("ID", "4711", NAMESPACE), Field("Kategorie", "100007000", NAMESPACE)),
)

FILE = ReceivedFile(
    part=None,
    transfer=0,
    name="Police.pdf",
    media_type="application/pdf",
    file_type=None,
    document_types=(),
    compression=None,
    checksum=None,
    link=None,
)

TRANSFERS = (Transfer("Vertrag", (Field("Vertragsnummer", "V-4711", NAMESPACE),)),)


def written(writer, content):
    writer.write(content)
    return writer.finish()


def receive(layout, *contents, facts=(), unreferenced=(), transfers=TRANSFERS, listed=LISTED):
    """Receives a shipment of files with these contents; *facts* are what the insurer says of each, in their order."""
    received = Spool(layout.spool, reserve=0).open(keep_reserve=False)
    facts = [*facts, *[{}] * (len(contents) - len(facts))]
    fetched = FetchedShipment(
        status=Status(ok=True, status_id="OK", process_id="p-1", timestamp="2026-03-31T23:30:00Z", messages=()),
        listed=listed,
        transfers=transfers,
        envelope=written(received.envelope(), b"<Envelope>as received</Envelope>"),
        files=tuple(
            replace(FILE, part=written(received.part(), content), **said)
            for content, said in zip(contents, facts, strict=True)
        ),
        unreferenced=tuple(written(received.part(), content) for content in unreferenced),
        response_sha256="ab" * 32,
        received=4096,
    )
    return received, fetched


def draft(fetched, **facts):
    """The manifest of a received shipment before the archive names its files."""
    return Manifest(
        **{
            "format": MANIFEST_FORMAT,
            "insurer": "muster",
            "account": "muster",
            "profile": "generic",
            "environment": "test",
            "shipment": fetched.listed.id,
            "kind": Kind.MAIL,
            "listed": fetched.listed.fields,
            "delivered": fetched.listed.fields,
            "status": fetched.status,
            "transfers": transfers_of(fetched.transfers),
            "files": (),
            "envelope_sha256": fetched.envelope.sha256,
            "envelope_size": fetched.envelope.size,
            "response_sha256": fetched.response_sha256,
            "response_size": fetched.received,
            "content_sha256": content_digest(fetched),
            "stored_at": NOW,
            "software": "bipro-sync 0.1.0",
        }
        | facts
    )


def store(layout, *contents, path=None, **facts):
    """Receives and stores a shipment; *facts* as in `receive`."""
    received, fetched = receive(layout, *contents, **facts)
    path = path or layout.shipment_path("muster", fetched.listed.id, NOW)
    return Archive(layout).store(received, draft(fetched), fetched, path)


def prepared(root):
    layout = Layout(root)
    layout.prepare()
    return layout


@pytest.fixture
def layout(tmp_path):
    return prepared(tmp_path / "archive")


@pytest.fixture
def elsewhere(tmp_path):
    """A directory on another file system than the archive's."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system to write to")
    with tempfile.TemporaryDirectory(dir=memory) as directory:
        yield Path(directory)


@pytest.fixture
def practice():
    """The functions above and their material, for tests and for the processes that they start."""
    return globals()
