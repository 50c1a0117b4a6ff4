"""A parent of runs, as a process without threads: prints what becomes of a run that never ends by itself."""

import json
import signal
import sys
import time

from bipro_sync.daemon.runs import Runs


def hang(heeds):
    if not heeds:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        time.sleep(60)


def main(heeds):
    runs = Runs(time.monotonic, longest=0.5, grace=0.3)
    runs.begin("one", ["alpha"], lambda: hang(heeds))
    runs.begin("two", ["beta"], lambda: 3)
    runs.begin("three", ["gamma"], lambda: 1 / 0)
    asked, said = [], []
    while len(runs):
        asked += [each.insurers[0] for each in runs.end_what_hangs()]
        said += [
            [each.run.insurers[0], each.exit_code, each.by_signal and each.by_signal.name] for each in runs.ended()
        ]
        time.sleep(0.01)
    json.dump({"became": sorted(said), "asked": asked, "stuck": runs.is_stuck}, sys.stdout)


main(sys.argv[1] == "heeds")
