"""Asking a program whether files are clean before they are handed over: it says 0 or 1, and all else is no word."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ..errors import HandoverError


SECONDS = 300.0
"""How long a program may look at one shipment."""

_INFECTED = 1


def is_infected(command: Sequence[str], files: Sequence[Path], *, seconds: float = SECONDS) -> bool:
    """
    Let the program look at *files*, all of one shipment, and say what it says; what it prints is read by nobody.

    Raises :class:`~bipro_sync.errors.HandoverError` where it says neither, or nothing in time; all it started ends
    then.
    """
    program = command[0]
    try:
        process = subprocess.Popen(  # noqa: S603 - the administrator's own command, word by word, without a shell
            [*command, *map(str, files)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise HandoverError(f"the scan {program} cannot be run: {error.strerror}.") from None
    with process:
        try:
            code = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise HandoverError(f"the scan {program} took longer than {seconds:.0f} s and was ended.") from None
    if code not in {0, _INFECTED}:
        raise HandoverError(f"the scan {program} ended with {code}, which says neither clean nor infected.")
    return code == _INFECTED
