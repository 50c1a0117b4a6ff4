"""The lists of one run, put together; insurers may cut a list, so what one of them lacks proves nothing by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import chain

from ..model.shipment import ListedShipment, Listing


class Mailbox(Collection[str]):
    """
    What an insurer's mailbox holds, as far as one run's lists tell.

    A list may be cut at a length that no insurer names, and acknowledgements then bring the rest to light.  So a
    shipment counts as missing only at a run's end, at most once a run, if no list of the run had it, and not where
    the lists differ by more than what was taken away: one that *grew* shows that they were cut.  *remarks* say where
    the lists do not fit our schemas, each once.
    """

    def __init__(self) -> None:
        self.shipments: dict[str, ListedShipment] = {}
        self.ambiguous: set[str] = set()
        self.lists = 0
        self.grew = False
        self.remarks: dict[str, None] = {}

    def __contains__(self, shipment_id: object) -> bool:
        return shipment_id in self.shipments or shipment_id in self.ambiguous

    def __iter__(self) -> Iterator[str]:
        return chain(self.shipments, self.ambiguous)

    def __len__(self) -> int:
        return len(self.shipments) + len(self.ambiguous)

    def add(self, listing: Listing) -> Mapping[str, ListedShipment]:
        """
        Take another list, and return what no list of this run had before.

        An id that one list gives to two different shipments is *ambiguous*, and none of them is returned.
        """
        found: dict[str, ListedShipment] = {}
        ambiguous = set()
        for shipment in listing.shipments:
            if shipment.id not in self and found.setdefault(shipment.id, shipment) != shipment:
                ambiguous.add(shipment.id)
        new = {shipment_id: shipment for shipment_id, shipment in found.items() if shipment_id not in ambiguous}
        self.grew = self.grew or (self.lists > 0 and bool(found))
        self.remarks |= dict.fromkeys(listing.remarks)
        self.lists += 1
        self.shipments |= new
        self.ambiguous |= ambiguous
        return new
