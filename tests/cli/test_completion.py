"""What shells complete: asked as their scripts ask it, and in the shells themselves where they are installed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bipro_sync.cli.main import main


ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("bipro-sync")
LOADED = """
import sys
from bipro_sync.cli.main import main
main(["completion", "words", "--", *sys.argv[1:]])
print(*sorted(sys.modules.keys() & {"bipro_sync.config", "pysqlite3", "rich", "lxml", "httpx2", "cryptography"}))
"""


@pytest.fixture
def ask(capsys, monkeypatch):
    """Says what these words are completed to."""
    monkeypatch.setenv("BIPRO_SYNC_CONFIG", "/nowhere/config.toml")

    def _ask(*words, identity=None):
        assert main(["--json", "completion", "words", "--", *words], identity) == 0
        return json.loads(capsys.readouterr().out)

    return _ask


@pytest.fixture
def busy(office):
    office.opens(*map(office.shipment, ("A-1", "A-2", "B;rm")), acknowledge="manual")
    office.opens(office.shipment("C-3"), name="other", acknowledge="manual")
    office.ask("pull")
    return office


def test_commands_are_completed_and_those_of_groups(ask):
    assert {"pull", "status", "documents", "completion"} <= set(ask(""))
    assert ask("docu") == ["documents"]
    assert ask("documents", "s") == ["search", "show"]
    assert ask("--json", "--config", "x", "audit", "key", "") == ["new", "show"]
    assert ask("nothing", "like", "") == []


def test_options_are_completed_global_ones_too(ask):
    assert ask("pull", "--ins") == ["--insurer"]
    assert set(ask("documents", "index", "--")) == {
        *("--again", "--help", "--config", "--json", "--verbose", "--quiet", "--version")
    }


def test_kinds_and_states_are_known_and_files_are_left_to_the_shell(ask):
    assert ask("documents", "list", "--kind", "gdv") == ["gdv-portfolio", "gdv-changes"]
    assert "quarantined" in ask("shipments", "list", "--state", "")
    assert ask("docs", "procedure", "--out", "") == ask("--config", "") == ask("demo", "") == []


def test_insurers_are_completed_by_their_names_of_the_configuration_that_is_named(ask, busy):
    for words in (["pull", "--insurer"], ["insurers", "show"], ["audit", "list", "--json", "--insurer"]):
        assert ask("--config", str(busy.config), *words, "") == ["muster", "other"]
        assert ask(f"--config={busy.config}", *words, "o") == ["other"]
        assert ask(*words, "") == [], "there is no configuration there"
    assert ask("--config", str(busy.config), "audit", "key", "new", "--name", "") == []


def test_targets_secrets_and_profiles_are_completed_each_where_it_is_asked_for(ask, busy):
    busy.config.write_text(busy.config.read_text() + f'\n[handover.dms]\ntarget = "{busy.root}/dms"\n')
    at = ["--config", str(busy.config)]
    assert ask(*at, "handover", "run", "") == ["dms"]
    assert ask(*at, "credentials", "set", "") == [str(busy.root / "password")]
    assert "allianz" in ask("insurers", "letter", "")
    assert ask("insurers", "add", "new", "--profile", "r") == ["ruv"]
    assert ask("gdv", "export", "x.gdv", "--format", "") == ["jsonl", "csv", "parquet"]
    for words in (["insurers", "add"], ["backup", "verify"], ["gdv", "info", "--encoding"]):
        assert ask(*at, *words, "") == [], "no insurers"


def test_only_open_shipments_are_completed_and_no_id_that_a_shell_might_obey(ask, busy):
    words = ["--config", str(busy.config), "shipments", "hold"]
    assert set(ask(*words, "")) == {"A-1", "A-2", "C-3"}
    assert set(ask(*words, "--insurer", "muster", "A-1", "")) == {"A-1", "A-2"}
    assert busy.ask("shipments", "ack", "C-3", "--reason", "looked at", "--yes")[0] == 0
    assert set(ask(*words, "")) == {"A-1", "A-2"}


def test_who_may_not_list_shipments_completes_none_and_leaves_no_trace(ask, busy):
    before = busy.records()
    text = busy.config.read_text().replace('environment = "test"', 'environment = "production"')
    busy.config.write_text(
        text.replace("[alerts]\nnone = true\n", "")
        + '\n[alerts]\nnone = true\n[audit]\nresponsible = "boss"\nanchors = "none"\n'
        '[users.boss]\nname = "A"\nlogin = "nobody-here"\nrole = "admin"\nactive_from = 2026-01-01\n'
    )
    assert ask("--config", str(busy.config), "shipments", "show", "", identity=busy.identity) == []
    assert busy.records() == before


def test_what_completes_commands_loads_neither_configuration_nor_catalogue():
    for words in ([""], ["documents", ""], ["pull", "--"], ["shipments", "list", "--state", ""]):
        done = subprocess.run([sys.executable, "-c", LOADED, *words], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "", words


def shell(name):
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def in_shell(shell, script, tmp_path, *options, suffix):
    path = tmp_path / f"completion{suffix}"
    printed = subprocess.run([PROGRAM, "completion", Path(shell).name], capture_output=True, text=True, check=True)
    path.write_text(printed.stdout)
    environment = os.environ | {"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "SCRIPT": str(path)}
    done = subprocess.run(
        [shell, *options, "-c", script], capture_output=True, text=True, check=False, env=environment, cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.skipif(not PROGRAM.exists(), reason="the program is not installed beside Python")
def test_bash_completes(tmp_path):
    script = (
        'source "$SCRIPT"; COMP_WORDS=(bipro-sync documents s); COMP_CWORD=2; _bipro_sync; echo "${COMPREPLY[@]}"; '
        "complete -p bipro-sync"
    )
    assert in_shell(shell("bash"), script, tmp_path, "--norc", suffix=".bash") == [
        *("search", "show"),
        *["complete", "-o", "default", "-F", "_bipro_sync", "bipro-sync"],
    ]


@pytest.mark.skipif(not PROGRAM.exists(), reason="the program is not installed beside Python")
def test_zsh_completes(tmp_path):
    script = (
        "compdef() { : }; _describe() { print -l -- ${(P)2} }; _files() { print files }; source $SCRIPT; "
        "words=(bipro-sync documents s); CURRENT=3; _bipro-sync"
    )
    said = in_shell(shell("zsh"), script, tmp_path, "-f", suffix=".zsh")
    assert said[0].startswith("search:")
    assert any(word.startswith("show:") for word in said)


@pytest.mark.skipif(not PROGRAM.exists(), reason="the program is not installed beside Python")
def test_fish_completes(tmp_path):
    script = 'source $SCRIPT; complete --do-complete "bipro-sync documents s"'
    said = in_shell(shell("fish"), script, tmp_path, "--no-config", suffix=".fish")
    assert {"search", "show"} <= set(said)
