"""How figures of a sentence read to a person, in German or English: moments, days, lengths of time, kinds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Literal

from ..model.kinds import Kind
from ..model.zone import german


Language = Literal["de", "en"]

KINDS: Mapping[Kind, str] = {
    Kind.MAIL: "Post",
    Kind.EVENT: "nur Daten",
    Kind.CLAIMS: "GDV-Schäden",
    Kind.COMMISSION: "Abrechnung",
    Kind.GDV_PORTFOLIO: "GDV-Bestand",
    Kind.GDV_CHANGES: "GDV-Änderungen",
    Kind.UNKNOWN: "unbekannt",
}
"""What kinds are called in German, in the order of pages; English has the words of the configuration."""

_LENGTH = re.compile(r"(\d+) ?(minute|hour|working day|day|week)s?")
_UNITS = {
    "minute": ("Minute", "Minuten"),
    "hour": ("Stunde", "Stunden"),
    "working day": ("Arbeitstag", "Arbeitstage"),
    "day": ("Tag", "Tage"),
    "week": ("Woche", "Wochen"),
}


def moment(at: datetime, language: Language) -> str:
    """
    Return a moment: in German as clocks in Berlin show it, in English in UTC as all other outputs have it.
    """
    return f"{german(at)} Uhr" if language == "de" else f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(on: date, language: Language) -> str:
    """
    Return a day.
    """
    return german(on) if language == "de" else on.isoformat()


def length(text: str, language: Language) -> str:
    """
    Return a length of time, as the configuration writes it, in words.
    """
    match = _LENGTH.fullmatch(text)
    if language == "en" or not match:
        return text
    return f"{match[1]} {_UNITS[match[2]][match[1] != '1']}"


def kind_name(kind: str, language: Language) -> str:
    """
    Return what a kind is called.
    """
    return f"„{KINDS[Kind(kind)]}“" if language == "de" else kind
