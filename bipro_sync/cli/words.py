"""Turning words of the command line into the model's own, with a clear refusal of others."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from ..errors import UsageError


Word = TypeVar("Word", bound=StrEnum)


def words_of(words: type[Word], names: Iterable[str]) -> list[Word]:
    """
    Return the members of *words* with these names; raises :class:`~bipro_sync.errors.UsageError` for others.
    """
    known = {word.value: word for word in words}
    wrong = [name for name in names if name not in known]
    if wrong:
        raise UsageError(f"{', '.join(wrong)} is none of {', '.join(known)}.")
    return [known[name] for name in names]
