"""A report's figures as CSV, one a line, for whoever goes on calculating with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..pages import csv_of
from ..sync.overview import InsurerView
from ..sync.silence import reach_of
from .period import TROUBLED, Report


HEADINGS = ("figure", "insurer", "about", "day", "value")

_Row = tuple[str, str, str, str, object]


def report_csv(report: Report) -> bytes:
    """
    Return everything that the page says in figures: `delivered` by kind and day, and how the rest stands.
    """
    return csv_of(HEADINGS, _rows(report))


def _rows(report: Report) -> Iterator[_Row]:
    delivered = ((insurer, kind.value, f"{day}", count) for (insurer, kind, day), count in report.delivered.items())
    for row in sorted(delivered):
        yield "delivered", *row
    for view in report.seen.insurers:
        yield from _of_insurer(view)
    for name, known in report.certificates.items():
        yield "certificate_ends", name, known.serial if known else "", "", _said(known.not_after if known else None)
    for each in report.conditions:
        yield "to_see_to", each.insurer or "", each.matter.value, "", each.level.name.lower()
    yield "audit_records", "", "", "", report.head.number
    yield "audit_head", "", "", "", report.head.sha256
    yield "audit_signed", "", "", "", report.seen.anchoring.signed
    yield "audit_anchored", "", "", "", report.seen.anchoring.size


def _of_insurer(view: InsurerView) -> Iterator[_Row]:
    summary = view.summary
    yield "reach", view.name, "", "", reach_of(summary, view.memory).value
    yield "last_attempt", view.name, "", "", _said(summary.last_attempt_at)
    yield "last_success", view.name, "", "", _said(summary.last_success_at)
    yield "last_delivery", view.name, "", "", _said(summary.last_delivery_at)
    for state in TROUBLED:
        yield state.value, view.name, "", "", summary.states.get(state, 0)
    yield "foreign_gdv", view.name, "", "", view.gdv.foreign
    for each in view.cadences:
        about = f"{each.kind.value} {each.number}" if each.number else each.kind.value
        yield "silent", view.name, about, "", each.silence or "no"


def _said(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
