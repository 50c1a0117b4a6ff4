"""Looking at the GDV files of stored shipments, once their states are settled; it never changes a state (I12).

What is to be looked at stands in the catalogue, from the transaction that noted the shipment as stored to the one that
ends the work on it: so a crash in between is caught up by whoever comes next.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from ..audit import RecordType, all_told
from ..catalog import Entry, GdvIndex, GdvRemark, Place, ToIndex
from ..durable import FileLock
from ..insurers import Insurer, effective
from .gdv_entering import Entered, Entering, StoppedError
from .workplace import Workplace


_MOST_ATTEMPTS = 3
"""How often a shipment is begun that no process lived to finish; a file may be what killed them."""


def index_gdv(
    place: Workplace,
    *,
    insurers: Collection[str] = (),
    may_begin: Callable[[], bool] = lambda: True,
    go_on: Callable[[], bool] = lambda: True,
) -> Iterator[Entered]:
    """
    Look at what was not looked at yet, of these insurers or of all, and yield what became of each shipment.

    It ends early, leaving the rest to who comes next, where another process is at it, *may_begin* allows no other
    shipment, or *go_on* does not even let it finish the one in hand.  Raises
    :class:`~bipro_sync.errors.StorageError` where catalogue or audit log cannot be written.
    """
    with _alone(place) as alone:
        if not alone:
            return
        index = GdvIndex(place.catalogue)
        ours = _broker_numbers(place)
        while may_begin() and (waiting := index.to_do(insurers)):
            try:
                with _uncollected():
                    entered = _index_one(place, index, waiting, ours.get(waiting.insurer, ()), go_on)
            except StoppedError:
                index.put_off(waiting)
                return
            except KeyboardInterrupt:
                index.put_off(waiting)
                raise
            yield entered


@contextmanager
def _alone(place: Workplace) -> Iterator[bool]:
    lock = FileLock(place.layout.state / "gdv.lock")
    alone = lock.acquire(wait=False)
    try:
        yield alone
    finally:
        lock.release()


@contextmanager
def _uncollected() -> Iterator[None]:
    """
    Let nobody look for cycles: a portfolio is a million objects at once and none of them in one, and to go through all
    of them time and again is a quarter of the work.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _broker_numbers(place: Workplace) -> Mapping[str, Collection[str]]:
    sections = effective(place.config).items()
    return {name: insurer.broker_numbers for name, insurer in sections if isinstance(insurer, Insurer)}


def _index_one(
    place: Workplace, index: GdvIndex, shipment: ToIndex, ours: Collection[str], go_on: Callable[[], bool]
) -> Entered:
    entry = place.ledger.entries(shipment.insurer, [shipment.id])[shipment.id]
    index.begin(shipment)
    files = place.queries.files([entry])[entry.number]
    if shipment.attempts < _MOST_ATTEMPTS:
        entered = Entering(index, place.layout, entry, shipment, ours, go_on).enter(files)
    else:
        remark = f"{shipment.attempts} runs died while they looked at it, so it is left out"
        entered = Entered(shipment, remarks=[GdvRemark(Place(files[0].position), remark)])
    _record_foreign(place, entry, entered)
    index.done(shipment, entered.remarks, entered.foreign)
    return entered


def _record_foreign(place: Workplace, entry: Entry, entered: Entered) -> None:
    """
    Let the audit log say once that a shipment holds others' data, however often it is looked at.
    """
    if not entered.foreign:
        return
    recorded = all_told(place.layout.audit, insurer=entry.insurer, types={RecordType.FOREIGN_DATA})
    if any(record.shipment == entry.id for record in recorded):
        return
    numbers = len({each.broker_number for each in entered.foreign})
    places = ", ".join(dict.fromkeys(f"{each.place}, record {each.first_record}" for each in entered.foreign))
    place.audit.write(
        RecordType.FOREIGN_DATA,
        insurer=entry.insurer,
        account=entry.account,
        shipment=entry.id,
        count=sum(each.records for each in entered.foreign),
        detail=f"{numbers} broker number(s) that are not ours, first in {places}",
    )
