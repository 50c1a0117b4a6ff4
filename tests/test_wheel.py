import hashlib
import json
import os
import re
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

import bipro_sync
from bipro_sync.sandbox.calls import read_calls
from bipro_sync.sandbox.loading import load


CHECKOUT = Path(__file__).parents[1]


def run(*words, **options):
    done = subprocess.run(words, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass(frozen=True)
class Installed:
    """What a wheel of this checkout installed: its directory and how to call it."""

    site: Path
    environment: dict[str, str]

    @property
    def program(self):
        return self.site / "bin" / "bipro-sync"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    place = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", place, CHECKOUT)
    (built,) = place.glob("bipro_sync-*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel):
    site = wheel.with_name("site")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-deps", "--no-index"]
    run(*pip, "--no-compile", "--target", site, wheel)
    return Installed(site, os.environ | {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"})


@pytest.mark.parametrize("rights", ["all", "ordinary"])
def test_the_installed_program_archives_exactly_what_an_insurer_in_another_process_sent(
    installed, tmp_path, rights, request
):
    before = [] if rights == "all" else request.getfixturevalue("ordinary_user")
    outside = {"cwd": tmp_path, "env": installed.environment}
    code = run(*before, sys.executable, "-c", "import bipro_sync.cli.main as it; print(it.__file__)", **outside)
    assert Path(code.strip()).is_relative_to(installed.site), "this must be the wheel's code, not the checkout's"

    serve = [*before, installed.program, "sandbox", "serve", "--scenario", "demo", "--directory", tmp_path / "insurer"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True, **outside) as insurer:
        try:
            ready = json.loads(insurer.stdout.readline())
            configure(tmp_path, ready)
            command = [*before, installed.program, "--config", tmp_path / "config.toml"]
            pulled = json.loads(run(*command, "pull", "--json", **outside))
            stored = digests(tmp_path / "archive")
            calls = list(read_calls(Path(ready["log"])))
            listed = json.loads(run(*command, "shipments", "list", "--json", **outside))
            again = json.loads(run(*command, "pull", "--json", **outside))
            run(*command, "archive", "verify", **outside)
            run(*command, "audit", "verify", **outside)
        finally:
            insurer.terminate()

    (result,) = pulled["insurers"]
    sent = {call["shipment"]: call["files"] for call in calls if call["operation"] == "getShipment"}
    acknowledged = [call["shipment"] for call in calls if call["operation"] == "acknowledgeShipment"]
    assert result["listed"] == result["stored"] == len(sent) == len(acknowledged) > 25
    assert {entry["id"] for entry in listed} == set(sent)
    compared = 0
    for entry in listed:
        assert [(file["name"], file["sha256"]) for file in entry["files"]] == [
            (file["name"], file["sha256"]) for file in sent[entry["id"]]
        ]
        for file in entry["files"]:
            assert stored[f"{entry['path']}/{file['path']}"] == file["sha256"]
            compared += 1
    assert compared > 25
    (nothing,) = again["insurers"]
    assert (nothing["listed"], nothing["fetched"], nothing["stored"], nothing["acknowledged"]) == (0, 0, 0, 0)
    assert digests(tmp_path / "archive") == stored


def configure(place, ready):
    account = load("demo").account
    password = place / "password"
    password.write_text(account.password)
    password.chmod(0o400)
    (place / "config.toml").write_text(
        f'[archive]\nroot = "{place}/archive"\n[alerts]\nnone = true\n'
        f'[insurers.practice]\nenvironment = "test"\nacknowledge = "auto"\nbipro_version = "2.6.1.1.0"\n'
        f'sts_url = "{ready["sts_url"]}"\ntransfer_url = "{ready["transfer_url"]}"\nca_file = "{ready["ca_file"]}"\n'
        f'[insurers.practice.auth]\nmethod = "password"\nusername = "{account.username}"\n'
        f'password = {{ file = "{password}" }}\n'
    )


def digests(archive):
    return {
        str(path.relative_to(archive)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((archive / "shipments").rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("installer", [("uv", "tool", "install"), ("pipx", "install")], ids=lambda words: words[0])
def test_those_who_install_programs_with_a_tool_for_that_have_one_that_works(wheel, tmp_path, installer):
    program = Path(sysconfig.get_path("scripts"), installer[0])
    bin_directory = tmp_path / "bin"
    places = {"UV_TOOL_DIR": "tools", "PIPX_HOME": "pipx"}
    environment = os.environ | {name: str(tmp_path / place) for name, place in places.items()}
    environment |= dict.fromkeys(("UV_TOOL_BIN_DIR", "PIPX_BIN_DIR"), str(bin_directory))
    words = [program, *installer[1:], "--python", sys.executable, wheel]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    if done.returncode and re.search(r"[Nn]ame resolution|dns error|Connection(Error)?|No route", done.stderr):
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stderr
    assert run(bin_directory / "bipro-sync", "--version") == f"bipro-sync {bipro_sync.__version__}\n"
    assert '"exit_code": 0' in run(bin_directory / "bipro-sync", "demo", tmp_path / "demo", "--json")
