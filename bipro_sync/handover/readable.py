"""A data-only shipment as a page for people: everything that the insurer said, field by field."""

from __future__ import annotations

from collections.abc import Iterator

from ..archive import Manifest
from ..model.kinds import german_category_label
from ..model.zone import german
from ..pages import Markup, element, page, table, text


def readable_page(manifest: Manifest) -> str:
    """
    Return the page, which loads nothing and runs nothing.
    """
    return page(
        f"{german_category_label(manifest.category)}: {manifest.insurer}",
        element("p", text("Nur Daten: der Versicherer hat hierzu keine Datei geschickt."), class_="faint"),
        table(("Angabe", "Wert"), _facts(manifest)),
        *_transfers(manifest),
    )


def _facts(manifest: Manifest) -> Iterator[tuple[str, str]]:
    numbers = manifest.numbers
    for label, value in (
        ("Lieferung", manifest.shipment),
        ("Kategorie", f"{manifest.category or '-'} ({german_category_label(manifest.category)})"),
        ("Sparte", manifest.line or ""),
        ("Eingestellt", german(manifest.posted_at)),
        ("Archiviert", german(manifest.stored_at)),
        ("Versicherungsschein", ", ".join(numbers.policy)),
        ("Schadennummer", ", ".join(numbers.claim)),
        ("Vorgang beim Versicherer", ", ".join(numbers.process)),
        ("Vorgang im Haus", ", ".join(numbers.process_broker)),
        ("Vermittlernummer", ", ".join(numbers.broker)),
    ):
        if value:
            yield label, value


def _transfers(manifest: Manifest) -> Iterator[Markup]:
    for number, transfer in enumerate(manifest.transfers, start=1):
        yield element("h2", text(f"Geschäftsvorfall {number}"))
        fields = [field for field in transfer.fields if not field.is_attribute]
        yield table(("Feld", "Wert"), [(field.path.replace("/", " / "), field.value) for field in fields])
