"""Finding stored shipments by words: in names, numbers and fields, and in what was read of their documents."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice

from ..model.kinds import Kind
from .entries import Entry
from .queries import Queries
from .texts import Texts


@dataclass(frozen=True, slots=True)
class FoundShipments:
    """
    What was found, the newest listing first, and whether there is *more* than was asked for.
    """

    entries: list[Entry]
    more: bool


def find_shipments(
    queries: Queries,
    texts: Texts | None,
    words: str,
    *,
    insurers: Collection[str] = (),
    kinds: Collection[Kind] = (),
    limit: int | None = None,
) -> FoundShipments:
    """
    Return the stored shipments whose contents may be shown and in which each word occurs, up to *limit* of the newest.

    Words are compared as by :meth:`Queries.documents`.  What documents say is found where *texts* has it.
    """
    most = None if limit is None else limit + 1
    found = {
        entry.number: entry for entry in queries.documents(insurers=insurers, kinds=kinds, words=words, limit=most)
    }
    if texts is not None:
        said = _said(queries, texts, words, insurers, kinds)
        found |= {entry.number: entry for entry in islice(said, most)}
    newest = [found[number] for number in sorted(found, reverse=True)]
    return FoundShipments(newest[:limit], more=limit is not None and len(newest) > limit)


def _said(
    queries: Queries, texts: Texts, words: str, insurers: Collection[str], kinds: Collection[Kind]
) -> Iterator[Entry]:
    for each in texts.find(words, insurers=insurers, kinds=kinds):
        for entry in queries.find(each.id, each.insurer):
            # What lies there may be another delivery by now, or not ours to look at.
            if entry.shown and entry.stored_at and entry.manifest_sha256 == each.manifest_sha256:
                yield entry
