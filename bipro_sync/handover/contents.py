"""What of a stored shipment is handed over: its files as they came, or where it has none its XML and a page of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..archive import Archive, Manifest
from ..archive.layout import escape
from ..archive.store import ENVELOPE
from ..catalog import Entry
from ..errors import IntegrityError
from ..model.kinds import Kind
from ..model.zone import BERLIN
from .readable import readable_page


DATA = "data.xml"
PAGE = "page.html"

_CATEGORY = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """
    One file to be handed over under our name *file*: bytes that lie at *source*, or *data* made here.

    *name* is what the insurer called it; digest and size are those of the bytes.
    """

    file: str
    kind: Kind
    sha256: str
    size: int
    media_type: str
    name: str | None = None
    source: Path | None = None
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    One stored shipment as it is handed over: its row, its manifest, and what lies beside that.
    """

    entry: Entry
    manifest: Manifest
    items: tuple[Item, ...]

    @property
    def day(self) -> str:
        """
        The day in Berlin on which it was stored.
        """
        return f"{self.manifest.stored_at.astimezone(BERLIN):%Y-%m-%d}"

    def values(self, item: Item) -> dict[str, str]:
        """
        Return what the template's fields stand for.
        """
        category = self.manifest.category or ""
        return {
            "insurer": self.manifest.insurer,
            "kind": item.kind.value,
            "category": category if _CATEGORY.fullmatch(category) else "none",
            "day": self.day,
            "year": self.day[:4],
            "month": self.day[5:7],
            "shipment": escape(self.manifest.shipment),
            "file": item.file,
        }


def delivery_of(archive: Archive, entry: Entry) -> Delivery:
    """
    Read a stored shipment's manifest and say what is to be handed over.

    Raises :class:`~bipro_sync.errors.IntegrityError` where it is another than the catalogue knows, or not to be shown.
    """
    assert entry.path is not None
    manifest, digest = archive.manifest(entry.path)
    if digest != entry.manifest_sha256:
        raise IntegrityError(f"{entry.path} has another manifest than the catalogue knows.")
    if not manifest.shown:
        raise IntegrityError(f"{entry.path} is kept in the quarantine and is not to be handed over.")
    directory = archive.layout.root / entry.path
    items = tuple(_files(directory, manifest)) or tuple(_data(directory, manifest))
    return Delivery(entry, manifest, items)


def _files(directory: Path, manifest: Manifest) -> Iterator[Item]:
    # What the insurer refers to twice lies there once.
    for file in {file.stored: file for file in reversed(manifest.files)}.values():
        yield Item(
            file=file.stored,
            kind=file.kind,
            sha256=file.sha256,
            size=file.size,
            media_type=file.media_type,
            name=file.name,
            source=directory / file.stored,
        )


def _data(directory: Path, manifest: Manifest) -> Iterator[Item]:
    yield Item(
        file=DATA,
        kind=manifest.kind,
        sha256=manifest.envelope_sha256,
        size=manifest.envelope_size,
        media_type="application/xml",
        source=directory / ENVELOPE,
    )
    shown = readable_page(manifest).encode()
    yield Item(
        file=PAGE,
        kind=manifest.kind,
        sha256=hashlib.sha256(shown).hexdigest(),
        size=len(shown),
        media_type="text/html",
        data=shown,
    )
