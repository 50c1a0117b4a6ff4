"""Tombstones: what stands for bytes erased by law, and how they give way to it (docs/erasure.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace as replace_fields
from datetime import datetime
from pathlib import PurePosixPath

import msgspec

from ..durable import (
    READ_ONLY,
    exists,
    is_file,
    make_reachable,
    names,
    read_whole,
    remove_drafts,
    remove_published,
    replace,
)
from ..errors import IntegrityError
from ..model.shipment import Numbers
from .layout import Layout
from .manifest import FORMAT as MANIFEST_FORMAT
from .manifest import Manifest
from .store import ENVELOPE, MANIFEST, Archive


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


def tombstone_of(
    manifest: Manifest,
    digest: str,
    manifest_size: int,
    *,
    path: PurePosixPath,
    reason: str,
    by: str,
    at: datetime,
    seq: int,
) -> Tombstone:
    """
    Return what is to stand for a whole shipment: nothing that is personal, and every digest.
    """
    files = {file.stored: (file.size, file.sha256) for file in manifest.files}
    files[ENVELOPE] = (manifest.envelope_size, manifest.envelope_sha256)
    files[MANIFEST] = (manifest_size, digest)
    left = msgspec.structs.replace(
        manifest,
        listed=(),
        delivered=(),
        transfers=(),
        files=(),
        answer=(),
        numbers=Numbers(),
        linked=(),
        remarks=(),
        # A message's text may name a customer, its code cannot.
        status=replace_fields(manifest.status, messages=()),
    )
    return Tombstone(
        format=FORMAT,
        path=str(path),
        manifest=left,
        manifest_sha256=digest,
        erased=tuple(ErasedFile(stored=name, size=size, sha256=sha256) for name, (size, sha256) in files.items()),
        reason=reason,
        by=by,
        at=at,
        audit_seq=seq,
    )


def give_way(layout: Layout, tombstone: Tombstone) -> None:
    """
    Let the tombstone stand below this root, and remove what it stands for; durable when it returns.

    A tombstone that is there already stays as it is.  A crash in between is put right by doing it again.
    """
    path = PurePosixPath(tombstone.path)
    file = layout.tombstones / f"{path}.json"
    if not exists(file):
        make_reachable(file.parent, layout.root)
        remove_drafts(file.parent, re.escape(file.name))
        replace(file, msgspec.json.format(msgspec.json.encode(tombstone), indent=1) + b"\n", READ_ONLY)
    remove_published(layout.root / path, [erased.stored for erased in tombstone.erased])


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


def content_of(archive: Archive, path: PurePosixPath) -> str:
    """
    Return the digest of what the shipment at *path* says, or said before it gave way to its tombstone.

    Raises :class:`~bipro_sync.errors.IntegrityError` where neither can be read.
    """
    tombstone = tombstone_at(archive.layout, path)
    manifest = tombstone.manifest if tombstone else archive.manifest(path)[0]
    return manifest.content_sha256


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
