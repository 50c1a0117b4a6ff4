"""What must be looked at today, decided from its category code; a label never decides whether bytes are kept."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from .kinds import Kind


class Urgency(StrEnum):
    """
    Why a shipment is urgent.
    """

    DUNNING = "dunning"
    CANCELLATION = "cancellation"
    PORTFOLIO_LOSS = "portfolio-loss"
    BANK_DATA = "bank-data"
    UNKNOWN_CATEGORY = "unknown-category"
    NO_CATEGORY = "no-category"
    NONE = "none"
    """Not urgent, though what a shorter prefix stands for is."""


_U = Urgency

URGENT: Mapping[str, Urgency] = {
    **dict.fromkeys(("110014", "130017", "130018", "130100"), _U.PORTFOLIO_LOSS),
    **dict.fromkeys(("130017001", "130018001"), _U.NONE),  # what is gained
    **dict.fromkeys(("140010", "140011", "140014", "140015003"), _U.BANK_DATA),
    **dict.fromkeys(("140012", "210006"), _U.DUNNING),
    **dict.fromkeys(("140012024", "140012050", "140012051", "140012060", "140012061", "140012062"), _U.CANCELLATION),
    **dict.fromkeys(("140012068", "140012080", "140012081"), _U.CANCELLATION),
    **dict.fromkeys(("140012049", "140012070", "140012093"), _U.NONE),  # what is settled or written off
    "160": _U.CANCELLATION,
    **dict.fromkeys(("160002", "160009", "160014"), _U.NONE),  # received, closed, withdrawn
}
"""Category prefix to urgency; the longest prefix decides.  Meanings after the Release-1 list, as those of the kinds."""


def urgency_of(category: str | None, kind: Kind, *, overrides: Mapping[str, Urgency]) -> Urgency | None:
    """
    Return why a shipment of this category code (nine digits, or absent, or unknown) is urgent, or None.

    Longer prefixes win, the profile's *overrides* win over our table.  What has no category, or one that says nothing
    of its *kind*, is urgent, too: nobody knows what it is.
    """
    table = {**URGENT, **overrides}
    matches = [prefix for prefix in table if category and category.startswith(prefix)]
    if matches:
        found = table[max(matches, key=len)]
        return None if found is Urgency.NONE else found
    if not category:
        return Urgency.NO_CATEGORY
    return Urgency.UNKNOWN_CATEGORY if kind is Kind.UNKNOWN else None
