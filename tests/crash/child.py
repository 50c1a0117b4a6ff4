"""Runs the command line in processes that are forked from this one, which has everything imported already.

As the module `crash.child` it takes one job a line (JSON) on its standard input and answers each with the exit code.
"""

import contextlib
import gc
import importlib
import io
import json
import os
import pkgutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import bipro_sync
from bipro_sync.cli.main import main
from bipro_sync.insurers import effective
from bipro_sync.model.ports import SystemClock

from .dying import count, die_at
from .points import BY_NAME, POINTS


def _import_everything():
    for module in pkgutil.walk_packages(bipro_sync.__path__, "bipro_sync."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _warm_up():
    """Build what each run would build anew."""
    _import_everything()
    main(["--version", "--quiet"])
    gc.freeze()


def _serve(jobs):
    for line in jobs:
        job = json.loads(line)
        child = os.fork()
        if not child:
            _run(job)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(job):
    """Be the process that the job asks for: *later* seconds ahead, dying or counting where it says so."""
    said = os.open(job["said"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(said, stream)
    SystemClock.now = lambda _: datetime.now(UTC) + timedelta(seconds=job["later"])
    effective.__defaults__ = (Path(job["profiles"]),)
    if job["point"]:
        die_at(BY_NAME[job["point"]], job["number"])
    passed = count(POINTS) if job["counts"] else {}
    code = main(job["arguments"])
    if job["counts"]:
        Path(job["counts"]).write_text(json.dumps(passed), encoding="utf-8")
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        _warm_up()
    _serve(sys.stdin)
