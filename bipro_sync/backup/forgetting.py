"""Letting go old backups, and what only they were made of: what the law wants erased must not live on in copies."""

from __future__ import annotations

from pathlib import Path

from ..durable import errors, names, read_whole, remove_file
from .target import ENCRYPTED, REFS, Target


def forget(target: Target, keep: int) -> int:
    """
    Remove all but the last *keep* backups, and every object that none of these names; return how many backups went.

    The caller holds the directory alone.  A backup goes before its objects do, so that none is ever there in part; what
    a crash leaves goes the next time.
    """
    gone = target.backups()[:-keep]
    for name in gone:
        remove_file(target.index_path(name))
        remove_file(_refs_of(target, name))
    if gone:
        _sweep(target)
    return len(gone)


def _sweep(target: Target) -> None:
    # Digests and no texts: of a million shipments they take a hundred megabytes, and not three.
    used: set[bytes] = set()
    for name in target.backups():
        used |= _digests(_refs_of(target, name))
    for name in list(names(target.root / "refs")):
        if bytes.fromhex(name) in used:
            used |= _digests(target.root / "refs" / name)
        else:
            _remove(target.root / "refs" / name)
    for place in names(target.root / "objects"):
        for name in list(names(target.root / "objects" / place)):
            if bytes.fromhex(name.removesuffix(ENCRYPTED)) not in used:
                _remove(target.root / "objects" / place / name)


def _refs_of(target: Target, name: str) -> Path:
    return target.root / "backups" / f"{name}{REFS}"


def _digests(path: Path) -> set[bytes]:
    return set(map(bytes.fromhex, read_whole(path).decode("ascii").split()))


def _remove(path: Path) -> None:
    with errors("remove", path):
        path.unlink()
