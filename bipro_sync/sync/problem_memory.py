"""What keeps sections of the configuration from being used, for whoever has no time to look at profiles and files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from ..archive import Layout, read_state
from ..durable import replace


class ProblemMemory(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the file holds: the problems that the last run found, by insurer; those without any are left out.
    """

    insurers: dict[str, tuple[str, ...]] = {}


_DECODER = msgspec.json.Decoder(ProblemMemory)


def remembered_problems(layout: Layout) -> Mapping[str, tuple[str, ...]]:
    """
    Return the problems that the last run found, by insurer.

    Raises :class:`~bipro_sync.errors.StorageError` where the file is garbage.
    """
    path = _file(layout)
    hint = "Remove it: the next run writes it anew."
    memory = read_state(path, _DECODER, problem=f"{path} cannot be read.", hint=hint)
    return memory.insurers if memory else {}


def remember_problems(layout: Layout, problems: dict[str, tuple[str, ...]]) -> None:
    """
    Keep them durably; nothing is written where nothing is new.
    """
    if problems != remembered_problems(layout):
        replace(_file(layout), msgspec.json.encode(ProblemMemory(insurers=problems)))


def _file(layout: Layout) -> Path:
    return layout.state / "problems.json"
