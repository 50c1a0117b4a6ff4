"""What is wrong with a configuration, as sentences for the person who wrote it; never with the value itself."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from . import schema


_SENTENCES = {
    "missing": "is missing",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "date_type": "must be a date such as 2027-12-31",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "tuple_type": "must be a list",
}

_KEYS = sorted(
    {
        name
        for section in vars(schema).values()
        if isinstance(section, type) and issubclass(section, schema.Section)
        for name in section.model_fields
    }
)


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
        yield located([*prefix, *path], _sentence(detail))


def _sentence(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind in {"literal_error", "enum"}:
        return f"must be {context['expected']}"
    if kind == "extra_forbidden":
        key = str(detail["loc"][-1])
        near = difflib.get_close_matches(key, _KEYS, n=1)
        return f"is not a known key here{f'; did you mean {near[0]}?' if near and key not in _KEYS else ''}"
    return _SENTENCES.get(kind) or detail["msg"].replace("Input should be", "must be")
