"""Asking the reading process for one file after the other, and starting another where it is gone."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from .answer import Limits, Outcome, Reading


_PROCESS = f"{__package__}.nursery"


def is_installed() -> bool:
    """
    Say whether the library that reads PDF files is installed: the extra `pdf`.
    """
    return importlib.util.find_spec("pypdfium2") is not None


class PdfReader:
    """
    One reading process, started when first needed; for one thread, and closed with its block.

    It inherits neither our environment's secrets nor our open files, and what it says on stderr is nobody's.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, path: Path) -> Reading:
        """
        Return what the file at *path* (of ours, without a line break) says; whatever it holds, no error comes of it.
        """
        process = self._process = self._process or self._start()
        assert process.stdin is not None and process.stdout is not None  # noqa: PT018 - for the type checker
        try:
            process.stdin.write(f"{path}\n".encode())
            process.stdin.flush()
            reading = _answer(process.stdout)
        except (BrokenPipeError, ValueError, EOFError):
            self._end()
            return Reading(Outcome.KILLED)
        return reading

    def _start(self) -> subprocess.Popen[bytes]:
        kept = ("PATH", "PYTHONPATH", "LANG", "LC_ALL")
        return subprocess.Popen(  # noqa: S603 - our own words
            [sys.executable, "-P", "-m", _PROCESS, self._limits.encode()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in kept if name in os.environ},
            start_new_session=True,
        )

    def _end(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        # Its group, so that a child at work on a file goes, too.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _answer(pipe: IO[bytes]) -> Reading:
    line = pipe.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    outcome, size = line.decode("ascii").split()
    text = pipe.read(int(size))
    if len(text) != int(size):
        raise EOFError
    return Reading(Outcome(outcome), text.decode("utf-8", "replace"))
