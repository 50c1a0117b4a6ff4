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


def reason_of(text: str) -> str:
    """
    Return why somebody decides something; raises :class:`~bipro_sync.errors.UsageError` where that is nothing.
    """
    if not text.strip():
        raise UsageError("--reason says nothing; it stands in the audit log for years.")
    return text.strip()
