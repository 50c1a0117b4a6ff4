"""Reads the shipments of a scenario; it opens nothing but the documents that they name."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Any

from .framing import Quirk
from .habits import Packing
from .scenario import NAMESPACES, File, Shipment, Transfer
from .tables import Table
from .words import Algorithm


DOCUMENTS = Path(__file__).parent / "documents"
"""The files that come with the package."""

_LONGEST_ID = 25


def read_packing(table: Table, default: Packing) -> Packing:
    """
    Return how answers are written, with *default* for what the table leaves out.
    """
    quirks = table.choices("quirks", Quirk) if table.has("quirks") else default.quirks
    if Quirk.ROOT_LAST in quirks and {Quirk.NO_START, Quirk.ROOT_WITHOUT_ID} & set(quirks):
        table.problem(
            "a root part that comes last must be named: root-last goes with neither no-start nor root-without-id"
        )
    if {Quirk.NO_LAST_CRLF, Quirk.EPILOGUE} <= set(quirks):
        table.problem("an epilogue begins on a line of its own: epilogue goes not with no-last-crlf")
    return Packing(
        prefixes=table.choice("prefixes", default.prefixes),
        framing=table.choice("framing", default.framing),
        quirks=quirks,
    )


def read_shipment(table: Table, packing: Packing, folder: Path) -> Shipment:
    """
    Return one shipment with the bytes of its files; documents are looked for in *folder* first.
    """
    shipment = Shipment(
        id=table.text("id"),
        posted=table.optional_text("posted"),
        category=table.optional_text("category"),
        delivery_type=table.optional_text("delivery_type"),
        data_only=table.optional_flag("data_only"),
        periodic=table.optional_flag("periodic"),
        line=table.optional_text("line"),
        available_until=table.optional_text("available_until"),
        transfer_count=table.optional_integer("transfer_count"),
        further=_fields(table, "further"),
        transfers=tuple(_transfer(each, folder) for each in table.tables("transfer", f"{table.where}, transfer")),
        packing=read_packing(table, packing),
    )
    if not 1 <= len(shipment.id) <= _LONGEST_ID:
        table.problem(f"id must have 1 to {_LONGEST_ID} characters")
    table.finish()
    return shipment


def _transfer(table: Table, folder: Path) -> Transfer:
    transfer = Transfer(
        type=table.text("type", "tgevo:CT_GeVoTransfer"),
        fields=_fields(table, "fields"),
        files=tuple(_file(each, folder) for each in table.tables("file", f"{table.where}, file")),
        further=_fields(table, "further"),
    )
    if transfer.type and transfer.type.partition(":")[0] not in NAMESPACES:
        table.problem(f"type must begin with one of the prefixes {', '.join(NAMESPACES)}")
    table.finish()
    return transfer


def _fields(table: Table, key: str) -> dict[str, Any]:
    fields = dict(table.mapping(key))
    _check_fields(table, key, fields)
    return fields


def _check_fields(table: Table, where: str, value: object) -> None:
    if isinstance(value, dict):
        for name, content in value.items():
            prefix, colon, _ = name.partition(":")
            if colon and prefix not in NAMESPACES:
                table.problem(f"{where}: {name} has none of the prefixes {', '.join(NAMESPACES)}")
            _check_fields(table, f"{where}.{name}", content)
    elif isinstance(value, list):
        for content in value:
            _check_fields(table, where, content)
    elif not isinstance(value, str):
        table.problem(f"{where} must be a string, a table or a list of these")


def _file(table: Table, folder: Path) -> File:
    sources = [key for key in ("document", "text", "base64", "size", "link") if table.has(key)]
    if len(sources) != 1:
        table.problem("exactly one of document, text, base64, size and link must be given")
    file = File(
        data=_content(table, sources[0], folder) if sources else None,
        link=table.optional_text("link"),
        name=table.optional_text("name"),
        kind=table.optional_text("kind"),
        media_type=table.optional_text("media_type"),
        compression=table.optional_text("compression"),
        document_types=table.texts("document_types"),
        checksum=table.choice("checksum", Algorithm.NONE),
    )
    table.finish()
    return file


def _content(table: Table, source: str, folder: Path) -> bytes | None:
    match source:
        case "document":
            name = table.text(source)
            places = [place / name for place in (folder, DOCUMENTS) if (place / name).is_file()]
            if not places:
                table.problem(f"there is no document {name}")
                return None
            return places[0].read_bytes()
        case "base64":
            try:
                return base64.b64decode(table.text(source), validate=True)
            except binascii.Error:
                table.problem("base64 is not valid")
                return None
        case "size":
            size = table.integer(source, 0)
            pattern = bytes(range(256)) * 16
            return (pattern * (size // len(pattern) + 1))[:size]
        case "text":
            return table.text(source).encode()
        case _:
            return None
