"""HTML pages that stand alone: one file, nothing to load, nothing that runs; every text in them is escaped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from typing import NewType


Markup = NewType("Markup", str)
"""HTML that was made here; everything else is text, and is escaped."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
"""Controls, direction marks and surrogates, which are nothing a reader should be shown as they are."""

_LONGEST_PIECE = 16
"""Characters between blanks and hyphens that are never torn apart."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.45 system-ui, "Segoe UI", sans-serif; margin: 2rem auto; max-width: 84rem; padding: 0 1rem;
  color: #1b1f24; background: #fff; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
p { margin: .4rem 0; } .faint { color: #5b6470; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .93rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #d9dee4; }
th { vertical-align: bottom; background: #f2f4f7; font-weight: 600; } td.number, th.number { text-align: right; }
tr.urgent td { background: #fff1ed; } tr.urgent td:first-child { border-left: .3rem solid #b3261e; }
.critical { color: #b3261e; font-weight: 600; } .warning { color: #8a5300; font-weight: 600; }
svg { display: block; max-width: 100%; height: auto; margin: .5rem 0; }
@media (max-width: 76rem) {
  td { overflow-wrap: anywhere; min-width: 5.2rem; } td.number { min-width: 0; }
  th, td { font-size: .8rem; padding: .3rem; }
}
@page { size: A4 landscape; margin: 12mm; }
@media print {
  body { margin: 0; max-width: none; padding: 0; font-size: 12px; print-color-adjust: exact; }
  tr, svg { break-inside: avoid; } h2 { break-after: avoid; }
}
"""


def element(name: str, *inside: str | Markup, **attributes: str) -> Markup:
    """
    Return an element; *inside* is markup already, *attributes* are texts (`class_` stands for `class`).
    """
    said = "".join(f' {key.rstrip("_").replace("_", "-")}="{text(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{said}>{''.join(inside)}</{name}>")


def text(value: object) -> Markup:
    """
    Return a text as markup that shows it, and nothing else; what cannot be seen is left out.
    """
    shown = "".join(each for each in str(value) if each in "\n\t" or unicodedata.category(each) not in _UNSEEN)
    return Markup(escape(shown))


def _cell(value: object) -> Markup:
    """
    Return a text that may be broken inside of long words, and nowhere else: numbers of contracts stay in one piece.
    """
    words = re.split(r"([\s-]+)", str(value))
    return Markup("".join("<wbr>".join(text(piece) for piece in _pieces(word)) for word in words))


def _pieces(word: str) -> list[str]:
    return [word[start : start + _LONGEST_PIECE] for start in range(0, len(word), _LONGEST_PIECE)]


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Iterable[str] = (),
    marked: Iterable[int] = (),
) -> Markup:
    """
    Return a table of texts; the columns in *numbers* stand to the right, the rows in *marked* are urgent ones.
    """
    right, urgent = set(numbers), set(marked)
    classes = [{"class_": "number"} if heading in right else {} for heading in headings]
    head = element(
        "tr", *(element("th", text(each), scope="col", **more) for each, more in zip(headings, classes, strict=True))
    )
    body = [
        element(
            "tr",
            *(element("td", _cell(cell), **more) for cell, more in zip(row, classes, strict=True)),
            **({"class_": "urgent"} if number in urgent else {}),
        )
        for number, row in enumerate(rows)
    ]
    return element("table", element("thead", head), element("tbody", *body))


def page(title: str, *inside: Markup) -> str:
    """
    Return a whole page in German, which loads nothing and runs nothing.
    """
    return (
        '<!DOCTYPE html>\n<html lang="de">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="referrer" content="no-referrer">\n<title>{text(title)}</title>\n<style>{_STYLE}</style>\n'
        f"</head>\n<body>\n{element('h1', text(title))}\n{chr(10).join(inside)}\n</body>\n</html>\n"
    )
