"""Entering one shipment's GDV files into the catalogue; what cannot be read in them is a remark and hinders nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import msgspec

from ..archive import Layout
from ..catalog import (
    SEPARATOR,
    Content,
    Delivery,
    Entry,
    FileEntry,
    Foreign,
    Found,
    GdvIndex,
    GdvRemark,
    Place,
    Portfolio,
    ToIndex,
)
from ..errors import StorageError
from ..gdv.endings import status_of
from ..gdv.entities import content_of
from ..gdv.grouping import Group, Kind, groups, held
from ..gdv.packets import Packet
from ..gdv.reading import read
from ..model.kinds import Kind as ShipmentKind
from .gdv_sources import GdvSource, gdv_sources
from .gdv_watch import Watch


_AT_ONCE = 2_000
"""Things that are entered with one commit, and by one look at what is known of them."""

_OF_A_LINE = frozenset({Kind.CONTRACT, Kind.CLAIM, Kind.COMMISSION})


class StoppedError(Exception):
    """
    Somebody wants the work to end; the shipment in hand is begun anew next time.
    """


@dataclass(slots=True)
class Entered:
    """
    What became of one shipment: how many states are *new*, how many were *ended*, and what there is to say.
    """

    shipment: ToIndex
    new: int = 0
    ended: int = 0
    remarks: list[GdvRemark] = field(default_factory=list)
    foreign: list[Foreign] = field(default_factory=list)


@dataclass(slots=True)
class _Batch:
    """
    Things of one packet that are entered together; *lines* are those of its contracts.
    """

    found: list[Found] = field(default_factory=list)
    lines: set[str] = field(default_factory=set)
    undecoded: int = 0

    def add(self, group: Group) -> None:
        if group.kind is Kind.OTHER:
            return
        if group.kind is Kind.CONTRACT:
            self.lines.add(group.key[2])
        key = SEPARATOR.join(group.key)
        self.found.append(Found(group.kind, key, group.digest(), partial(self._decode, group)))

    def _decode(self, group: Group) -> Content:
        said: Mapping[str, Sequence[Mapping[str, str]]] = {}
        try:
            said = content_of(group)
        except Exception:  # noqa: BLE001 - one thing that we cannot decode must not keep the others from being found
            self.undecoded += 1
        return Content(
            policy=group.key[1],
            line=group.key[2] if group.kind in _OF_A_LINE else None,
            status=status_of(group),
            records=tuple(record.number for record in group.records),
            json=msgspec.json.encode(said, order="deterministic"),
        )


@dataclass(slots=True)
class Entering:
    """
    One shipment on its way into the index.

    *ours* are the broker's own numbers; *go_on* is asked every so often.
    """

    index: GdvIndex
    layout: Layout
    entry: Entry
    shipment: ToIndex
    ours: Collection[str]
    go_on: Callable[[], bool]
    _entered: Entered = field(init=False)
    _portfolios: dict[tuple[str, str], Portfolio] = field(default_factory=dict, init=False)
    _unsound: set[tuple[str, str]] = field(default_factory=set, init=False)
    _all_read: bool = field(default=True, init=False)

    def enter(self, files: Sequence[FileEntry]) -> Entered:
        """
        Enter all GDV files among *files*, and end what whole portfolios no longer have.

        Raises :class:`StoppedError`, and :class:`~bipro_sync.errors.StorageError` where the catalogue cannot be
        written.
        """
        self._entered = Entered(self.shipment)
        assert self.entry.path is not None
        for source in gdv_sources(self.layout.root / self.entry.path, files):
            if isinstance(source, GdvRemark):
                self._leave_out(source)
            else:
                self._enter_file(source)
        for scope, portfolio in self._portfolios.items():
            # Where anything could not be read, nothing is known to be absent.
            if self._all_read and scope not in self._unsound:
                self._entered.ended += self.index.close_absent(self.shipment.insurer, portfolio)
        return self._entered

    def _leave_out(self, remark: GdvRemark) -> None:
        self._all_read = False
        self._entered.remarks.append(remark)

    def _enter_file(self, source: GdvSource) -> None:
        place = source.place
        try:
            with source.open() as opened:
                watch = Watch(held(read(opened)))
                undecoded = self._enter_packets(place, watch)
        except (StoppedError, StorageError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a file does to us, it stays archived and acknowledged (I12)
            self._leave_out(GdvRemark(place, f"it could not be read to its end ({type(error).__name__})"))
        else:
            self._entered.foreign += watch.foreign(place, self.ours)
            if undecoded:
                self._leave_out(GdvRemark(place, f"{undecoded} contract(s) or other things in it could not be decoded"))

    def _enter_packets(self, place: Place, watch: Watch) -> int:
        """
        Return how much could not be decoded.
        """
        undecoded = 0
        begun: set[int] = set()
        waiting = iter(groups(watch))
        group = next(waiting, None)
        while group is not None:
            packet, batch = group.packet, _Batch()
            delivery = self._begin(place, packet)
            begun.add(packet.number)
            while group is not None and group.packet is packet:
                batch.add(group)
                if len(batch.found) >= _AT_ONCE:
                    self._take(delivery, packet, batch)
                group = next(waiting, None)
            self._take(delivery, packet, batch)
            self.index.end_delivery(delivery, records=watch.packets[packet.number].records)
            undecoded += batch.undecoded
        if self._whole:
            # What has neither header nor anything that is entered is a line behind the trailer, say, and no packet.
            seen = (each for each in watch.packets.values() if each.packet.has_header or each.packet.number in begun)
            self._distrust(place, (each.packet for each in seen if not (each.packet.has_header and each.is_whole)))
        return undecoded

    def _begin(self, place: Place, packet: Packet) -> int:
        scope = _scope(packet)
        delivery = self.index.begin_delivery(Delivery(self.shipment, place, packet.number, *scope, self._whole))
        if self._whole:
            portfolio = self._portfolios.setdefault(scope, Portfolio(delivery, *scope))
            portfolio.delivery = delivery
        return delivery

    @property
    def _whole(self) -> bool:
        return self.entry.kind is ShipmentKind.GDV_PORTFOLIO

    def _take(self, delivery: int, packet: Packet, batch: _Batch) -> None:
        if not self.go_on():
            raise StoppedError
        seen, new = self.index.take(self.shipment.insurer, delivery, batch.found)
        self._entered.new += new
        if portfolio := self._portfolios.get(_scope(packet)):
            portfolio.seen |= seen
            portfolio.lines |= batch.lines
        batch.found.clear()

    def _distrust(self, place: Place, packets: Iterable[Packet]) -> None:
        """
        Take nothing for gone of which these packets, which are not whole, may have had a word.
        """
        cut = list(packets)
        if cut:
            self._unsound.update(map(_scope, cut))
            others = f" (like {len(cut) - 1} more)" if cut[1:] else ""
            remark = (
                f"packet {cut[0].number}{others} lacks its header or trailer, or has not the number of records that "
                "the trailer says; so what it lacks is not taken to be gone"
            )
            self._entered.remarks.append(GdvRemark(place, remark))


def _scope(packet: Packet) -> tuple[str, str]:
    return packet.insurer or "", packet.broker or ""
