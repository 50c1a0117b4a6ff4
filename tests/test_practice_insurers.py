"""The practice insurers of the tests are as real as those of the product: each a process that dies, and dies alone."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest


SCENARIO = '[account]\nusername = "MAKLER-0815"\npassword = "geheim"\n'

OWNER = """
import json, os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from practice_insurers import PracticeInsurers
insurer = PracticeInsurers().start(sys.argv[2], Path(sys.argv[3]))
print(json.dumps({"port": insurer.port, "pid": insurer.pid}), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def answers(port):
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def is_soon(truth, condition):
    end = time.monotonic() + 20
    while condition() is not truth:
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_each_is_a_process_of_its_own_and_a_killed_one_answers_nobody(practice_insurers, scenario, tmp_path):
    first, second = (practice_insurers.start(scenario, tmp_path / name) for name in ("first", "second"))
    assert len({first.pid, second.pid, os.getpid()}) == 3
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert (answers(first.port), answers(second.port)) == (False, True)
    first.stop()
    second.stop()
    assert not answers(second.port)
    second.stop()


def test_a_crash_of_the_owner_ends_them(scenario, tmp_path, request):
    owner = [sys.executable, "-c", OWNER, str(request.path.parent), str(scenario), str(tmp_path / "insurer")]
    said = subprocess.run(owner, stdout=subprocess.PIPE, check=False)
    assert said.returncode == -signal.SIGKILL
    port = json.loads(said.stdout)["port"]
    is_soon(False, lambda: answers(port))


def test_an_insurer_that_does_not_start_fails_the_test(practice_insurers, tmp_path):
    with pytest.raises(AssertionError, match="did not start"):
        practice_insurers.start(tmp_path / "missing.toml", tmp_path / "insurer")
