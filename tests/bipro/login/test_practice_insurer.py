"""Every login against the practice insurer, which shares no code with the client and checks as a strict one does."""

from __future__ import annotations

import pytest

from bipro_sync.bipro import (
    BiproClient,
    CertificateLogin,
    Connection,
    HubLogin,
    PasswordLogin,
    SignatureLogin,
    TgicLogin,
    TlsLogin,
    WireForm,
)
from bipro_sync.bipro.pkcs12 import load_pkcs12
from bipro_sync.errors import LoginRefusedError
from bipro_sync.model.ports import LoginVerdict, Operation, Outcome, SystemClock
from bipro_sync.model.secret import Secret
from bipro_sync.sandbox.process import serve

from ..recorders import Gate, Observer


SCENARIO = """
[account]
username = "MAKLER-0815"
password = "geheim-erfunden"
login = "{login}"

[[shipment]]
id = "L-1"
category = "100007000"
"""
SERVICE = "http://www.tgic.de/practice/test/TransferService/2.6.1.1.0"


def tgic(insurer, certificate):
    proof = {"certificate": certificate} if certificate else {"password": Secret("geheim-erfunden")}
    return TgicLogin(url=insurer.tgic_url, service_id=SERVICE, user_id="MAKLER-0815", **proof)


LOGINS = {
    "password": lambda _insurer, _certificate: PasswordLogin("MAKLER-0815", Secret("geheim-erfunden")),
    "certificate": lambda _insurer, certificate: CertificateLogin(certificate),
    "signature": lambda _insurer, certificate: SignatureLogin(certificate),
    "tls": lambda _insurer, certificate: TlsLogin(certificate),
    "tgic": tgic,
}


class Visit:
    """A client's visit to a practice insurer, and what was heard of it."""

    def __init__(self, insurer, login, *, file="client.p12", form=None, key=None):
        self.observer, self.gate = Observer(), Gate()
        certificate = None
        if insurer.client_p12:
            certificate = load_pkcs12(insurer.client_p12.with_name(file).read_bytes(), Secret("practice"))
        connection = Connection(
            insurer="muster",
            account="konto",
            sts_url=insurer.sts_url,
            transfer_url=insurer.transfer_url,
            bipro_version="2.6.1.1.0",
            ca_file=str(insurer.ca_file),
            form=WireForm(sts_version="2.6.1.1.0", **(form or {})),
        )
        self.client = BiproClient(
            connection,
            LOGINS[login](insurer, certificate),
            hub=key and HubLogin(insurer.hub_url, Secret(key)),
            observer=self.observer,
            gate=self.gate,
            clock=SystemClock(),
        )

    def listed(self):
        """The ids listed, after which the visit is over."""
        try:
            return [shipment.id for shipment in self.client.list_shipments().shipments]
        finally:
            self.client.close()


@pytest.fixture
def start(tmp_path):
    """Start a practice insurer that wants this login."""

    def start(login, more=""):
        scenario = tmp_path / "scenario.toml"
        scenario.write_text(SCENARIO.format(login=login) + more)
        return serve(scenario, tmp_path / "insurer")

    return start


@pytest.mark.parametrize("login", LOGINS)
def test_each_login_is_taken(start, login):
    with start(login) as insurer:
        visit = Visit(insurer, login)
        assert visit.listed() == ["L-1"]
    assert visit.gate.verdicts == [LoginVerdict.ACCEPTED]


@pytest.mark.parametrize("login", ["signature", "tgic"])
@pytest.mark.parametrize("skew", [-600, 600])
def test_a_clock_that_is_ten_minutes_off_is_no_obstacle(start, login, skew):
    with start(login, f"[http]\nclock_skew = {skew}\n") as insurer:
        visit = Visit(insurer, login)
        assert visit.listed() == ["L-1"]
    assert visit.client.clock_skew == pytest.approx(skew, abs=2)


def test_the_tgic_takes_a_certificate_and_may_answer_with_a_collection(start):
    with start("tgic", '[tgic]\nproof = "certificate"\ncollection = true\n') as insurer:
        assert Visit(insurer, "tgic").listed() == ["L-1"]


def test_a_session_is_ended(start):
    with start("password", "[sts]\ncancel = true\n") as insurer:
        visit = Visit(insurer, "password", form={"sts_cancels": True})
        assert visit.listed() == ["L-1"]
        assert [call["operation"] for call in insurer.calls()] == ["login", "listShipments", "cancel"]
    assert [each.outcome for each in visit.observer.of(Operation.CANCEL)] == [Outcome.OK]


@pytest.mark.parametrize("login", ["password", "signature", "tls"])
def test_a_hub_stands_before_every_service(start, login):
    with start(login, '[hub]\napi_key = "erfunden"\n') as insurer:
        assert Visit(insurer, login, key="erfunden").listed() == ["L-1"]
        with pytest.raises(LoginRefusedError, match="the hub's key"):
            Visit(insurer, login, key="falsch").listed()


@pytest.mark.parametrize("login", ["certificate", "signature", "tls"])
def test_a_certificate_of_another_authority_is_refused(start, login):
    with start(login) as insurer:
        visit = Visit(insurer, login, file="client-foreign.p12")
        with pytest.raises(LoginRefusedError):
            visit.listed()
    assert visit.gate.verdicts == [LoginVerdict.REFUSED]
