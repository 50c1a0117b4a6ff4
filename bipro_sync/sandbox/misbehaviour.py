"""One scripted misbehaviour and how it is read; it never takes an argument that its action does not use."""

from __future__ import annotations

from dataclasses import dataclass

from .tables import Table
from .words import Action, Operation


_ARGUMENTS: dict[Action, frozenset[str]] = {
    Action.STALL: frozenset({"seconds"}),
    Action.STATUS: frozenset({"status", "retry_after", "retry_after_date", "location"}),
    Action.HTML: frozenset({"status"}),
    Action.FAULT: frozenset({"codes", "detail"}),
    Action.NOK: frozenset({"code"}),
    Action.CLOCK_JUMP: frozenset({"seconds"}),
    Action.WRONG_COUNT: frozenset({"count"}),
    Action.OTHER_ID: frozenset({"id"}),
    Action.TRUNCATE: frozenset({"keep", "clean"}),
    Action.DRIP: frozenset({"rate"}),
    Action.DRIP_HEADERS: frozenset({"rate"}),
    Action.RESET: frozenset({"after"}),
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


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """
    One thing that goes wrong, when, and its arguments.
    """

    on: Operation
    shipment: str | None
    nth: int
    times: int
    do: Action
    seconds: float
    status: int
    retry_after: int | None
    retry_after_date: bool
    location: str | None
    codes: tuple[str, ...]
    code: str
    detail: bool
    count: int
    id: str
    keep: float
    clean: bool
    rate: int
    after: int


def read_misbehaviour(table: Table) -> Misbehaviour:
    """
    Return one entry of the script; what cannot happen on its call is a problem.
    """
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
        retry_after_date=table.flag("retry_after_date", False),
        location=table.optional_text("location"),
        codes=table.texts("codes"),
        code=table.text("code", "04003"),
        detail=table.flag("detail", True),
        count=table.integer("count", 99),
        id=table.text("id", "SOMETHING-ELSE"),
        keep=table.number("keep", 0.5),
        clean=table.flag("clean", False),
        rate=table.integer("rate", 100),
        after=table.integer("after", 0),
    )
    table.finish()
    return misbehaviour
