"""Check a log against its checkpoint and anchor in this process and those it starts; tell time and memory of all."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

from bipro_sync.audit.verification import verify
from bipro_sync.model.verifier import Verifier


if __name__ == "__main__":
    log, anchor, key = Path(sys.argv[1]), Path(sys.argv[2]), Verifier.parse(sys.argv[3])
    begun = time.perf_counter()
    found = verify(log, known=[key], anchors=[anchor])
    seconds = time.perf_counter() - begun
    assert found.unanchored == 0, found.headline
    # The kernel tells the largest child's peak, so this is what all may have had at the same moment, or less.
    lines = Path("/proc/self/status").read_text().splitlines()
    own = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    children = (len(os.sched_getaffinity(0)) - 1) * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps([(own + children) / 1024, 0.0, seconds]))
