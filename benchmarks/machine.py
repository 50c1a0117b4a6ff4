"""Name the machine that figures were measured on: without it they say nothing."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path


LIBRARIES = ("httpx2", "lxml", "cryptography", "pysqlite3", "msgspec", "numpy")


def machine(directory: Path) -> dict[str, str]:
    """Processor, memory, kernel, the file system of *directory*, Python and libraries."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": f"{_after('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores",
        "memory": f"{memory / (1 << 30):.0f} GiB",
        "kernel": platform.release(),
        "file system": _file_system(directory),
        "Python": platform.python_version(),
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    }


def _after(path: str, key: str) -> str:
    lines = Path(path).read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "unknown")


def _file_system(directory: Path) -> str:
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    fitting = [(mount[1], mount[2]) for mount in mounts if directory.is_relative_to(mount[1])]
    return max(fitting)[1] if fitting else "unknown"
