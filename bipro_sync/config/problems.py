"""What is wrong with a configuration, as sentences for the person who wrote it; never with the value itself."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from . import schema
from .section import Section


_SENTENCES = {
    "missing": "is missing",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "date_type": "must be a date such as 2027-12-31",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "tuple_type": "must be a list",
}

_TAGS = tuple(
    literal for anchor in get_args(schema.Anchor) for literal in get_args(anchor.model_fields["kind"].annotation)
)
"""The kinds of anchors."""

_UNDECIDED = frozenset({"union_tag_invalid", "union_tag_not_found"})
"""Errors of a table whose `kind` does not say what it is."""

_KEYS = sorted({name for section in Section.__subclasses__() for name in section.model_fields})


def located(path: Sequence[str | int], sentence: str) -> str:
    """
    Return *sentence* with its place before it: `[insurers.allianz] workers: must be …`.
    """
    names: list[str] = []
    for part in path:
        if isinstance(part, int):
            names[-1] += f"[{part}]"
        else:
            names.append(part)
    *tables, key = names
    return f"[{'.'.join(tables)}] {key}: {sentence}" if tables else f"{key}: {sentence}"


def sentences(error: ValidationError, prefix: tuple[str, ...] = ()) -> Iterator[str]:
    """
    Yield one sentence for each problem found, with *prefix* naming the table that was looked at.
    """
    for detail in error.errors(include_url=False, include_input=False):
        path = [part for part in detail["loc"] if part != "[key]"]
        if detail["type"] in _UNDECIDED:
            path.append("kind")
        yield located([*prefix, *_without_tags(path)], _sentence(detail))


def _without_tags(path: Sequence[str | int]) -> Iterator[str | int]:
    """
    Yield the place without the word by which the members of a list are told apart; it is no table of the file.
    """
    before: str | int = ""
    for part in path:
        if not (isinstance(before, int) and part in _TAGS):
            yield part
        before = part


def _sentence(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind in {"literal_error", "enum"}:
        return f"must be {context['expected']}"
    if kind in _UNDECIDED:
        return f"must be one of {', '.join(map(repr, _TAGS))}"
    if kind == "extra_forbidden":
        key = str(detail["loc"][-1])
        near = difflib.get_close_matches(key, _KEYS, n=1)
        return f"is not a known key here{f'; did you mean {near[0]}?' if near and key not in _KEYS else ''}"
    return _SENTENCES.get(kind) or detail["msg"].replace("Input should be", "must be")
