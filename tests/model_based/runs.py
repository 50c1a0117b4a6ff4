"""Runs of the model: each a process of its own, forked from one that has everything imported, and killed on request.

Run as a program this module is that one process.
"""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

from bipro_sync.config import load
from bipro_sync.errors import BiproSyncError
from bipro_sync.insurers import effective
from bipro_sync.model.rights import Verb
from bipro_sync.sync.breaker import Breaker
from bipro_sync.sync.progress import Progress
from bipro_sync.sync.pull import pull
from bipro_sync.sync.selection import PullOptions
from bipro_sync.sync.workplace import open_workplace


STEPS = frozenset(
    {
        *("open", "write", "pwrite", "writev", "fsync", "fdatasync", "ftruncate", "posix_fadvise", "flock"),
        *("mkdir", "rename", "replace", "link", "unlink", "rmdir", "chmod", "fchmod"),
        *("connect", "do_handshake", "send", "sendall", "recv", "read", "execute", "executemany", "commit"),
    }
)
"""What a run does to disk, catalogue and wire; it may be killed before each and after each."""


class Runs:
    """Starts one run after the other, each in a process that forgets everything."""

    def __init__(self):
        self._server = subprocess.Popen(
            [sys.executable, "-P", "-W", "error", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def pull(self, config, now, *, killed_at=None, **options):
        """Pulls at this time; returns what the run says of itself, or None where it was killed at that step."""
        return self._ask(do="pull", config=str(config), now=now.isoformat(), killed_at=killed_at, options=options)

    def unblock(self, config, now):
        """Does what `insurers unblock` does, at this time."""
        return self._ask(do="unblock", config=str(config), now=now.isoformat(), killed_at=None)

    def _ask(self, **given):
        self._server.stdin.write(json.dumps(given) + "\n")
        self._server.stdin.flush()
        line = self._server.stdout.readline()
        assert line, "the process that starts the runs has ended, and said why on stderr"
        return json.loads(line)

    def close(self):
        self._server.communicate()


class _Clock:
    """The test's time, which goes on a little whenever somebody looks."""

    def __init__(self, moment):
        self._moment = moment
        self._looks = itertools.count()

    def now(self):
        return self._moment + timedelta(microseconds=10 * next(self._looks))

    @staticmethod
    def monotonic():
        return time.monotonic()


def _serve():
    for line in sys.stdin:
        receiving, sending = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(receiving)
            os.write(sending, json.dumps(_done(json.loads(line))).encode())
            os._exit(0)
        os.close(sending)
        with os.fdopen(receiving, encoding="utf-8") as said:
            answer = said.read()
        _, status = os.waitpid(pid, 0)
        if not answer and os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            sys.exit("a run ended without a word")
        sys.stdout.write((answer or "null") + "\n")
        sys.stdout.flush()


def _done(given):
    config = load(Path(given["config"]))
    if given["killed_at"]:
        _die_at(given["killed_at"])
    insurer = effective(config)["muster"]
    try:
        with open_workplace(config, _Clock(datetime.fromisoformat(given["now"])), Verb.PULL) as place:
            if given["do"] == "unblock":
                log, clock = place.audit, place.clock
                Breaker(place.layout, insurer.account, insurer="muster", log=log, clock=clock).unblock("asked")
                return {"exit_code": 0}
            options = PullOptions(repeats=False, **given["options"])
            result = pull(place, [insurer], options, progress=Progress(), stop=lambda: None)
    except BiproSyncError as error:
        return {"exit_code": error.exit_code, "error": error.as_json()}
    finally:
        sys.setprofile(None)
    return result.insurers[0].as_json()


def _die_at(step):
    """Let the process be killed at the so-and-so-manieth thing it does, in whatever thread."""
    taken = itertools.count(1)

    def watch(_frame, event, function):
        if event in {"c_call", "c_return"} and function.__name__ in STEPS and next(taken) >= step:
            os.kill(os.getpid(), signal.SIGKILL)

    threading.setprofile(watch)
    sys.setprofile(watch)


if __name__ == "__main__":
    _serve()
