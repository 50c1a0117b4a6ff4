"""Practice insurers for tests: processes of their own, but forked from one that has everything imported already.

Run as a program this module is that one process.  It serves no test and holds nothing of theirs.
"""

import contextlib
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

from bipro_sync.sandbox.process import PracticeInsurer
from bipro_sync.sandbox.server import serve


_IMPORTED_LATE = ("bipro_sync.sandbox.signature", "bipro_sync.sandbox.tls")
_LONGEST = 65536
"""Bytes of a message between the two sides."""


class PracticeInsurers:
    """Starts practice insurers as `PracticeInsurer.start` does, at a fraction of what a new Python costs."""

    def __init__(self):
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-P", "-W", "error", __file__, str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], start_new_session=True)

    def start(self, scenario, directory, *, tls=True):
        """Starts one and returns it when it answers; it ends with the process that called, at the latest."""
        watched, lifeline = os.pipe()
        answer, ready = os.pipe()
        given = {"scenario": str(scenario), "directory": str(directory), "tls": tls}
        socket.send_fds(self._line, [json.dumps(given).encode()], [watched, ready])
        os.close(watched)
        os.close(ready)
        pid, (handle,), _, _ = socket.recv_fds(self._line, _LONGEST, 1)
        with os.fdopen(answer, encoding="utf-8") as lines:
            line = lines.readline()
        process = _Forked(int(pid), handle, lifeline)
        if not line:
            process.communicate()
            raise AssertionError("the practice insurer did not start, and said why on stderr")
        return PracticeInsurer(process, json.loads(line))

    def close(self):
        self._line.close()
        self._process.wait()


class _Forked:
    """What `PracticeInsurer` needs of a process that is not this one's child: it is known by its descriptor."""

    def __init__(self, pid, handle, lifeline):
        self.pid = pid
        self._handle = handle
        self._open = [handle, lifeline]

    def terminate(self):
        self._send(signal.SIGTERM)

    def kill(self):
        self._send(signal.SIGKILL)

    def communicate(self, timeout=None):
        """Waits for its end, as it says nothing more."""
        self.wait(timeout)
        while self._open:
            os.close(self._open.pop())

    def wait(self, timeout=None):
        if not self._open:
            return
        ended = select.poll()
        ended.register(self._handle, select.POLLIN)
        if not ended.poll(None if timeout is None else timeout * 1000):
            raise subprocess.TimeoutExpired("the practice insurer", timeout)

    def _send(self, number):
        if self._open:
            with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                signal.pidfd_send_signal(self._handle, number)


def _fork_on_demand(line):
    """Serve the one at the other end of the line until it hangs up; in each forked process, be a practice insurer."""
    for module in _IMPORTED_LATE:
        importlib.import_module(module)
    while True:
        message, descriptors, _, _ = socket.recv_fds(line, _LONGEST, 2)
        if not message:
            return
        _forget_the_ended()
        pid = os.fork()
        if not pid:
            line.close()
            _become_an_insurer(json.loads(message), descriptors)
            return
        for descriptor in descriptors:
            os.close(descriptor)
        handle = os.pidfd_open(pid)
        socket.send_fds(line, [str(pid).encode()], [handle])
        os.close(handle)


def _forget_the_ended():
    with contextlib.suppress(ChildProcessError):  # there is none
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _become_an_insurer(given, descriptors):
    for standard, descriptor in enumerate(descriptors):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    serve(given["scenario"], Path(given["directory"]), tls=given["tls"], attached=True)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as _line:
        _fork_on_demand(_line)
