"""The tables that say where deliveries are handed over to, and under which names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from ..model.kinds import Kind
from ..model.naming import USUAL, NameTemplate
from .section import Section
from .values import AbsolutePath, AnyKind, Command


OF_THEIR_OWN = frozenset({Kind.GDV_PORTFOLIO, Kind.GDV_CHANGES, Kind.CLAIMS, Kind.COMMISSION})
"""Kinds whose files are for programs and accounts: they never lie among letters."""

Names = Annotated[NameTemplate, PlainValidator(NameTemplate.parse), WithJsonSchema({"type": "string"})]


class HandoverSection(Section):
    """
    One `[handover.NAME]`: a directory that another system watches, and what it is given.

    *kinds* is empty for all of them; *since* is the first day of storage that counts; *format* says what lies beside
    each file: a side-car (`json`), or nothing (`bare`); *scan* is a program that gets the files' paths and says by its
    exit code whether they are clean.
    """

    target: AbsolutePath
    names: Names = NameTemplate(USUAL)
    kinds: Annotated[tuple[AnyKind, ...], Field(strict=False)] = ()
    format: Literal["json", "bare"] = "json"
    since: date | None = None
    scan: Command | None = None

    def problems(self) -> Iterator[tuple[str, str]]:
        """
        Yield which keys do not fit together, and why.
        """
        kinds = set(self.kinds or Kind)
        if len(kinds) > 1 and kinds & OF_THEIR_OWN and not self.names.separates_kinds:
            yield "names", "must have {kind} in a folder: GDV and commission files never lie among letters"


def handover_problems(
    targets: dict[str, HandoverSection], archive: Path, second_copy: str
) -> Iterator[tuple[str, str, str]]:
    """
    Yield of which target which key is wrong beside the rest of the file, and why.
    """
    ours = [archive.resolve(), *([Path(second_copy).resolve()] if second_copy else [])]
    seen: set[Path] = set()
    for name, section in targets.items():
        target = section.target.resolve()
        if any(target.is_relative_to(each) or each.is_relative_to(target) for each in ours):
            yield name, "target", "must lie outside of the archive and of its second copy, and they outside of it"
        if target in seen:
            yield name, "target", "is another target's directory, too"
        seen.add(target)
        for key, sentence in section.problems():
            yield name, key, sentence
