"""Carries out a prune again and again, each time dying at the next step that touches the disk, and then finishes it.

As a program: configuration, archive and a copy of it from before, which of both prunes, the plan, every how many steps.
It writes one line of JSON for each death: what the checks said right after it, and after it was finished.
"""

import contextlib
import io
import json
import os
import shutil
import sys
from datetime import datetime
from pathlib import Path

from bipro_sync.cli.main import main
from bipro_sync.model.zone import BERLIN


DIED = 97
STEPS = ("fsync", "rename", "unlink", "rmdir")


def asked(config, *words):
    """Runs a command; returns its exit code and its document."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = main(["--config", config, *words, "--json"])
    return code, json.loads(out.getvalue())


def today():
    """Says which day it is: no insurer has answered for long."""
    return ["--today", f"{datetime.now(BERLIN):%Y-%m-%d}"]


def forked(action):
    """Calls it in a process of its own; returns its exit code."""
    child = os.fork()
    if not child:
        os._exit(action())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die_before(number):
    """Lets this process end before the *number*th call that changes the disk."""
    left = [number]

    def wrapped(call):
        def step(*arguments, **named):
            left[0] -= 1
            if not left[0]:
                os._exit(DIED)
            return call(*arguments, **named)

        return step

    for name in STEPS:
        setattr(os, name, wrapped(getattr(os, name)))


def finish(config, what, report):
    """Looks at what the death has left, prunes once more, and looks again."""
    said = {"after the death": [asked(config, "audit", "verify")[0], findings(config)]}
    planned = asked(config, what, "prune")[1]
    code, _ = asked(config, what, "prune", "--execute", planned["plan"], *today())
    left = asked(config, what, "prune")[1]
    going = left["segments"] if what == "audit" else left["shipments"]
    said["finished"] = [code, asked(config, "audit", "verify")[0], findings(config), going]
    said["unfinished"] = left.get("unfinished", [])
    said["documents"] = asked(config, "documents", "list")[1]
    rebuilt, _ = asked(config, "archive", "rebuild")
    said["rebuilt"] = [rebuilt, sorted(each["state"] for each in asked(config, "shipments", "list")[1])]
    report.write_text(json.dumps(said))
    return 0


def findings(config):
    return [each["remedy"] for each in asked(config, "archive", "verify")[1]["findings"]]


def run(*given):
    config, archive, before, what, plan, stride = given
    archive, before = Path(archive), Path(before)
    number = 1
    while True:
        for place in [archive, *(path for path in archive.rglob("*") if path.is_dir())]:
            place.chmod(0o700)
        shutil.rmtree(archive)
        shutil.copytree(before, archive)

        def prune(number=number):
            die_before(number)
            return asked(config, what, "prune", "--execute", plan, *today())[0]

        code = forked(prune)
        if code != DIED:
            sys.stdout.write(json.dumps({"ended": code, "steps": number}) + "\n")
            return
        report = archive.with_name("report.json")
        assert forked(lambda report=report: finish(config, what, report)) == 0
        sys.stdout.write(json.dumps({"step": number} | json.loads(report.read_text())) + "\n")
        number += int(stride)


if __name__ == "__main__":
    run(*sys.argv[1:])
