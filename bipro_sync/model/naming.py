"""How handed-over files are called: a template of our own words; nothing that an insurer named becomes a path."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath


FIELDS = ("insurer", "kind", "category", "day", "year", "month", "shipment", "file")
"""What a template may name; *shipment* is the id as the archive escapes it, *file* the archive's own name."""

UNIQUE = ("insurer", "shipment", "file")
"""What it must name, or two files would have one name."""

USUAL = "{insurer}/{day}/{kind}/{shipment}_{file}"

_LITERAL = re.compile(r"[A-Za-z0-9._ /-]*")


@dataclass(frozen=True, slots=True)
class NameTemplate:
    """
    A relative path with fields in braces; made by :meth:`parse` only.
    """

    text: str

    @classmethod
    def parse(cls, text: object) -> NameTemplate:
        """
        Read a template; raises :class:`ValueError` for one that is none, or that gives two files one name.
        """
        if not isinstance(text, str):
            raise ValueError(f'must be a template such as "{USUAL}"')  # noqa: TRY004 - pydantic collects only ValueErrors
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError:
            raise ValueError("has a brace without its other half") from None
        named = {name for _, name, _, _ in parts if name is not None}
        if not named <= set(FIELDS) or any(spec or conversion for _, _, spec, conversion in parts):
            raise ValueError(f"may name {', '.join(f'{{{field}}}' for field in FIELDS)} and nothing else in braces")
        if not all(_LITERAL.fullmatch(literal) for literal, *_ in parts):
            raise ValueError(
                "may hold letters, digits, dots, blanks, hyphens, underscores and slashes beside the fields"
            )
        if missing := [f"{{{field}}}" for field in UNIQUE if field not in named]:
            raise ValueError(f"must name {', '.join(missing)}, or two files would have one name")
        folders = text.split("/")
        if any(
            not folder.strip() or folder.startswith((".", " ")) or folder.endswith((".", " ")) for folder in folders
        ):
            raise ValueError("must be a path below the target, without empty or hidden folders")
        return cls(text)

    @property
    def separates_kinds(self) -> bool:
        """
        Whether each kind gets a folder of its own.
        """
        return any("{kind}" in folder for folder in self.text.split("/")[:-1])

    def path(self, values: Mapping[str, str]) -> PurePosixPath:
        """
        Return the path for these values of all fields, each of which is a plain name already.
        """
        return PurePosixPath(self.text.format_map(values))
