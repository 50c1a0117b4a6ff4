"""Looking at a pull's GDV files once all its calls are made, and saying what a person should know of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..errors import IntegrityError, StorageError
from .gdv_entering import Entered
from .gdv_indexing import index_gdv
from .results import InsurerResult
from .workplace import Workplace


LONGEST = 300.0
"""Seconds after which a pull begins no more: what a rebuilt catalogue lacks is the work of hours, not of a pull."""

_MOST = 10


def index_after_pull(place: Workplace, results: Sequence[InsurerResult], *, may_go_on: Callable[[], bool]) -> None:
    """
    Look at what these insurers delivered and nobody has looked at, and add to their results what is to be said of it.

    What cannot be read is a remark and no error; an error is only where catalogue or audit log cannot be used.
    """
    end = place.clock.monotonic() + LONGEST
    by_name = {result.insurer: result for result in results if result.mailbox_seen}
    if not by_name:
        return
    try:
        for entered in index_gdv(
            place,
            insurers=list(by_name),
            may_begin=lambda: may_go_on() and place.clock.monotonic() < end,
            go_on=may_go_on,
        ):
            _report(by_name[entered.shipment.insurer], entered)
    except (StorageError, IntegrityError) as error:
        next(iter(by_name.values())).errors.append(error)
        return
    for name, number in place.queries.gdv.waiting(list(by_name)).items():
        by_name[name].gdv.waiting = number
        by_name[name].asides.append(
            f"The GDV files of {number} shipment(s) of {name} are not indexed yet; the next pull goes on, or "
            "`bipro-sync archive index`."
        )


def _report(result: InsurerResult, entered: Entered) -> None:
    counts = result.gdv
    counts.indexed += 1
    counts.new += entered.new
    counts.unreadable += bool(entered.remarks)
    if entered.foreign:
        counts.foreign += 1
        result.foreign.append(entered.shipment.id)
    result.remarks += sayings(entered)


def sayings(entered: Entered) -> list[str]:
    """
    Return what a person should know of a shipment's GDV files; ids and numbers only, never a word out of them.
    """
    shipment = f"shipment {entered.shipment.id} of {entered.shipment.insurer}"
    said = [f"GDV data of {shipment}, {each.place}: {each.remark}." for each in entered.remarks[:_MOST]]
    if entered.foreign:
        first = ", ".join(dict.fromkeys(f"{each.place} record {each.first_record}" for each in entered.foreign[:_MOST]))
        numbers = len({each.broker_number for each in entered.foreign})
        said.append(
            f"GDV data of {shipment} hold records of {numbers} broker number(s) that are not among `broker_numbers` "
            f"({first}).  The data are kept; where they are another broker's, the insurer must be told at once."
        )
    return said
