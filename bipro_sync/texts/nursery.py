"""The process that reads PDF files, each in a child that it makes for it and that may die of it.

`python -m bipro_sync.texts.nursery LIMITS` takes one path a line on its standard input and answers each with a line:
the outcome and how many bytes of UTF-8 follow.  The library is loaded once; what a file makes of it ends with its
child.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import NoReturn

import pypdfium2

from .answer import Limits, Outcome


_PASSWORD_WANTED = 4
"""The library's number for a file that is locked (FPDF_ERR_PASSWORD)."""

_OUTCOMES = list(Outcome)
_PIECE = 1 << 16


def _pages(path: str) -> Iterator[str]:
    with closing(pypdfium2.PdfDocument(path)) as document:
        for number in range(len(document)):
            with closing(document[number]) as page, closing(page.get_textpage()) as text:
                yield text.get_text_bounded()


def _read(path: str, limits: Limits) -> tuple[Outcome, bytes]:
    begun, size, pages = time.process_time(), 0, []
    for page in _pages(path):
        data = page.encode("utf-8", "replace")
        size += len(data)
        pages.append(data[: max(0, len(data) + limits.text - size)])
        if size > limits.text or time.process_time() - begun > limits.cut_after:
            return Outcome.CUT, b"\n".join(pages)
    text = b"\n".join(pages)
    return (Outcome.READ if text.strip() else Outcome.EMPTY), text


def _child(path: str, limits: Limits, answer: int) -> NoReturn:
    """
    Read one file, write its text into the pipe *answer*, and end with the outcome's number.
    """
    resource.setrlimit(resource.RLIMIT_CPU, (limits.kill_after, limits.kill_after))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        outcome, text = _read(path, limits)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code == _PASSWORD_WANTED
        outcome, text = Outcome.LOCKED if locked else Outcome.UNREADABLE, b""
    except Exception:  # noqa: BLE001 - whatever a foreign file does to the library, it is this file's outcome
        outcome, text = Outcome.KILLED, b""
    while text:
        text = text[os.write(answer, text) :]
    os._exit(_OUTCOMES.index(outcome))


def _read_apart(path: str, limits: Limits) -> tuple[Outcome, bytes]:
    if Path(path).stat().st_size > limits.file:
        return Outcome.TOO_LARGE, b""
    hear, say = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hear)
        _child(path, limits, say)
    os.close(say)
    with closing(os.fdopen(hear, "rb", buffering=0)) as pipe:
        text = _heard(pipe.fileno(), child, time.monotonic() + limits.patience)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return (_OUTCOMES[code], text) if 0 <= code < len(_OUTCOMES) else (Outcome.KILLED, b"")


def _heard(pipe: int, child: int, end: float) -> bytes:
    pieces: list[bytes] = []
    while select.select([pipe], [], [], max(0.0, end - time.monotonic()))[0]:
        if not (piece := os.read(pipe, _PIECE)):
            return b"".join(pieces)
        pieces.append(piece)
    os.kill(child, signal.SIGKILL)
    return b""


def main() -> None:
    """
    Answer until nothing more is asked.
    """
    limits = Limits.decode(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(PermissionError):  # a unit of systemd may forbid even this
        os.nice(10)
    for line in sys.stdin:
        try:
            outcome, text = _read_apart(line.removesuffix("\n"), limits)
        except OSError:
            outcome, text = Outcome.UNREADABLE, b""
        sys.stdout.buffer.write(f"{outcome} {len(text)}\n".encode() + text)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
