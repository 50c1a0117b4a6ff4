"""What the tests of files and directories have in common: scripts for processes of their own."""

import resource
import stat
import subprocess
import sys


IMPORTS = """
import json, os, sys
from pathlib import Path
from bipro_sync import durable
from bipro_sync.errors import StorageError
directory = Path(sys.argv[1])
"""

ORDINARY_USER = (
    IMPORTS
    + """
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
assert os.getuid() != 0
"""
)

SMALL_FILES = """
import signal, sys
from pathlib import Path
from bipro_sync import durable
from bipro_sync.errors import DiskFullError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
directory = Path(sys.argv[1])
"""


def mode(path):
    """Who may do what with a file."""
    return stat.S_IMODE(path.stat().st_mode)


def python(script, *arguments, **options):
    """What a script says that a process of its own carries out."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True, **options
    ).stdout


def limited(script, directory):
    """The same where no file may become longer than 100 bytes."""
    return python(
        SMALL_FILES + script, directory, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    )
