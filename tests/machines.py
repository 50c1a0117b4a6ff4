"""Commands on a machine with an /etc of its own, so that nothing of this one is read or changed."""

import shutil
import subprocess

import pytest


SCRIPT = """
set -e
mount --bind "$1/etc" /etc
mount --bind "$1/systemd" /var/lib/systemd
shift
exec "$@"
"""
_NEEDED = ("passwd", "group", "nsswitch.conf", "ld.so.cache", "ssl", "machine-id", "localtime", "alternatives")


class Machine:
    """A mount namespace with another /etc, and another place for systemd's own key."""

    def __init__(self, root):
        self.root = root
        self.etc = root / "etc"
        self.etc.mkdir(parents=True)
        (root / "systemd").mkdir()
        for name in _NEEDED:
            subprocess.run(["cp", "-a", f"/etc/{name}", self.etc], capture_output=True, check=False)
        self._before = ["unshare", "--mount", "sh", "-c", SCRIPT, "sh", str(root)]
        tried = subprocess.run([*self._before, "true"], capture_output=True, text=True, check=False)
        if tried.returncode:
            pytest.skip(f"a machine of its own is not permitted here: {tried.stderr.strip()}")

    @property
    def words(self):
        """The words before a command that make it run there."""
        return self._before

    def run(self, *words, **process):
        """Runs a command there to its end."""
        return subprocess.run([*self._before, *words], capture_output=True, text=True, check=False, **process)


def machine(root):
    """A machine below *root*; skips where there can be none."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    return Machine(root)
