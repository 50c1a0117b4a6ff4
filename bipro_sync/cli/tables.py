"""The one look of tables: narrow, without lines, and nothing in them is ever cut off."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rich.table import Table


def table_of(headings: Iterable[str], *, numbers: Collection[str] = (), title: str | None = None) -> Table:
    """
    Return a table with these headings; the columns in *numbers* stand right.
    """
    table = Table(
        box=None,
        header_style="bold",
        pad_edge=False,
        collapse_padding=True,
        title=f"\n{title}" if title else None,
        title_justify="left",
    )
    for heading in headings:
        table.add_column(heading, justify="right" if heading in numbers else "left", overflow="fold")
    return table
