from datetime import UTC, datetime

import pytest

from bipro_sync.model.condition import Condition, Level, Matter
from bipro_sync.notify.news import News

from ..receivers import MailServer, WebServer


NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def mail_server(tmp_path):
    """Opens mail servers."""
    opened = []

    def _open(scheme="smtps", **options):
        opened.append(MailServer(tmp_path / f"mail-{len(opened)}", scheme, **options))
        return opened[-1]

    yield _open
    for server in opened:
        server.close()


@pytest.fixture
def web(tmp_path):
    server = WebServer(tmp_path / "web")
    yield server
    server.close()


@pytest.fixture
def secret(tmp_path):
    """Puts a secret into a file; returns the reference to it."""

    def _secret(text):
        path = tmp_path / f"secret-{len(list(tmp_path.iterdir()))}"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o400)
        return {"file": str(path)}

    return _secret


def quarantine(count=1, insurer="muster"):
    return Condition(
        matter=Matter.QUARANTINE,
        level=Level.WARNING,
        insurer=insurer,
        weight=count,
        facts={"count": str(count), "since": "2026-03-01T08:00:00+00:00"},
    )


@pytest.fixture
def news():
    return News(at=NOW, new=(quarantine(),))
