"""An anchor that is a program: ssh, mail or a webhook; it gets the checkpoint on its standard input, and no shell."""

from __future__ import annotations

import os
import signal
import subprocess

from ..config import CommandAnchor
from ..errors import AnchorError
from .delivery import Delivery


SECONDS = 30.0
"""How long a program may take."""


def bring(anchor: CommandAnchor, delivery: Delivery, *, seconds: float = SECONDS) -> bool:
    """
    Run the program; it has anchored the note where it ends with 0.  What it prints is read by nobody.

    Raises :class:`~bipro_sync.errors.AnchorError` where it ends otherwise, or not in time; all it started ends then.
    """
    program = anchor.command[0]
    try:
        process = subprocess.Popen(  # noqa: S603 - the administrator's own command, word by word, without a shell
            anchor.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise AnchorError(f"{program} cannot be run: {error.strerror}") from None
    with process:
        try:
            process.communicate(delivery.note, timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise AnchorError(f"{program} took longer than {seconds:.0f} s and was ended") from None
    if process.returncode:
        raise AnchorError(f"{program} ended with {process.returncode}")
    return True
