"""A report as a page of its own: ids, names of insurers and figures, and nothing of customers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..audit.anchoring import Anchoring
from ..model.certificate_life import days_left, notices
from ..model.condition import Level
from ..model.zone import BERLIN, german
from ..notify.texts import LEVELS, said
from ..notify.words import KINDS, length
from ..pages import Markup, element, page, table, text
from ..sync.certificate_memory import KeptCertificate
from ..sync.overview import InsurerView
from ..sync.silence import reach_of
from .charts import columns, legend, stacked_bars
from .period import TROUBLED, Report


_TROUBLES = ("gescheitert", "Quarantäne", "Konflikt", "verschwunden", "Quittung abgelehnt", "GDV mit fremden Nummern")
_CERTIFICATES = {"personal": "persönlich", "house": "der Firma"}
_REACHED = {
    "reachable": "erreichbar",
    "unreachable": "nicht erreichbar",
    "refused": "abgelehnt",
    "never-ran": "lief noch nie",
    "failed": "scheitert hier",
}
_SILENT = {"empty": "erreichbar, aber leer"} | _REACHED


def report_page(report: Report) -> str:
    """
    Return the page, in German.
    """
    return page(report.period.title, *_parts(report))


def _parts(report: Report) -> Iterator[Markup]:
    views = report.seen.insurers
    yield element("p", text(f"Stand {german(report.seen.now)} Uhr."), class_="faint")
    yield element("h2", text("Worum sich jemand kümmern muss"))
    yield from _conditions(report)
    yield element("h2", text("Eingänge je Versicherer und Art"))
    yield stacked_bars([(view.name, report.by_kind(view.name)) for view in views], title="Eingänge je Versicherer")
    yield legend(list(KINDS))
    yield _counts(report)
    if len(report.period.days) > 1:
        yield element("h2", text("Eingänge je Tag"))
        yield columns([(f"{day:%d.}", count) for day, count in report.by_day()], title="Eingänge je Tag")
    yield element("h2", text("Abrufe"))
    headings = ("Versicherer", "Erreichbarkeit", "Letzter Versuch", "Letzter Erfolg", "Letzter Eingang")
    yield table(headings, [_runs(view) for view in views])
    yield element("h2", text("Störungen"))
    yield table(("Versicherer", *_TROUBLES), [_troubles(view) for view in views], numbers=_TROUBLES)
    yield from _silences(report)
    yield from _certificates(report)
    yield element("h2", text("Prüfprotokoll"))
    yield element("p", text(f"{report.head.number} Einträge; {_anchored(report.seen.anchoring)}."))
    yield element("p", text(f"Prüfsumme des letzten Eintrags (SHA-256): {report.head.sha256}"), class_="faint")


def _anchored(anchoring: Anchoring) -> str:
    signed = f"signiert bis Eintrag {anchoring.signed}" if anchoring.signed else "nicht signiert"
    if not anchoring.size:
        return f"{signed}, nicht verankert"
    name, newest = max(anchoring.anchors.items(), key=lambda each: each[1].size)
    return f"{signed}, verankert bis Eintrag {anchoring.size} ({name}, {german(newest.at)})"


def _conditions(report: Report) -> Iterator[Markup]:
    if not report.conditions:
        yield element("p", text("Nichts."))
        return
    for each in sorted(report.conditions, key=lambda each: (-each.level, each.key)):
        level = element("span", text(LEVELS["de"][each.level]), class_=Level(each.level).name.lower())
        yield element("p", level, text(f": {said(each, 'de')}"))


def _counts(report: Report) -> Markup:
    kinds = list(KINDS)
    rows = []
    for view in report.seen.insurers:
        counts = report.by_kind(view.name)
        rows.append((view.name, *(counts.get(kind, 0) for kind in kinds), sum(counts.values())))
    figures = (*KINDS.values(), "zusammen")
    return table(("Versicherer", *figures), rows, numbers=figures)


def _runs(view: InsurerView) -> tuple[str, ...]:
    summary = view.summary
    return (
        view.name,
        _REACHED[reach_of(summary, view.memory)],
        german(summary.last_attempt_at) or "nie",
        german(summary.last_success_at) or "nie",
        german(summary.last_delivery_at) or "nie",
    )


def _troubles(view: InsurerView) -> tuple[object, ...]:
    return (view.name, *(view.summary.states.get(state, 0) for state in TROUBLED), view.gdv.foreign)


def _silences(report: Report) -> Iterator[Markup]:
    rows = [
        (
            view.name,
            KINDS[each.kind],
            each.number or "",
            length(str(each.expected), "de"),
            german(each.last_delivery_at) or "nie",
            _SILENT[each.silence] if each.silence else "wie erwartet",
        )
        for view in report.seen.insurers
        for each in view.cadences
    ]
    if rows:
        yield element("h2", text("Was erwartet wird"))
        marked = [number for number, row in enumerate(rows) if row[-1] != "wie erwartet"]
        headings = ("Versicherer", "Art", "Vermittlernummer", "Erwartet alle", "Zuletzt", "Stille")
        yield table(headings, rows, marked=marked)


def _certificates(report: Report) -> Iterator[Markup]:
    if report.certificates:
        yield element("h2", text("Zertifikate"))
        headings = ("Versicherer", "Seriennummer", "Art", "Gültig bis", "Tage übrig")
        rows = [_certificate(name, known, report.seen.now) for name, known in report.certificates.items()]
        ending = [row[-1] == "" or notices(int(row[-1])) > 0 for row in rows]
        yield table(
            headings, rows, numbers=headings[-1:], marked=[number for number, is_so in enumerate(ending) if is_so]
        )


def _certificate(name: str, known: KeptCertificate | None, now: datetime) -> tuple[str, ...]:
    if known is None:
        return name, "noch nicht gelesen; der nächste Abruf liest es", "", "", ""
    left = str(days_left(known.not_after, now))
    return name, known.serial, _CERTIFICATES[known.kind], german(known.not_after.astimezone(BERLIN).date()), left
