"""The log's head for a signer who is another user: drawn up, not signed, and replaced as a whole.

That it changed tells the signer to look, who draws up a checkpoint from the log itself and believes nothing here.
"""

from __future__ import annotations

from pathlib import Path

from ..durable import exists, read_whole, remove_drafts, replace
from ..errors import IntegrityError
from .checkpoint import Checkpoint
from .drawing_up import draw_up
from .stillness import standing_still


_NAME, _TREE = "unsigned", ".unsigned"
_REPLACED = rf"\.?{_NAME}"


def leave_unsigned(directory: Path, origin: str) -> Checkpoint | None:
    """
    Write what there is to be signed of the log to `unsigned`, and return it; None where the log has no records.

    Durable when it returns.  Raises :class:`~bipro_sync.errors.IntegrityError` where the log contradicts what was left
    before.
    """
    tree = directory / _TREE
    with standing_still(directory):
        remove_drafts(directory, _REPLACED)
        kept = read_whole(tree) if exists(tree) else b""
        drawn_up = draw_up(directory, origin, _left_before(directory, origin), kept)
        if drawn_up is None:
            return None
        replace(tree, drawn_up.kept)
        replace(directory / _NAME, drawn_up.checkpoint.text.encode())
        return drawn_up.checkpoint


def unsigned_size(directory: Path) -> int:
    """
    Return how many records the head had that was left last; 0 where none was, or it cannot be told.
    """
    left = _parsed(directory)
    return left.size if left else 0


def _left_before(directory: Path, origin: str) -> Checkpoint | None:
    left = _parsed(directory)
    return left if left and left.origin == origin else None


def _parsed(directory: Path) -> Checkpoint | None:
    path = directory / _NAME
    try:
        return Checkpoint.parse(read_whole(path).decode("utf-8", "replace")) if exists(path) else None
    except IntegrityError:
        return None
