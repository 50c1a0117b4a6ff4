"""What other systems are told beside the bytes: a side-car for each file, and an index for each insurer and day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

import msgspec

from ..archive import Manifest
from ..model.kinds import german_category_label
from ..model.policy_number import normalised
from ..pages import csv_of
from .contents import Delivery, Item


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

VERSION = 1
"""The side-car's format; what is added to it later does not change the number."""

HEADINGS = (
    "path",
    "insurer",
    "shipment",
    "kind",
    "category",
    "category_meaning",
    "policy_number",
    "policy_number_normalised",
    "broker_number",
    "process_number_broker",
    "process_number",
    "document_date",
    "posted_at",
    "stored_at",
    "size",
    "sha256",
)


def side_car(delivery: Delivery, item: Item, path: PurePosixPath) -> bytes:
    """
    Return the JSON object that says what the file at *path*, relative to the target, is.
    """
    manifest = delivery.manifest
    said = {
        "version": VERSION,
        "insurer": manifest.insurer,
        "shipment": manifest.shipment,
        "category": manifest.category,
        "category_meaning": german_category_label(manifest.category),
        "line": manifest.line,
        "document_dates": document_dates(manifest),
        "posted_at": manifest.posted_at,
        "stored_at": manifest.stored_at,
        "policy_numbers": [{"sent": each, "normalised": normalised(each)} for each in manifest.numbers.policy],
        "claim_numbers": manifest.numbers.claim,
        "broker_numbers": manifest.numbers.broker,
        "process_numbers": manifest.numbers.process,
        "process_numbers_broker": manifest.numbers.process_broker,
        "manifest_sha256": delivery.entry.manifest_sha256,
        "file": {
            "path": str(path),
            "name": item.name,
            "kind": item.kind,
            "media_type": item.media_type,
            "size": item.size,
            "sha256": item.sha256,
        },
    }
    return msgspec.json.format(msgspec.json.encode(said), indent=1) + b"\n"


def document_dates(manifest: Manifest) -> tuple[str, ...]:
    """
    Return the days on which the insurer says that a shipment's business transactions were drawn up, each once.
    """
    sent = (
        field.value[:10]
        for transfer in manifest.transfers
        for field in transfer.fields
        if field.path == "Erstelldatum" and _DAY.match(field.value)
    )
    return tuple(dict.fromkeys(sent))


def index_row(delivery: Delivery, item: Item, path: PurePosixPath) -> tuple[object, ...]:
    """
    Return the line about one file, in the order of :data:`HEADINGS`; several numbers stand side by side.
    """
    manifest, numbers = delivery.manifest, delivery.manifest.numbers
    return (
        str(path),
        manifest.insurer,
        manifest.shipment,
        item.kind.value,
        manifest.category,
        german_category_label(manifest.category),
        " | ".join(numbers.policy),
        " | ".join(map(normalised, numbers.policy)),
        " | ".join(numbers.broker),
        " | ".join(numbers.process_broker),
        " | ".join(numbers.process),
        " | ".join(document_dates(manifest)),
        manifest.posted_at.isoformat() if manifest.posted_at else "",
        manifest.stored_at.isoformat(),
        item.size,
        item.sha256,
    )


def index(rows: Iterable[tuple[object, ...]]) -> bytes:
    """
    Return a day's index as CSV.
    """
    return csv_of(HEADINGS, rows)
