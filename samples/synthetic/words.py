"""The invented words and the few codes that synthetic records are made of."""

from __future__ import annotations

import re


FAMILY_NAMES = (
    *("Erfunden", "Beispiel", "Muster", "Probe", "Niemand", "Üblich", "Größling", "Öhmchen", "Ähnlich", "Fließ"),
    *("Testhuber", "Ausgedacht", "Irgendwer", "Müßig", "Platzhalter", "Scheinbar", "Fürstmann", "Kulisse", "Attrappe"),
)
FIRST_NAMES = (
    *(
        "Änne",
        "Jörg",
        "Käthe",
        "Götz",
        "Erika",
        "Max",
        "Ülkü",
        "Björn",
        "Hansi",
        "Lieschen",
        "Otto",
        "Jürgen",
        "Cäcilie",
    ),
    *("Grete", "Emil", "Undine", "Veit"),
)
TOWNS = (
    *("Üblingen an der Öse", "Beispielstadt", "Fürthgen", "Großmusterhausen", "Probeweiler", "Nirgendwo", "Ödheimle"),
    *("Testingen", "Schönerfunden", "Weißnichtwo", "Kleinbeispiel"),
)
STREETS = (
    *("Musterstraße", "Am Muster", "Testweg", "Äußere Zeile", "Erfundene Gasse", "Platzhalterallee", "Ödweg"),
    *("Beispielring", "Zur Attrappe"),
)
WORDS = (
    *("Grundschutz", "Größe M", "Größe L", "Öko", "Plus", "Komfort", "Ausführung Ä", "Zubehör", "ohne Zuschlag"),
    *("Einschluß", "Nebengebäude", "laut Vereinbarung", "Muster", "Übergang", "Beispiel", "erfunden"),
)

CODES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(key), codes)
    for key, codes in (
        (r"Anredeschluessel", ("1", "2")),
        (r".*LKZ.*|Staatsangehoerigkeit|Geburtsland", ("D",)),
        (r"Waehrung.*schluessel.*|Waehrungsschluessel.*|WaehrungDokumenteVN", ("EUR",)),
        (r"Zahlungsweise|ZahlungsweiseZukuenftigenGesbeitrags", ("1", "2", "4", "8")),
        (r"Vertragsstatus", ("1",)),
        (r"Inkassoart", ("1", "2")),
        (r"Sollstellungsart", ("10", "11", "20")),
        (r"Kommunikationstyp\d", ("10", "20", "30", "40", "50")),
        (r"Provisionsart\d", ("6", "7")),
        (r"Lieferart", ("1", "3")),
        (r"ArtAbsenders", ("1",)),
        (r"ArtAdressaten", ("2",)),
        (r"Adresskennzeichen", ("01",)),
    )
)
"""The keys of fields with a list of codes, and codes of that list, so that a check finds nothing to say."""

LINES = {
    "000": ("000", "060", "162", "252", "650"),
    "080": ("080", "081", "124", "231"),
    "170": ("170", "179", "232"),
    "190": ("180", "190", "199"),
    "050": ("050", "600"),
}
"""The lines of business that share a layout, by the line that it is named after; some of each."""

BLANK = re.compile(r"Buendelungskennzeichen|Abgangs(grund|datum)|(Spezifikation)?ReferenzVsNr|AFB|AnteilInProz")
"""The keys of fields that say something only where something happened."""

RUNNING = re.compile(
    r"(Risiko|Gefahren)?[Ll](fd|aufende).*|.*[Ff]olgeNr.*|ObjektNr|BezugZur.*|OrdnungsNrWagnis.*|Wagnis(art)?"
    r"|RisikogruppeRisikoart|Bausteinschluessel|ArtLeistung|Fondskennung"
)
"""The keys of what tells one thing of a contract from another, equal in all records of one thing."""
