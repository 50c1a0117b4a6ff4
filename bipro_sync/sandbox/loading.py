"""Loads a scenario from its TOML file; it never starts with a half-understood one."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

from ..errors import ConfigurationError
from .framing import Framing
from .habits import (
    Account,
    CertificateHabits,
    HttpHabits,
    HubHabits,
    Packing,
    StsHabits,
    TgicHabits,
    TransferHabits,
)
from .misbehaviour import read_misbehaviour
from .scenario import Scenario
from .shipments import read_packing, read_shipment
from .tables import Table
from .words import (
    Acknowledged,
    CategoryFilter,
    ConfirmedFlag,
    Lifetime,
    LoginForm,
    LoginMethod,
    MissingRight,
    Order,
    Prefixes,
    Proof,
    Refuse,
    RepeatedAck,
    SoapAction,
    TlsVersion,
)


SCENARIOS = Path(__file__).parent / "scenarios"
"""The scenarios that come with the package; each goes by its name without suffix."""


def load(source: str | Path) -> Scenario:
    """
    Return the scenario of a file, or of a name in :data:`SCENARIOS`.

    Raises :class:`ConfigurationError` with every problem found.
    """
    packaged = SCENARIOS / f"{source}.toml"
    path = packaged if isinstance(source, str) and packaged.is_file() else Path(source)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unusable(path, [str(error)]) from error
    problems: list[str] = []
    scenario = _scenario(Table(data, "the file", problems), path.parent)
    if problems:
        raise _unusable(path, problems)
    return scenario


def _unusable(path: Path, problems: list[str]) -> ConfigurationError:
    return ConfigurationError(
        f"The scenario {path} cannot be used: {'; '.join(problems)}.",
        problems=problems,
        hint="The format stands at the top of bipro_sync/sandbox/scenario.py.",
    )


def _scenario(table: Table, folder: Path) -> Scenario:
    transfer = _transfer_habits(table.table("transfer"))
    shipments = tuple(read_shipment(each, transfer.packing, folder) for each in table.tables("shipment"))
    for identifier, number in Counter(shipment.id for shipment in shipments).items():
        if number > 1:
            table.problem(f"{number} shipments have the id {identifier}")
    scenario = Scenario(
        account=_account(table.table("account")),
        http=_http_habits(table.table("http")),
        certificates=_certificate_habits(table.table("x509")),
        sts=_sts_habits(table.table("sts")),
        tgic=_tgic_habits(table.table("tgic")),
        hub=_hub_habits(table.table("hub"), transfer.path),
        transfer=transfer,
        shipments=shipments,
        misbehaviours=tuple(read_misbehaviour(each) for each in table.tables("misbehave")),
    )
    table.finish()
    return scenario


def _account(table: Table) -> Account:
    for key in ("username", "password"):
        if not table.has(key):
            table.problem(f"{key} is missing")
    account = Account(
        username=table.text("username"),
        password=table.text("password"),
        login=table.choice("login", LoginMethod.PASSWORD),
        certificate_serial=table.text("certificate_serial"),
        missing_rights=table.texts("missing_rights"),
        consumer_id=table.text("consumer_id"),
        attempts=table.integer("attempts", 3),
        locked=table.flag("locked", False),
    )
    table.finish()
    return account


def _http_habits(table: Table) -> HttpHabits:
    habits = HttpHabits(
        soap_action=table.choice("soap_action", SoapAction.ANY),
        chunked=table.flag("chunked", False),
        trailers=table.flag("trailers", False),
        gzip=table.flag("gzip", False),
        clock_skew=table.number("clock_skew", 0),
        calls_per_second=table.number("calls_per_second", 0),
        tls=table.choice("tls", TlsVersion.ANY),
    )
    if habits.trailers and not habits.chunked:
        table.problem("trailers come after chunks only")
    table.finish()
    return habits


def _certificate_habits(table: Table) -> CertificateHabits:
    habits = CertificateHabits(
        passphrase=table.text("passphrase", "practice"),
        refuse=table.choice("refuse", Refuse.HTTP),
    )
    table.finish()
    return habits


def _sts_habits(table: Table) -> StsHabits:
    habits = StsHabits(
        path=table.text("path", "/sts/UserPasswordLogin_2.6.1.1.0"),
        bipro_version=table.text("bipro_version", "2.6.1.1.0"),
        form=table.choice("form", LoginForm.ANY),
        token_life=table.number("token_life", 600),
        lifetime=table.choice("lifetime", Lifetime.UTC),
        validate=table.flag("validate", False),
        cancel=table.flag("cancel", False),
    )
    table.finish()
    return habits


def _tgic_habits(table: Table) -> TgicHabits:
    habits = TgicHabits(
        path=table.text("path", "/ists/ISTSService"),
        service_id=table.text("service_id", "http://www.tgic.de/practice/test/TransferService/2.6.1.1.0"),
        proof=table.choice("proof", Proof.PASSWORD),
        collection=table.flag("collection", False),
        challenge=table.flag("challenge", False),
        token_life=table.number("token_life", 300),
    )
    table.finish()
    return habits


def _hub_habits(table: Table, transfer_path: str) -> HubHabits:
    habits = HubHabits(
        path=table.text("path", f"{transfer_path.rpartition('/')[0]}/login"),
        api_key=table.text("api_key"),
        token_life=table.number("token_life", 3600),
    )
    table.finish()
    return habits


def _transfer_habits(table: Table) -> TransferHabits:
    default = Packing(Prefixes.TRAN, Framing.MTOM, ())
    habits = TransferHabits(
        path=table.text("path", "/transfer/Service_2.6.1.1.0"),
        bipro_version=table.text("bipro_version", "2.6.1.1.0"),
        packing=read_packing(table, default),
        boundary=table.text("boundary"),
        order=table.choice("order", Order.SCENARIO),
        category_filter=table.choice("category_filter", CategoryFilter.ACCEPT),
        confirmed_flag=table.choice("confirmed_flag", ConfirmedFlag.ALSO),
        acknowledged=table.choice("acknowledged", Acknowledged.DELETE),
        repeated_ack=table.choice("repeated_ack", RepeatedAck.UNKNOWN_ID),
        list_limit=table.integer("list_limit", 0),
        missing_right=table.choice("missing_right", MissingRight.FAULT),
        release1=table.flag("release1", False),
    )
    table.finish()
    return habits
