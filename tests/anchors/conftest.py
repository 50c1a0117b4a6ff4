import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bipro_sync.anchors.delivery import Delivery
from bipro_sync.audit import AuditLog, RecordType, Session
from bipro_sync.audit.anchoring import AnchorMemory
from bipro_sync.audit.key_file import make_key, read_key
from bipro_sync.audit.note_files import note_name
from bipro_sync.config import CommandAnchor, DirectoryAnchor, StampAnchor
from bipro_sync.config.schema import AuditSection

from ..time_stamp_authority import Authority


NOTE = "bipro-sync\n3\nroot\n\n\N{EM DASH} bipro-sync AAAAAAAA\n".encode()


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self):
        self.moment = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def pass_by(self, **distance):
        self.moment += timedelta(**distance)

    def now(self):
        return self.moment

    def monotonic(self):
        return 0.0


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def log(tmp_path):
    """The directory of an audit log."""
    return tmp_path / "audit"


@pytest.fixture
def delivery(tmp_path):
    """A delivery of the checkpoint of so many records, with those before it."""
    kept = tmp_path / "audit/checkpoints"
    kept.mkdir(parents=True)

    def _delivery(size, *, memory=None, note=None):
        text = note or NOTE.replace(b"\n3\n", b"\n%d\n" % size)
        (kept / note_name(size)).write_bytes(text)
        return Delivery("bipro-sync", size, text, kept, memory or AnchorMemory())

    return _delivery


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    """Two time-stamp authorities, the one that tests ask and another."""
    home = tmp_path_factory.mktemp("authorities")
    both = Authority(home / "one"), Authority(home / "other")
    yield both
    for each in both:
        each.close()


@pytest.fixture
def authority(authorities):
    """The authority that tests ask, answering as it should."""
    one = authorities[0]
    one.requests.clear()
    one.spoil, one.status = lambda answer: answer, 200
    return one


@pytest.fixture
def anchor(authority):
    """An anchor that asks this authority."""
    return StampAnchor(kind="rfc3161", url=authority.url, ca_file=str(authority.ca_file), name="tsa")


@pytest.fixture
def nas(tmp_path):
    """An anchor that is a directory."""
    (tmp_path / "nas").mkdir()
    return DirectoryAnchor(kind="directory", path=str(tmp_path / "nas"), name="nas")


@pytest.fixture
def program():
    """An anchor that is a program: these lines of Python, with *arguments*."""

    def _program(lines, *arguments, name="program"):
        words = [sys.executable, "-c", lines, *map(str, arguments)]
        return CommandAnchor(kind="command", command=words, name=name)

    return _program


@pytest.fixture
def section(tmp_path):
    """The section [audit] of a log that is signed with a key of its own."""

    def _section(*anchors, key="audit.key", **others):
        path = tmp_path / key
        if not path.exists():
            make_key(path, "bipro-sync")
        return AuditSection(**{"key": str(path), "anchors": anchors} | others)

    return _section


@pytest.fixture
def verifier():
    """The public half of a section's key."""
    return lambda section: read_key(Path(section.key)).verifier


@pytest.fixture
def opened(log, clock):
    """Opens the audit log, which may be done several times."""
    logs = []
    session = Session(
        run="run-1",
        actor="schedule",
        principal=None,
        principal_name=None,
        role=None,
        responsible="u001",
        os_user="bipro-sync",
        software="bipro-sync 0.1.0",
    )

    def _opened(records=0):
        one = AuditLog(log, session=session, clock=clock)
        logs.append(one)
        for number in range(records):
            one.write(RecordType.READ, insurer="alpha", detail=f"record {number}")
        return one

    yield _opened
    for one in logs:
        one.close()
