"""The worklist as a page of its own, for whoever has no terminal."""

from __future__ import annotations

from datetime import datetime

from ..model.zone import german
from ..pages import element, page, table, text
from .inbox import Inbox, Item


HEADINGS = ("Eilig", "Eingang", "Versicherer", "Bedeutung", "VSNR", "Vorgang", "Lieferung", "Dateien")
_DONE = "Erledigt"


def inbox_page(inbox: Inbox, *, now: datetime) -> str:
    """
    Return the page, in German; urgent rows are marked, and stand first.
    """
    count = len(inbox.items) + inbox.more
    stand = (
        f"Stand {german(now)} Uhr; Eingänge seit {german(inbox.since.date())}: {count}, davon eilig: {inbox.urgent}."
    )
    more = [element("p", text(f"Weitere {inbox.more} stehen hier nicht."))] if inbox.more else []
    marked = [number for number, item in enumerate(inbox.items) if item.urgent]
    body = table(*_table(inbox), marked=marked) if inbox.items else element("p", text("Nichts ist offen."))
    return page("Posteingang der Versicherer", element("p", text(stand), class_="faint"), body, *more)


def _table(inbox: Inbox) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """
    Return headings and rows; who has dealt with what is a column only where somebody has.
    """
    if any(item.done for item in inbox.items):
        return (*HEADINGS, _DONE), [(*cells(item), done_by(item)) for item in inbox.items]
    return HEADINGS, [cells(item) for item in inbox.items]


def cells(item: Item) -> tuple[str, ...]:
    """
    Return what stands in the columns of :data:`HEADINGS`.
    """
    return (
        item.because,
        german(item.entry.stored_at),
        item.entry.insurer,
        item.meaning,
        ", ".join(item.numbers.policy),
        ", ".join(item.numbers.process_broker or item.numbers.process),
        item.entry.id,
        ", ".join(file.name or file.stored for file in item.files) or "nur Daten",
    )


def done_by(item: Item) -> str:
    """
    Return who has dealt with it, and when.
    """
    return ", ".join(f"{each.person} ({german(each.at)})" for each in item.done)
