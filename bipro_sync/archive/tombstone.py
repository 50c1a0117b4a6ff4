"""Tombstones: what stands for bytes erased by law; this version reads them and writes none (docs/erasure.md)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath

import msgspec

from ..durable import is_file, names, read_whole
from ..errors import IntegrityError
from .layout import Layout
from .manifest import FORMAT as MANIFEST_FORMAT
from .manifest import Manifest


FORMAT = 1
"""The tombstone's format; readers accept this one only."""


class ErasedFile(msgspec.Struct, frozen=True, kw_only=True):
    """
    One file that is gone: our name for it, what size it had in bytes and which SHA-256.
    """

    stored: str
    size: int
    sha256: str


class Tombstone(msgspec.Struct, frozen=True, kw_only=True):
    """
    What `tombstones/<path of the shipment>.json` holds.

    *manifest* stands for the shipment's own, without what was personal in it; *manifest_sha256* is that of the one
    that was stored, manifest and envelope are among the *erased* as every file that is gone.  *reason* says by which
    law, *by* who decided, *at* when, *audit_seq* under which number the audit log has the decision.
    """

    format: int
    path: str
    manifest: Manifest
    manifest_sha256: str
    erased: tuple[ErasedFile, ...]
    reason: str
    by: str
    at: datetime
    audit_seq: int


_DECODER = msgspec.json.Decoder(Tombstone)


def tombstone_at(layout: Layout, path: PurePosixPath) -> Tombstone | None:
    """
    Return the tombstone of the shipment at *path*; None where it has none.

    Raises :class:`~bipro_sync.errors.IntegrityError` where it cannot be read, or is that of another shipment.
    """
    file = layout.tombstones / f"{path}.json"
    if not is_file(file):
        return None
    try:
        tombstone = _DECODER.decode(read_whole(file))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise IntegrityError(f"The tombstone of {path} cannot be read ({type(error).__name__}).") from error
    if (tombstone.format, tombstone.manifest.format) != (FORMAT, MANIFEST_FORMAT):
        raise IntegrityError(f"The tombstone of {path} has format {tombstone.format}; this version reads {FORMAT}.")
    if tombstone.path != str(path):
        raise IntegrityError(f"The tombstone of {path} is that of {tombstone.path}.")
    return tombstone


def tombstone_paths(layout: Layout) -> Iterator[PurePosixPath]:
    """
    Yield the path of every shipment that has a tombstone, in no order.
    """
    for place in names(layout.tombstones):
        for path in below(layout, PurePosixPath("tombstones", place)):
            if path.suffix == ".json":
                yield path.relative_to("tombstones").with_suffix("")


def below(layout: Layout, place: PurePosixPath) -> Iterator[PurePosixPath]:
    """
    Yield what lies in the months below *place*, `<insurer>/<yyyy>/<mm>/…`, relative to the root and in no order.
    """
    for insurer in names(layout.root / place):
        for year in names(layout.root / place / insurer):
            for month in names(layout.root / place / insurer / year):
                for name in names(layout.root / place / insurer / year / month):
                    yield place / insurer / year / month / name
