"""`bipro-sync sandbox serve`, as a process."""

import json
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

import pytest


@pytest.fixture
def sandbox(tmp_path):
    processes = []

    def begin(*arguments, before=()):
        command = [sys.executable, "-m", "bipro_sync", *before, "sandbox", "serve", *arguments]
        process = subprocess.Popen(
            command, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


def test_it_serves_the_demo_over_tls_until_it_is_stopped(sandbox, tmp_path):
    process = sandbox("--ready-file", "ready.json")
    ready = json.loads(process.stdout.readline())
    assert json.loads((tmp_path / "ready.json").read_text(encoding="utf-8")) == ready
    assert ready["ca_file"] == str(tmp_path / "practice-insurer" / "ca.pem")
    context = ssl.create_default_context(cafile=ready["ca_file"])
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(ready["transfer_url"], data=b"no soap", context=context, timeout=10)
    with answer.value as fault:
        assert fault.code == 500
        assert b"00007" in fault.read()
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 0


def test_without_tls_it_serves_loopback_only(sandbox):
    process = sandbox("--no-tls", "--host", "0.0.0.0")
    out, problem = process.communicate(timeout=10)
    assert (process.returncode, out) == (10, "")
    assert "over TLS only" in problem


def test_an_unusable_scenario_ends_with_all_its_problems(sandbox, tmp_path):
    (tmp_path / "bad.toml").write_text("one = 1\ntwo = 2\n", encoding="utf-8")
    process = sandbox("--scenario", "bad.toml", before=["--json"])
    out, problem = process.communicate(timeout=10)
    assert process.returncode == 10
    for expected in ("unknown key one", "unknown key two", "username is missing", "password is missing"):
        assert expected in problem
        assert any(expected in each for each in json.loads(out)["problems"])


def test_a_scenario_that_is_not_there_is_told(sandbox):
    process = sandbox("--scenario", "nowhere")
    _, problem = process.communicate(timeout=10)
    assert process.returncode == 10
    assert "nowhere" in problem
