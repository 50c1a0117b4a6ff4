"""The physical records of a file, one after the other: what is no record hangs on one.

A byte order mark, blank lines and Ctrl-Z hang on the record before them, at the beginning on the one behind them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .pieces import MOST_BYTES, Cut, Line, Run


_MANY = 64


def batches(pieces: Iterable[Run | Line]) -> Iterator[list[Cut]]:
    """
    Give the fields of one `Line` after the other, many at once.

    The last record of a batch waits for the next one, which may begin with what hangs on it.
    """
    held: list[Cut] = []
    for piece in pieces:
        if isinstance(piece, Line):
            _add(held, piece)
        else:
            first, *others = piece.lines()
            _add(held, Line._make(first))
            held += others
        if len(held) > _MANY:
            yield held[:-1]
            held = held[-1:]
    if held:
        yield held


def lines(pieces: Iterable[Run | Line]) -> Iterator[Line]:
    """
    Give one record after the other.
    """
    for batch in batches(pieces):
        yield from map(Line._make, batch)


def _add(found: list[Cut], line: Line) -> None:
    """
    Add a line to those found; what holds nothing hangs on the one before, as long as it is not too much.
    """
    if not found:
        found.append(line)
        return
    offset, before, raw, ending = found[-1]
    if not raw and not ending and len(before) < MOST_BYTES:
        # Nothing but loose bytes came so far: they stand before the file's first record.
        found[-1] = (line.offset, before + line.before, line.raw, line.ending)
    elif line.raw:
        found[-1] = (offset, before, raw, ending + line.before)
        found.append(line._replace(before=b""))
    elif len(ending) + len(line.before) <= MOST_BYTES:
        found[-1] = (offset, before, raw, ending + line.before)
    else:
        found.append(line)
