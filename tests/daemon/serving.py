"""The daemon as a unit of ours runs it, by a schedule in seconds, with a clock that a file puts forward by days."""

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bipro_sync.cli.main import main
from bipro_sync.config import load
from bipro_sync.daemon import Daemon, reread
from bipro_sync.daemon.manager import ServiceManager
from bipro_sync.model.ports import SystemClock
from bipro_sync.model.rights import Verb
from bipro_sync.sync.acting import enter
from tests.identities import scheduled


class PutForward(SystemClock):
    def __init__(self, file):
        self._file = file

    def now(self):
        days = int(self._file.read_text()) if self._file.exists() else 0
        return datetime.now(UTC) + timedelta(days=days)


def by(schedule, config):
    """The configuration with a schedule for all insurers, which no file could hold."""
    insurers = {
        name: replace(section, rest=section.rest.model_copy(update={"schedule": schedule}))
        for name, section in config.insurers.items()
    }
    return replace(config, insurers=insurers)


def work(config, insurers):
    words = (word for name in insurers for word in ("--insurer", name))
    return main(["--quiet", "pull", *words], scheduled(), config)


def serve(path, schedule):
    config = by(schedule, load(path))
    enter(config, SystemClock(), Verb.DAEMON, identity=scheduled(), begin=True)
    Daemon(
        config,
        work=work,
        tell=lambda *_: 0,
        reread=reread,
        say=lambda *lines: sys.stderr.write("".join(f"{line}\n" for line in lines)),
        clock=PutForward(path.with_name("days")),
        manager=ServiceManager(os.environ),
    ).run()


serve(Path(sys.argv[1]), sys.argv[2])
