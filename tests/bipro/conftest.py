"""A client of the wire, a scripted insurer on a real socket, and recorders for each seam between."""

from __future__ import annotations

import pytest

from bipro_sync.bipro import BiproClient, Connection, PasswordLogin, WireForm
from bipro_sync.model.secret import Secret

from .fixtures import PASSWORD, token_answer
from .insurer import Insurer
from .recorders import Clock, Gate, Observer, Sink


class House:
    """A client, its server, and every seam's recorder."""

    def __init__(self, tls=None):
        self.observer = Observer()
        self.gate = Gate()
        self.clock = Clock()
        self.sink = Sink()
        self.insurer = Insurer(self.observer, tls)
        self.clients = []

    def client(self, form=None, **options):
        settings = {
            "insurer": "muster",
            "account": "konto",
            "sts_url": self.insurer.url("/sts?key=1"),
            "transfer_url": self.insurer.url("/transfer"),
            "bipro_version": "2.6.1.1.0",
            "consumer_id": "ABC_12345",
            "form": WireForm(**(form or {})),
        }
        client = BiproClient(
            Connection(**(settings | options)),
            PasswordLogin("MAKLER-0815", Secret(PASSWORD)),
            observer=self.observer,
            gate=self.gate,
            clock=self.clock,
        )
        self.clients.append(client)
        return client

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
def signed_in(house):
    """A house whose first step is a login that works."""
    house.script(token_answer())
    return house
