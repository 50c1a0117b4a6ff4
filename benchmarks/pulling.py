"""One pull in this process, of so many shipments and acknowledgements, timed once everything is imported."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time

import bipro_sync.cli.pull
import bipro_sync.sync.pull  # noqa: F401 - what the command would import while it is timed
from bipro_sync.cli.main import main

from .measuring import tell


if __name__ == "__main__":
    out = io.StringIO()
    begun, spent = time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = main(["--config", sys.argv[1], "--quiet", "pull", "--json"])
    seconds, processor = time.perf_counter() - begun, time.process_time() - spent
    report = json.loads(out.getvalue())["insurers"][0]
    assert (code, report["stored"], report["acknowledged"]) == (0, int(sys.argv[2]), int(sys.argv[3])), report
    tell(seconds, processor=processor)
