"""Plain charts as SVG inside a page: bars of counts, with every figure written beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..model.kinds import Kind
from ..notify.words import KINDS
from ..pages import Markup, element, text


COLOURS: Mapping[Kind, str] = {
    Kind.MAIL: "#1f5fa8",
    Kind.EVENT: "#5aa0d6",
    Kind.CLAIMS: "#b3261e",
    Kind.COMMISSION: "#2e7d4f",
    Kind.GDV_PORTFOLIO: "#7a5195",
    Kind.GDV_CHANGES: "#b58bd0",
    Kind.UNKNOWN: "#8a8f98",
}
"""One colour for each kind, in every chart."""

_WIDTH, _LABELS, _FIGURES = 860, 170, 60
_MOST_LETTERS = 21
_MOST_IN_FULL = 999
_ROW, _BAR = 30, 18
_COLUMN_HEIGHT, _FOOT = 160, 34


def stacked_bars(rows: Sequence[tuple[str, Mapping[Kind, int]]], *, title: str) -> Markup:
    """
    Return one bar for each row, put together of its kinds; *title* is read to those who do not see it.
    """
    most = max((sum(counts.values()) for _, counts in rows), default=0) or 1
    scale = (_WIDTH - _LABELS - _FIGURES) / most
    inside = []
    for number, (label, counts) in enumerate(rows):
        top, left = number * _ROW + 6, float(_LABELS)
        inside.append(_text(_short(label), x=_LABELS - 10, y=top + 14, anchor="end"))
        for kind, colour in COLOURS.items():
            if count := counts.get(kind, 0):
                hint = element("title", text(f"{label}: {count} {KINDS[kind]}"))
                inside.append(_box((left, top), (count * scale, _BAR), colour, hint))
                left += count * scale
        inside.append(_text(str(sum(counts.values())), x=round(left) + 8, y=top + 14))
    return _chart(inside, len(rows) * _ROW + 12, title)


def columns(counts: Sequence[tuple[str, int]], *, title: str) -> Markup:
    """
    Return one column for each count, with its label below it.
    """
    most = max((count for _, count in counts), default=0) or 1
    step = (_WIDTH - 20) / max(len(counts), 1)
    inside = []
    for number, (label, count) in enumerate(counts):
        height, left = count / most * (_COLUMN_HEIGHT - 20), 10 + number * step
        top = _COLUMN_HEIGHT - height
        hint = element("title", text(f"{label}: {count}"))
        inside.append(_box((left + step * 0.12, top), (step * 0.76, height), COLOURS[Kind.MAIL], hint))
        if count:
            size = 13 if most <= _MOST_IN_FULL else 9
            inside.append(_text(str(count), x=round(left + step / 2), y=round(top) - 4, anchor="middle", size=size))
        inside.append(_text(label, x=round(left + step / 2), y=_COLUMN_HEIGHT + 18, anchor="middle"))
    return _chart(inside, _COLUMN_HEIGHT + _FOOT, title)


def legend(kinds: Sequence[Kind]) -> Markup:
    """
    Return which colour stands for which kind.
    """
    inside, left = [], 0
    for kind in kinds:
        inside.append(_box((left, 4), (14, 14), COLOURS[kind], Markup("")))
        inside.append(_text(KINDS[kind], x=left + 20, y=16))
        left += 36 + 8 * len(KINDS[kind])
    return _chart(inside, 24, "Farben der Arten")


def _chart(inside: Sequence[Markup], height: int, title: str) -> Markup:
    return element(
        "svg",
        element("title", text(title)),
        *inside,
        role="img",
        viewBox=f"0 0 {_WIDTH} {height}",
        width=str(_WIDTH),
        height=str(height),
        font_size="13",
        font_family="system-ui, sans-serif",
    )


def _box(corner: tuple[float, float], size: tuple[float, float], colour: str, hint: Markup) -> Markup:
    (x, y), (width, height) = corner, size
    return element("rect", hint, x=f"{x:.1f}", y=f"{y:.1f}", width=f"{width:.1f}", height=f"{height:.1f}", fill=colour)


def _text(said: str, *, x: int, y: int, anchor: str = "start", size: int = 13) -> Markup:
    return element("text", text(said), x=str(x), y=str(y), text_anchor=anchor, fill="#1b1f24", font_size=str(size))


def _short(label: str) -> str:
    """
    Return as much of a label as there is room for; the table below a chart has it whole.
    """
    return label if len(label) <= _MOST_LETTERS else f"{label[: _MOST_LETTERS - 1]}…"
