"""The practice insurer is a process that starts, tells where it is, and ends cleanly."""

import json
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time

import pytest

from bipro_sync.errors import ConfigurationError
from bipro_sync.sandbox.process import PracticeInsurer, serve


def test_tls_is_trusted_with_its_ca_and_only_with_it(start):
    client = start(tls=True)
    assert client.login().status == 200
    assert client.insurer.sts_url.startswith("https://127.0.0.1:")
    address = ("127.0.0.1", client.insurer.port)
    with (
        socket.create_connection(address) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
    with (
        socket.create_connection(address) as plain,
        ssl.create_default_context(cafile=client.insurer.ca_file).wrap_socket(
            plain, server_hostname="localhost"
        ) as secured,
    ):
        assert secured.version() in ("TLSv1.2", "TLSv1.3")
    assert client.list().ids() == ["S-1", "S-2"]


def test_certificates_and_key_are_for_the_owner_only(start):
    ca_file = start(tls=True).insurer.ca_file
    for path in (ca_file, ca_file.with_name("server.pem")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"PRIVATE KEY" not in ca_file.read_bytes()


def test_a_restarted_insurer_keeps_its_certificate_and_its_port(start, scenario, tmp_path):
    first = start(tls=True).insurer
    before = first.ca_file.read_bytes()
    first.stop()
    with serve(scenario(), tmp_path / "insurer", port=first.port) as second:
        assert second.port == first.port
        assert second.ca_file.read_bytes() == before


def test_a_killed_insurer_answers_nobody(scenario, tmp_path):
    insurer = PracticeInsurer.start(scenario(), tmp_path / "insurer", tls=False)
    with socket.create_connection(("127.0.0.1", insurer.port)):
        pass
    insurer.kill()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", insurer.port))


def test_an_unusable_scenario_does_not_start(scenario, tmp_path):
    with pytest.raises(ConfigurationError, match="unknown key surprise"):
        PracticeInsurer.start(scenario("surprise = 1\n"), tmp_path / "insurer")


def test_a_port_in_use_does_not_start(start, scenario, tmp_path):
    port = start().insurer.port
    with pytest.raises(ConfigurationError, match=f"port {port}"):
        PracticeInsurer.start(scenario(), tmp_path / "second", port=port, tls=False)


@pytest.fixture
def run(scenario, tmp_path):
    processes = []

    def begin(*more):
        command = [sys.executable, "-m", "bipro_sync.sandbox", "--scenario", scenario(), "--no-tls"]
        command += ["--directory", tmp_path / "insurer", *more]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_ready_line_tells_everything_and_a_signal_ends_it_well(run, tmp_path, number):
    process = run("--ready-file", tmp_path / "ready.json")
    line = process.stdout.readline()
    ready = json.loads(line)
    assert (tmp_path / "ready.json").read_text(encoding="utf-8") == line
    assert sorted(ready) == [
        "ca_file",
        "client_p12",
        "hub_url",
        "log",
        "pid",
        "sts_url",
        "tgic_url",
        "transfer_url",
    ]
    assert (ready["client_p12"], ready["hub_url"], ready["tgic_url"]) == ("", "", "")
    assert ready["pid"] == process.pid
    process.send_signal(number)
    assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 0


def test_an_attached_insurer_ends_with_its_owner(run):
    process = run("--attached")
    assert process.stdout.readline()
    process.stdin.close()
    assert process.wait(timeout=10) == 0


def test_an_insurer_that_is_not_attached_goes_on_without_standard_input(run):
    process = run()
    assert process.stdout.readline()
    process.stdin.close()
    time.sleep(0.3)
    assert process.poll() is None


def test_it_listens_beyond_loopback_over_tls_only(run):
    process = run("--host", "0.0.0.0")
    _, problem = process.communicate(timeout=10)
    assert process.returncode == 10
    assert "over TLS only" in problem
