"""What a shipment is about, decided from its category code; a label never decides whether bytes are kept."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """
    The one list of kinds, used by configuration, catalogue, reports and the audit log.
    """

    MAIL = "mail"
    GDV_PORTFOLIO = "gdv-portfolio"
    GDV_CHANGES = "gdv-changes"
    CLAIMS = "claims"
    COMMISSION = "commission"
    EVENT = "event"
    UNKNOWN = "unknown"


CATEGORY_KINDS: Mapping[str, Kind] = {
    "100": Kind.MAIL,
    "110": Kind.MAIL,
    "120": Kind.MAIL,
    "130": Kind.MAIL,
    "140": Kind.MAIL,
    "150": Kind.MAIL,
    "160": Kind.MAIL,
    "170": Kind.MAIL,
    "180": Kind.MAIL,
    "190": Kind.MAIL,
    "200": Kind.MAIL,
    "210": Kind.COMMISSION,
    "999010010": Kind.GDV_PORTFOLIO,
    "999010020": Kind.GDV_CHANGES,
    "999030000": Kind.CLAIMS,
    "999050000": Kind.COMMISSION,
}
"""Category prefix to kind; the longest prefix decides.  Meanings after the Release-1 list, in our own words."""

CATEGORY_LABELS: Mapping[str, str] = {
    "100": "application",
    "110": "change of a partner's data",
    "120": "change of a contract",
    "130": "legal relations",
    "140": "collection and arrears",
    "150": "claim or benefit",
    "160": "termination",
    "170": "information",
    "180": "complaint",
    "190": "offer",
    "200": "motor cover number",
    "210": "intermediary settlement",
    "999": "GDV data",
    "999010010": "GDV data: full portfolio",
    "999010020": "GDV data: changes",
    "999030000": "GDV data: claims",
    "999050000": "GDV data: settlement",
}


CATEGORY_LABELS_DE: Mapping[str, str] = {
    "100": "Antrag",
    "110": "Änderung von Partnerdaten",
    "120": "Vertragsänderung",
    "130": "Rechtsverhältnisse",
    "140": "Inkasso und Rückstand",
    "150": "Schaden oder Leistung",
    "160": "Kündigung",
    "170": "Information",
    "180": "Beschwerde",
    "190": "Angebot",
    "200": "Deckungsnummer Kraftfahrt",
    "210": "Vermittlerabrechnung",
    "999": "GDV-Daten",
    "999010010": "GDV-Daten: Bestand",
    "999010020": "GDV-Daten: Änderungen",
    "999030000": "GDV-Daten: Schäden",
    "999050000": "GDV-Daten: Abrechnung",
}
"""The same for the people of the office, who read German."""


def kind_of(category: str | None, *, data_only: bool, overrides: Mapping[str, Kind] | None = None) -> Kind:
    """
    Return the kind of a shipment with this category code (nine digits, or absent, or unknown).

    Longer prefixes win, the profile's *overrides* win over our table; data without any file is an `event`
    unless its category says more than "mail".
    """
    table = {**CATEGORY_KINDS, **(overrides or {})}
    matches = [prefix for prefix in table if category and category.startswith(prefix)]
    kind = table[max(matches, key=len)] if matches else Kind.UNKNOWN
    if data_only and kind in (Kind.MAIL, Kind.UNKNOWN):
        return Kind.EVENT
    return kind


def category_label(category: str | None) -> str:
    """
    Return what the category code means, in our words; unknown codes say so.
    """
    if not category:
        return "no category"
    matches = [prefix for prefix in CATEGORY_LABELS if category.startswith(prefix)]
    return CATEGORY_LABELS[max(matches, key=len)] if matches else "unknown category"


def german_category_label(category: str | None) -> str:
    """
    Return what the category code means, in German.
    """
    if not category:
        return "ohne Kategorie"
    matches = [prefix for prefix in CATEGORY_LABELS_DE if category.startswith(prefix)]
    return CATEGORY_LABELS_DE[max(matches, key=len)] if matches else "unbekannte Kategorie"
