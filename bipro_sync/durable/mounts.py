"""What a path lies on: the file system's type, whether it answers, and whether the disk beneath is encrypted."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from .problems import errors


NETWORK_TYPES = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs", "lustre", "gpfs", "beegfs"),
        *("davfs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.rclone", "fuse.s3fs", "fuse.davfs2"),
    }
)
"""File systems whose locks and fsyncs are another machine's word."""

MEMORY_TYPES = frozenset({"tmpfs", "ramfs"})
"""File systems that end with the machine's power."""

_ESCAPED = re.compile(r"\\([0-7]{3})")
_MOST_LAYERS = 8


@dataclass(frozen=True, slots=True)
class Mount:
    """
    A mounted file system: where, of which type, from what (a device's path, or a server's name).
    """

    point: str
    type: str
    source: str

    @property
    def is_remote(self) -> bool:
        """
        Whether another machine holds it.
        """
        return self.type in NETWORK_TYPES


def mount_of(path: Path, table: str | None = None) -> Mount | None:
    """
    Return what *path*, or the nearest directory above it that there is, lies on, by a *table* as in proc(5); without
    one by the kernel's.  None where that cannot be told.
    """
    if table is None:
        try:
            table = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
        except OSError:
            return None
    real = os.path.realpath(path)
    best: Mount | None = None
    for line in table.splitlines():
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) < 5 or len(kinds) < 2:  # noqa: PLR2004 - proc(5): the mount point is the fifth
            continue
        point = _ESCAPED.sub(lambda match: chr(int(match[1], 8)), fields[4])
        within = point in {"/", real} or real.startswith(f"{point}/")
        # Of two at one place the later one is on top.
        if within and (best is None or len(point) >= len(best.point)):
            best = Mount(point, kinds[0], kinds[1])
    return best


def answers(path: Path, seconds: float) -> bool:
    """
    Say whether the file system of *path* answers in time, be anything there or not.

    Another process asks, and is left alone where it hangs: a call to a server that is away may never return, and takes
    whoever made it along.
    """
    command = [sys.executable, "-I", "-S", "-c", "import os, sys; os.path.exists(sys.argv[1])", str(path)]
    with errors("start", sys.executable):
        # Nothing of ours stays open in a process that may outlive us.
        nowhere = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
        pid = os.posix_spawn(sys.executable, command, {}, file_actions=nowhere)
        descriptor = os.pidfd_open(pid)
    try:
        ended = select.poll()
        ended.register(descriptor, select.POLLIN)
        if ended.poll(seconds * 1000):
            os.waitpid(pid, 0)
            return True
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        return False
    finally:
        os.close(descriptor)


def is_encrypted(path: Path, system: Path = Path("/sys")) -> bool | None:
    """
    Say whether the disk that *path* lies on is encrypted by this machine's kernel; None where that cannot be told.

    What lies beneath a virtual machine, or in the disk itself, is not seen from here.
    """
    with errors("look at", path):
        number = path.stat().st_dev
    if os.major(number) == 0:
        # Btrfs and its like have no device of their own; one of theirs is where they were mounted from.
        mount = mount_of(path)
        try:
            number = Path(mount.source).stat().st_rdev if mount and mount.source.startswith("/dev/") else 0
        except OSError:
            return None
    block = system / "dev" / "block" / f"{os.major(number)}:{os.minor(number)}"
    return _is_encrypted(block, _MOST_LAYERS) if block.exists() else None


def _is_encrypted(block: Path, layers: int) -> bool:
    try:
        if (block / "dm" / "uuid").read_text("ascii").startswith("CRYPT-"):
            return True
    except (OSError, UnicodeDecodeError):
        pass
    beneath = sorted((block / "slaves").glob("*"))
    return bool(beneath) and layers > 0 and all(_is_encrypted(each, layers - 1) for each in beneath)
