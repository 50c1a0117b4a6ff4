import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .test_audit_pruning import old, prune  # noqa: F401 - a fixture is asked for by its name
from .test_pruning import LONG_AGO, delivered


STRIDE = {"archive": 10, "audit": 7}
"""Every how many steps a prune dies on ordinary days."""


def deaths(office, what):
    """Everything that was seen after deaths of this prune, and how it ended when it did not die."""
    before = office.root / "before"
    shutil.copytree(office.archive, before)
    stride = 1 if os.environ.get("BIPRO_SYNC_CAMPAIGN") == "full" else STRIDE[what]
    plan = office.ask(what, "prune")[1]["plan"]
    script = Path(__file__).with_name("dying_prunes.py")
    done = subprocess.run(
        [sys.executable, script, office.config, office.archive, before, what, plan, str(stride)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *seen, ended = map(json.loads, done.stdout.splitlines())
    assert ended["ended"] == 0
    assert len(seen) >= 3, "it died"
    return seen


@pytest.mark.timeout(600)
def test_a_prune_of_the_archive_that_dies_anywhere_is_finished_by_another(office):
    delivered(office, LONG_AGO, "A", "B")
    for each in deaths(office, "archive"):
        log, findings = each["after the death"]
        assert log == 0, each
        assert all("archive prune" in remedy for remedy in findings), each
        assert each["finished"] == [0, 0, [], []], each
        assert each["documents"] == [], each
        assert each["rebuilt"] == [0, ["acknowledged", "acknowledged"]], each


@pytest.mark.timeout(600)
def test_a_prune_of_the_log_that_dies_anywhere_is_finished_by_another(old):  # noqa: F811 - the fixture
    prune(old, "archive")
    for each in deaths(old, "audit"):
        assert each["after the death"] == [0, []], each
        assert each["finished"] == [0, 0, [], []], each
        assert each["unfinished"] == [], each
        assert each["rebuilt"] == [0, ["acknowledged", "acknowledged"]], each
