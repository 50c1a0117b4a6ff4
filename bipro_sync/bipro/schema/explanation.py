"""Explain to a person what does not fit our schemas, with xmlschema; unlike the check it may repeat values."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from .check import MOST_VIOLATIONS, SCHEMA, Violation, path_of, read, violations


if TYPE_CHECKING:  # it takes a third of a second to be ready, and only people ask for it
    import xmlschema


_INTERNAL = re.compile(r" (?:for|of) <[^>]*>")
"""What only a programmer knows."""


def explain(envelope: bytes) -> tuple[Violation, ...]:
    """
    Return :func:`violations`, each with xmlschema's reason behind our words, where it has one for that place.

    The reasons may repeat what the insurer sent: they are for a person who may see the shipment, never for a log.
    """
    found = violations(envelope)
    if not any(each.path for each in found):
        return found
    errors: Any = islice(_schema().iter_errors(read(envelope)), MOST_VIOLATIONS)
    reasons = {path_of(error.elem): _INTERNAL.sub("", error.reason) for error in errors if error.elem is not None}
    return tuple(
        replace(each, what=f"{each.what} ({reasons[each.path]})") if each.path in reasons else each for each in found
    )


@cache
def _schema() -> xmlschema.XMLSchema:
    import xmlschema  # noqa: PLC0415 - see above

    return xmlschema.XMLSchema(SCHEMA, allow="local", defuse="always")
