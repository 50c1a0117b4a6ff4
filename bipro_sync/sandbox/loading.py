"""Loads a scenario from its TOML file; it never starts with a half-understood one."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

from ..errors import ConfigurationError
from .framing import Framing
from .scenario import Account, HttpHabits, Misbehaviour, Packing, Scenario, StsHabits, TransferHabits
from .shipments import read_packing, read_shipment
from .tables import Table
from .words import (
    Acknowledged,
    Action,
    CategoryFilter,
    ConfirmedFlag,
    Lifetime,
    LoginForm,
    Operation,
    Order,
    Prefixes,
    RepeatedAck,
    SoapAction,
)


SCENARIOS = Path(__file__).parent / "scenarios"
"""The scenarios that come with the package; each goes by its name without suffix."""

_ARGUMENTS: dict[Action, frozenset[str]] = {
    Action.STALL: frozenset({"seconds"}),
    Action.STATUS: frozenset({"status", "retry_after"}),
    Action.HTML: frozenset({"status"}),
    Action.FAULT: frozenset({"codes", "detail"}),
    Action.NOK: frozenset({"code"}),
    Action.CLOCK_JUMP: frozenset({"seconds"}),
    Action.WRONG_COUNT: frozenset({"count"}),
    Action.OTHER_ID: frozenset({"id"}),
    Action.TRUNCATE: frozenset({"keep", "clean"}),
    Action.DRIP: frozenset({"rate"}),
}

_ONLY_ON: dict[Action, frozenset[Operation]] = {
    Action.NOK: frozenset({Operation.LIST, Operation.GET, Operation.ACKNOWLEDGE}),
    Action.VANISH: frozenset({Operation.GET, Operation.ACKNOWLEDGE}),
    Action.RELIST: frozenset({Operation.LIST}),
    Action.WRONG_COUNT: frozenset({Operation.LIST, Operation.GET}),
    Action.OTHER_ID: frozenset({Operation.GET}),
    Action.OTHER_BYTES: frozenset({Operation.GET}),
    Action.WRONG_CHECKSUM: frozenset({Operation.GET}),
    Action.MISSING_PART: frozenset({Operation.GET}),
    Action.WRONG_PART: frozenset({Operation.GET}),
}


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
        sts=_sts_habits(table.table("sts")),
        transfer=transfer,
        shipments=shipments,
        misbehaviours=tuple(_misbehaviour(each) for each in table.tables("misbehave")),
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
        gzip=table.flag("gzip", False),
        clock_skew=table.number("clock_skew", 0),
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
    )
    table.finish()
    return habits


def _misbehaviour(table: Table) -> Misbehaviour:
    for key in ("on", "do"):
        if not table.has(key):
            table.problem(f"{key} is missing")
    do = table.choice("do", Action.CLOSE)
    on = table.choice("on", Operation.LIST)
    if on not in _ONLY_ON.get(do, frozenset(Operation)):
        table.problem(f"{do.value} does not go with {on.value}")
    for argument in sorted(frozenset[str]().union(*_ARGUMENTS.values()) - _ARGUMENTS.get(do, frozenset())):
        if table.has(argument):
            table.problem(f"{do.value} has no argument {argument}")
    misbehaviour = Misbehaviour(
        on=on,
        do=do,
        shipment=table.optional_text("shipment"),
        nth=table.integer("nth", 1),
        times=table.integer("times", 0),
        seconds=table.number("seconds", 30),
        status=table.integer("status", 503 if do is Action.STATUS else 200),
        retry_after=table.optional_integer("retry_after"),
        codes=table.texts("codes"),
        code=table.text("code", "04003"),
        detail=table.flag("detail", True),
        count=table.integer("count", 99),
        id=table.text("id", "SOMETHING-ELSE"),
        keep=table.number("keep", 0.5),
        clean=table.flag("clean", False),
        rate=table.integer("rate", 100),
    )
    table.finish()
    return misbehaviour
