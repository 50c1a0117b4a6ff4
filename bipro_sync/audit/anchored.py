"""What anchors that can be looked into know of a log, for whoever restores a backup of it or tries one out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from ..durable import names
from .note_files import NOTE, size_in


def anchored_notes(anchors: Collection[Path], name: str) -> Iterator[tuple[int, Path]]:
    """
    Yield size and file of each checkpoint of the log called *name* in these directories.
    """
    own = re.compile(rf"{re.escape(name)}-({NOTE.pattern})")
    for anchor in anchors:
        for each in names(anchor):
            if found := own.fullmatch(each):
                yield size_in(found[1]), anchor / each
