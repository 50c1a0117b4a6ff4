"""Writes what leads from an export's last record, from older checkpoints and from time stamps to its checkpoint.

What stands before the last record hangs on it by the chain, so one proof is enough for all.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from ..durable import READ_ONLY, NewFile, make_scratch, read_whole, write_new
from .checkpoints import Checkpoints
from .merkle import Tree
from .note_files import note_name, note_names, size_in, stamp_name, stamps_in


STAMPED = "stamped"
"""The directory of an export that has the time stamps, with the checkpoints they are of."""


def write_proof(draft: Path, tree: Tree, last: int, numbers: tuple[int, int]) -> None:
    """
    Write how record number *last* leads to the tree's root; *numbers* are those of the first and the last one exported,
    in the insurer's own counting where it is an insurer's export.
    """
    proof = {"numbers": numbers, "path": [each.hex() for each in tree.inclusion(last - 1)]}
    write_new(draft / "proof.json", msgspec.json.encode(proof) + b"\n", READ_ONLY)


def write_checkpoints(log: Path, draft: Path, tree: Tree) -> None:
    """
    Write how every checkpoint of the log in *log* up to the tree's size leads to the tree's root.
    """
    file = NewFile(draft / "checkpoints.jsonl", READ_ONLY)
    try:
        for note in Checkpoints(log).paths():
            if size_in(note.name) <= tree.size:
                file.write(msgspec.json.encode(_checkpoint(note, tree)) + b"\n")
        file.finish()
    except BaseException:
        file.abandon()
        raise


def stamps_for(log: Path, size: int) -> tuple[tuple[str, int], ...]:
    """
    Return each anchor that gave time stamps to checkpoints of the log in *log*, and the size of the newest one of those
    that are there, of at most *size* records.
    """
    checkpoints = log / "checkpoints"
    kept = {size_in(name) for name in note_names(checkpoints)}
    return tuple({anchor: of for of, anchor in stamps_in(checkpoints) if of <= size and of in kept}.items())


def write_stamps(log: Path, draft: Path, stamps: Collection[tuple[str, int]]) -> None:
    """
    Copy these time stamps and the checkpoints they are of, byte for byte, to a directory of their own.
    """
    if not stamps:
        return
    make_scratch(draft / STAMPED)
    for name in sorted({note_name(size) for _, size in stamps} | {stamp_name(size, anchor) for anchor, size in stamps}):
        write_new(draft / STAMPED / name, read_whole(log / "checkpoints" / name), READ_ONLY)


def _checkpoint(note: Path, tree: Tree) -> dict[str, object]:
    size = size_in(note.name)
    proof = tree.consistency(size)
    consistency = None if proof is None else [each.hex() for each in proof]
    return {"size": size, "note": read_whole(note).decode(), "consistency": consistency}
