"""Reading one of the small files below `state/`: what it holds, nothing, or an error that says what is unknown now."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from ..durable import exists, read_whole
from ..errors import StorageError


State = TypeVar("State", bound=msgspec.Struct)


def read_state(path: Path, decoder: msgspec.json.Decoder[State], *, problem: str, hint: str) -> State | None:
    """
    Return what the file at *path* holds, or None where there is none.

    Raises :class:`~bipro_sync.errors.StorageError` where it is garbage: *problem* says what cannot be told then, *hint*
    what to do.
    """
    if not exists(path):
        return None
    try:
        return decoder.decode(read_whole(path))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StorageError(problem, hint=hint) from error
