"""Whether a delivery is all there is or only what changed, of which nothing absent can be said to have vanished."""

from __future__ import annotations

from enum import StrEnum

from .packets import Packet


class Extent(StrEnum):
    """
    What a delivery is of: the full portfolio, changes, or nobody knows.
    """

    FULL = "full"
    CHANGES = "changes"
    UNKNOWN = "unknown"


def extent(packet: Packet) -> Extent:
    """
    Return what a packet is of by its header.

    A header whose time spans several days is of changes.  One of a single day may be of either: daily changes say the
    same as a full portfolio, and nothing in the data set tells them apart.
    """
    spans_days = packet.since is not None and packet.until is not None and packet.since < packet.until
    return Extent.CHANGES if spans_days else Extent.UNKNOWN
