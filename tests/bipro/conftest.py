"""A client of the wire, a scripted insurer on a real socket, and recorders for each seam between."""

from __future__ import annotations

import pytest

from bipro_sync.bipro import BiproClient, Connection, PasswordLogin, WireForm
from bipro_sync.bipro.calls.line import Line
from bipro_sync.bipro.calls.pause import never
from bipro_sync.model.secret import Secret

from .fixtures import PASSWORD, token_answer
from .insurer import Insurer
from .recorders import Clock, Gate, Observer, RealClock, Sink


class House:
    """A client, its server, and every seam's recorder."""

    def __init__(self, tls=None, clock=None):
        self.observer = Observer()
        self.gate = Gate()
        self.clock = clock or Clock()
        self.sink = Sink()
        self.insurer = Insurer(self.observer, tls)
        self.clients = []

    def connection(self, form=None, **options):
        """A connection that repeats nothing, unless *most_retries* says so."""
        settings = {
            "insurer": "muster",
            "account": "konto",
            "sts_url": self.insurer.url("/sts?key=1"),
            "transfer_url": self.insurer.url("/transfer"),
            "bipro_version": "2.6.1.1.0",
            "consumer_id": "ABC_12345",
            "form": WireForm(**(form or {})),
            "most_retries": 0,
        }
        return Connection(**(settings | options))

    def client(self, form=None, *, login=None, hub=None, stop=never, shelf=None, **options):
        client = BiproClient(
            self.connection(form, **options),
            login or PasswordLogin("MAKLER-0815", Secret(PASSWORD)),
            hub=hub,
            observer=self.observer,
            gate=self.gate,
            clock=self.clock,
            shelf=shelf,
            stop=stop,
            sleep=self.clock.sleep,
        )
        self.clients.append(client)
        return client

    def line(self, *, certificate=None, **options):
        line = Line(self.connection(**options), self.observer, self.clock, certificate=certificate)
        self.clients.append(line)
        return line

    def script(self, *steps):
        self.insurer.script.extend(steps)

    def close(self):
        for client in self.clients:
            client.close()
        self.insurer.close()
        assert len(self.observer.outcomes) == len(self.observer.intents)
        assert len(self.gate.verdicts) == len(self.gate.attempts)


@pytest.fixture
def house():
    house = House()
    yield house
    house.close()


@pytest.fixture
def house_in_time():
    """A house whose clock is this machine's."""
    house = House(clock=RealClock())
    yield house
    house.close()


@pytest.fixture
def signed_in(house):
    """A house whose first step is a login that works."""
    house.script(token_answer())
    return house
