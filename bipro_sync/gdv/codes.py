"""The few codes of the GDV data set that something here depends on: what they mean, and which are known at all."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Status(StrEnum):
    """
    A contract's status (Vertragsstatus).
    """

    LIVING = "1"
    LIVING_TOO = "2"
    RESTING = "3"
    CANCELLED = "4"
    PAID_UP = "5"
    PAID_UP_REDUCED = "6"
    PAID_UP_OTHERWISE = "7"
    DEFERRED = "8"
    OTHER = "9"


class Gone(StrEnum):
    """
    Why a contract ended (Abgangsgrund), where it lives on elsewhere.
    """

    FUSION = "37"
    NEW_NUMBER = "38"


class Reference(StrEnum):
    """
    What the reference policy number of a contract is: the one it had, or the one it has now.
    """

    OLD = "1"
    NEW = "2"


POLICYHOLDER = "01"
"""The role (Adresskennzeichen) of whom the contract is with."""


def _two_digits(first: int, last: int) -> frozenset[str]:
    return frozenset(f"{code:02}" for code in range(first, last + 1))


_PAYMENT = frozenset("1245689")
_COMMUNICATION = frozenset({"10", "20", "30", "40", "41", "42", "50", "51", "52"})
_COMMISSION = frozenset("1234567")

KNOWN_CODES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Zahlungsweise": _PAYMENT,
        "Vertragsstatus": frozenset(Status),
        "Abgangsgrund": _two_digits(1, 38) | {"99"},
        "SpezifikationReferenzVsNr": frozenset(Reference),
        "Inkassoart": frozenset("12"),
        "Sollstellungsart": _two_digits(10, 91),
        **{f"Kommunikationstyp{number}": _COMMUNICATION for number in range(1, 8)},
        **{f"Provisionsart{number}": _COMMISSION for number in range(1, 4)},
        "Lieferart": frozenset("123"),
        "ArtAbsenders": frozenset("1239"),
    }
)
"""Short names of fields to their codes, as of the list of 2009; fields that are not named here are not looked at."""
