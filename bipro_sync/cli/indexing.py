"""`bipro-sync archive index`: looks at all GDV files that nobody has looked at yet; an interruption loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ..errors import BusyError
from .console import invocation


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..sync.gdv_entering import Entered


def index_archive(context: typer.Context) -> None:
    """
    Look at GDV files that wait for it.  After a rebuild all do; pulls do the same, a few minutes each.
    """
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.gdv_after_pull import sayings
    from ..sync.gdv_indexing import index_gdv
    from ..sync.workplace import open_workplace
    from .counting import counted

    this = invocation(context)
    opened = open_workplace(this.config(), SystemClock(), Verb.ARCHIVE_INDEX, identity=this.identity)
    entered: list[Entered] = []
    with opened as place, counted(this.console, "Looking at GDV files") as step:
        for each in index_gdv(place):
            entered.append(each)
            this.console.warn(*sayings(each))
            step("shipments")
        waiting = sum(place.queries.gdv.waiting().values())
    if waiting:
        raise BusyError(f"{waiting} shipment(s) are left: another run is looking at GDV files.")
    document = {
        "indexed": len(entered),
        "new": sum(each.new for each in entered),
        "unreadable": sum(bool(each.remarks) for each in entered),
        "foreign": sum(bool(each.foreign) for each in entered),
        "exit_code": 0,
    }
    this.console.acted(document, lambda console: _report(console, document))


def _report(console: RichConsole, document: dict[str, int]) -> None:
    console.print(f"GDV files of {document['indexed']} shipment(s) were looked at: {document['new']} new states.")
