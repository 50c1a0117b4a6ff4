"""The only module of this room that opens files, and only to read them."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import BinaryIO, TypeAlias


Source: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""A path, the bytes themselves, or a binary file."""


def opened(source: Source) -> tuple[BinaryIO, bool]:
    """
    Return a binary file of *source*, and whether it is ours to close; `OSError` where a path cannot be opened.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return io.BytesIO(source), True
    if isinstance(source, str | os.PathLike):
        return Path(source).open("rb", buffering=0), True
    return source, False
