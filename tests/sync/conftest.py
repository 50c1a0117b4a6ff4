from datetime import UTC, datetime, timedelta

import pytest

from ..bipro.fixtures import answer, token_answer
from ..bipro.insurer import Insurer
from ..bipro.recorders import Observer


NAMESPACES = " ".join(
    f'xmlns:{prefix}="http://www.bipro.net/namespace/{name}"'
    for prefix, name in {"t": "transfer", "n": "nachrichten", "a": "allgemein", "g": "gevo"}.items()
)


class TestClock:
    """A clock that goes on only when it is told to."""

    __test__ = False

    def __init__(self, moment):
        self.moment = moment
        self.seconds = 0.0

    def now(self):
        return self.moment

    def monotonic(self):
        return self.seconds

    def advance(self, **distance):
        passed = timedelta(**distance)
        self.moment += passed
        self.seconds += passed.total_seconds()


@pytest.fixture
def clock():
    return TestClock(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))


class Scripted:
    """An office whose insurer answers a login, and then what the test says."""

    def __init__(self, office):
        self.office = office
        self.insurer = Insurer(Observer())
        office.configure(sts_url=self.insurer.url("/sts"), transfer_url=self.insurer.url("/transfer"))

    def will_say(self, *answers):
        self.insurer.script.extend([token_answer(), *answers])

    @staticmethod
    def said(operation, shipment, *messages):
        """An answer of StatusID OK with one shipment, and these messages (kind, code, text)."""
        more = "".join(
            f"<n:Meldung><n:ArtID>{kind}</n:ArtID><n:MeldungID>{code}</n:MeldungID><n:Text>{text}</n:Text></n:Meldung>"
            for kind, code, text in messages or [("Hinweis", "04000", "erfunden")]
        )
        status = (
            "<n:ProzessID>p-1</n:ProzessID><n:Zeitstempel>2026-03-02T09:00:05</n:Zeitstempel><n:StatusID>OK</n:StatusID>"
            f"<n:Schwebe>false</n:Schwebe>{more}"
        )
        lieferung = f"<t:Lieferung>{shipment}</t:Lieferung>"
        body = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
            f"<t:{operation}Response {NAMESPACES}><t:Response><n:BiPROVersion>2.6.1.1.0</n:BiPROVersion>"
            f"<n:Status>{status}</n:Status>{lieferung}</t:Response></t:{operation}Response></e:Body></e:Envelope>"
        )
        return answer(body.encode())


@pytest.fixture
def scripted(office):
    opened = Scripted(office)
    yield opened
    opened.insurer.close()
