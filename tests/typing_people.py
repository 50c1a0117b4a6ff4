"""A person at a terminal who answers questions, for commands that ask some."""

import os
import pty
import select
import subprocess


def typed(command, *answers, seconds=30):
    """Runs a command at a terminal of its own, gives one line at each question; returns its code and what was shown."""
    master, terminal = pty.openpty()
    child = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True)
    os.close(terminal)
    shown, waiting, unseen = b"", list(answers), b""
    try:
        while select.select([master], [], [], seconds)[0]:
            try:
                more = os.read(master, 4096)
            except OSError:  # the other side has hung up
                break
            shown, unseen = shown + more, unseen + more
            if unseen.rstrip().endswith(b":") and b": " in unseen[-2:] and waiting:
                unseen = b""
                os.write(master, waiting.pop(0).encode() + b"\n")
        else:
            child.kill()
    finally:
        os.close(master)
        code = child.wait()
    return code, shown.decode()
