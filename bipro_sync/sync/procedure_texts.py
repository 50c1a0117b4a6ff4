"""The sentences of the procedure documentation, in German; what changes with an installation stands in no sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files

from ..model.kinds import Kind
from ..model.retention import AUDIT


KINDS: Mapping[str, str] = {
    Kind.MAIL: "Maklerpost (Handelsbriefe)",
    Kind.GDV_PORTFOLIO: "GDV-Bestandsdaten",
    Kind.GDV_CHANGES: "GDV-Änderungsdaten",
    Kind.CLAIMS: "Schadendaten",
    Kind.COMMISSION: "Abrechnungen (Buchungsbelege)",
    Kind.EVENT: "Geschäftsvorfälle ohne Dokument",
    Kind.UNKNOWN: "Unbekannter Art (wie Buchungsbelege behandelt)",
    AUDIT: "Protokoll",
}

ACKNOWLEDGE = {
    ("auto", "stored"): "automatisch, sobald archiviert und zurückgelesen",
    ("auto", "second_copy"): "automatisch, sobald auch in der Zweitkopie",
    ("manual", "stored"): "nur durch Entscheidung einer Person",
    ("manual", "second_copy"): "nur durch Entscheidung einer Person, sobald auch in der Zweitkopie",
    (None, "stored"): "keine",
    (None, "second_copy"): "keine",
}
"""How the two keys about acknowledging read together."""

AUDIT_LAW = "Nachweis gegenüber Versicherern und Prüfern; nie kürzer als das Bewiesene"

_PART = re.compile(r"^# (.+?)(?: \[([a-z]+)\])?$", re.MULTILINE)


def parts() -> Iterator[tuple[str, str | None, list[str]]]:
    """
    Yield the parts in their order: heading, the name of their table if they have one, paragraphs.
    """
    text = files(__package__).joinpath("procedure.de.txt").read_text(encoding="utf-8")
    _, *pieces = _PART.split(text)
    for title, table, said in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        yield title, table, [" ".join(paragraph.split()) for paragraph in said.strip().split("\n\n")]
