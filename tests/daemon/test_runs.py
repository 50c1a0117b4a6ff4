import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("heeds", "how"), [("heeds", [1, None]), ("ignores", [None, "SIGKILL"])])
def test_a_run_that_hangs_is_asked_to_end_and_then_killed_and_no_other_is_harmed(heeds, how):
    script = Path(__file__).with_name("parent_of_runs.py")
    done = subprocess.run([sys.executable, script, heeds], capture_output=True, text=True, check=False, timeout=20)
    told = json.loads(done.stdout)
    assert told["became"] == [["alpha", *how], ["beta", 3, None], ["gamma", 1, None]]
    assert (told["asked"], told["stuck"]) == (["alpha"], False)
