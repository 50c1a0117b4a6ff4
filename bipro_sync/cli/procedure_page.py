"""The procedure documentation as one HTML page that needs nothing else and prints; whatever stands in it is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from ..model.zone import BERLIN
from ..sync.procedure import Part, Procedure
from .console import one_line


_STYLE = """
body { font: 11pt/1.45 Georgia, serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #111; }
h1 { font-size: 1.6em; } h2 { font-size: 1.2em; margin-top: 2em; break-after: avoid; }
table { border-collapse: collapse; width: 100%; font: 9pt/1.35 Arial, sans-serif; }
th, td { border: 1px solid #999; padding: .25em .5em; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #eee; } tr { break-inside: avoid; } thead { display: table-header-group; }
@page { size: A4; margin: 2cm; } @media print { body { margin: 0; max-width: none; } }
"""

_TITLE = "Verfahrensdokumentation: Abruf und Archivierung von Lieferungen der Versicherer"


def html_of(procedure: Procedure) -> str:
    """
    Return the whole page.
    """
    return "".join(f"{line}\n" for line in _lines(procedure))


def _lines(procedure: Procedure) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="de">\n<head>\n<meta charset="utf-8">'
    yield f"<title>{_TITLE}</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    yield f"<h1>{_TITLE}</h1>"
    at = f"{procedure.at.astimezone(BERLIN):%d.%m.%Y, %H:%M}"
    yield f"<p>Stand: {at} Uhr (Berlin), erzeugt von {_text(procedure.software)}.</p>"
    for part in procedure.parts:
        yield from _part(part)
    yield "</body>\n</html>"


def _part(part: Part) -> Iterator[str]:
    yield f"<h2>{_text(part.title)}</h2>"
    for paragraph in part.paragraphs:
        yield f"<p>{_text(paragraph)}</p>"
    if part.table:
        yield from _table(*part.table)


def _table(heading: Sequence[str], *rows: Sequence[str]) -> Iterator[str]:
    yield f"<table>\n<thead>{_row('th', heading)}</thead>\n<tbody>"
    yield from (_row("td", row) for row in rows)
    yield "</tbody>\n</table>"
    if not rows:
        yield "<p>Keine Einträge.</p>"


def _row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{_text(cell)}</{tag}>' for cell in cells)}</tr>"


def _text(text: str) -> str:
    return escape(one_line(text))
