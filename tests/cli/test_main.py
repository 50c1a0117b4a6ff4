import itertools
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest
import typer
from typer.core import TyperGroup

from bipro_sync import __version__
from bipro_sync.cli import main as way_in
from bipro_sync.cli.console import Invocation, invocation
from bipro_sync.errors import UnreachableError

from .conftest import GOOD


@pytest.fixture
def fail(monkeypatch):
    """Adds a command `fail` to a copy of the program; it does what the test says."""

    def _fail(action):
        app = typer.Typer(cls=way_in._Root, rich_markup_mode=None)
        app.callback()(way_in._globals)
        app.command("fail")(action)
        app.command("other")(lambda: None)
        monkeypatch.setattr(way_in, "app", app)

    return _fail


def _raise(error):
    def action():
        raise error

    return action


def test_the_version_is_exact(call):
    assert call("--version").out == f"bipro-sync {__version__}\n"
    assert call("--version", "--json").document == {"version": __version__}


def test_nothing_asked_is_help(call):
    said = call()
    assert said.code == 0
    assert "Usage: bipro-sync" in said.out
    assert "\n  pull " in said.out


def commands(command, *words):
    yield pytest.param(command, words, id=" ".join(words) or "bipro-sync")
    if isinstance(command, TyperGroup):
        for name in command.list_commands(None):
            yield from commands(command.get_command(None, name), *words, name)


@pytest.mark.parametrize(("command", "words"), list(commands(typer.main.get_command(way_in.app))))
def test_every_help_reads_whole_at_80_columns_and_leaves_nothing_unsaid(call, monkeypatch, command, words):
    assert command.help
    assert [param.name for param in command.params if not param.help] == []
    monkeypatch.setenv("COLUMNS", "80")
    said = call(*words, "--help")
    assert said.code == 0
    assert all(len(line) <= 80 for line in said.out.splitlines())
    assert [line for line in said.out.splitlines()[1:] if line.endswith("...")] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        (),
        ("pull", "--nothing"),
        ("pull", "--limit", "many"),
        ("--config",),
        ("config",),
        ("config", "show", "extra"),
        ("insurers", "show"),
        ("--quiet=1",),
    ],
)
def test_a_usage_error_is_exit_2_and_one_document(call, arguments):
    for placed in (
        ("--json", *arguments),
        (*arguments, "--json") if arguments[-1:] != ("--config",) else ("--json", "--config"),
    ):
        said = call(*placed)
        assert said.code == said.document["exit_code"] == 2
        assert said.document["error"]["code"] == "usage"
        assert said.document["error"]["message"]
        assert said.err.startswith("error: ")


def test_a_mistyped_command_is_told_what_is_like_it(call):
    assert "Did you mean 'shipments'?" in call("shipmnets").err


def test_a_usage_error_without_json_leaves_stdout_empty(call):
    said = call("pull", "--nothing")
    assert (said.code, said.out) == (2, "")
    assert said.err.endswith("hint: See --help.\n")


def test_global_options_stand_before_between_or_after_the_command(call, configured):
    options = [["--json"], ["--config", str(configured(GOOD))], ["-v"]]
    words = ["insurers", "list"]
    seen = set()
    for order in itertools.permutations([*options, words]):
        said = call(*itertools.chain(*order))
        assert said.code == 0
        seen.add(said.out)
    assert len(seen) == 1
    assert json.loads(seen.pop())[0]["insurer"] == "good"
    between = call("insurers", "--json", f"--config={configured(GOOD)}", "list")
    assert between.document[0]["insurer"] == "good"


@pytest.mark.parametrize(
    ("arguments", "hoisted", "rest"),
    [
        (["a", "--", "--json", "-v"], [], ["a", "--", "--json", "-v"]),
        (["a", "-"], [], ["a", "-"]),
        (["a", "-vvv", "--verbose", "--quiet"], ["-vvv", "--verbose", "--quiet"], ["a"]),
        (["a", "--config", "f", "b"], ["--config", "f"], ["a", "b"]),
        (["a", "--config"], ["--config"], ["a"]),
        (["--jsonx", "--configure=1", "-x"], [], ["--jsonx", "--configure=1", "-x"]),
    ],
)
def test_only_global_options_are_moved_and_none_behind_the_dashes(arguments, hoisted, rest):
    assert way_in._hoist(arguments) == (hoisted, rest)


def test_the_options_reach_the_command(call, fail, monkeypatch):
    seen = []

    def look(context: typer.Context):
        this = invocation(context)
        seen.append((this.console.json, this.console.verbosity, this.console.quiet, this.config_path))

    fail(lambda: None)
    way_in.app.command("look")(look)
    call("look", "-vv", "--quiet", "--config", "x.toml")
    call("look", "--verbose", "--json")
    assert [(*flags, str(path)) for *flags, path in seen] == [
        (False, 2, True, "x.toml"),
        (True, 1, False, "None"),
    ]


def test_an_error_of_ours_leaves_with_its_code_and_hint(call, fail):
    fail(_raise(UnreachableError("It is down.", sent=False, hint="Wait.")))
    said = call("fail", "--json")
    assert said.code == 13
    assert said.document == {
        "error": {"code": "unreachable", "message": "It is down.", "hint": "Wait."},
        "exit_code": 13,
    }
    assert said.err == "error: It is down.\nhint: Wait.\n"


@pytest.mark.parametrize("command", [["status"], ["insurers", "list"], ["audit", "verify"]])
def test_somebody_elses_archive_is_14_and_says_whose_command_it_is(office, ordinary_user, command):
    office.opens()
    office.pull()
    office.archive.chmod(0)
    child = office.start(*command, before=ordinary_user)
    _, err = child.communicate(timeout=20)
    office.archive.chmod(0o700)
    assert child.returncode == 14
    assert f"{office.archive}/" in err
    assert "Permission denied" in err
    assert "hint: Is this the archive's owner?  `sudo -u OWNER bipro-sync" in err


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (FileNotFoundError(2, "No such file or directory", "/proc/x"), "/proc/x cannot be used: No such file"),
        (OSError(5, "Input/output error"), "Something this command needs cannot be used: Input/output error."),
        (TimeoutError(), "Something this command needs cannot be used: TimeoutError."),
    ],
)
def test_what_this_machine_refuses_is_no_bug(call, fail, error, message):
    fail(_raise(error))
    said = call("fail", "--json")
    assert said.code == said.document["exit_code"] == 14
    assert said.document["error"]["message"].startswith(message)
    assert "owner" not in said.document["error"]["hint"]


def test_a_bug_is_one_line_without_the_errors_text(call, fail):
    fail(_raise(ValueError("S3CR3T-canary")))
    said = call("fail", "--json")
    assert said.code == 1
    assert said.document["error"]["message"] == "unexpected: ValueError"
    assert "report it" in said.document["error"]["hint"]
    assert "canary" not in said.out + said.err
    assert "Traceback" not in said.err


def test_a_bug_has_a_traceback_without_locals_where_asked(call, fail):
    def action():
        hidden = "S3CR3T-canary"
        return len(hidden) // 0

    fail(action)
    said = call("fail", "-v")
    assert said.code == 1
    assert "Traceback" in said.err
    assert "ZeroDivisionError" in said.err
    assert "S3CR3T-canary'" not in said.err


def test_a_bug_s_own_text_is_shown_to_nobody_nor_that_of_what_it_arose_from(call, fail):
    def action():
        try:
            raise LookupError("S3CR3T" + "-canary")
        except LookupError as error:
            raise ValueError("Kanarien" + "vogel") from error

    fail(action)
    said = call("fail", "-vv")
    assert said.code == 1
    lines = said.err.splitlines()
    assert lines.index("LookupError") < lines.index("which led to:") < lines.index("ValueError")
    assert "S3CR3T-canary" not in said.err
    assert "Kanarienvogel" not in said.err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), typer.Abort()])
def test_an_interrupt_is_130(call, fail, error):
    fail(_raise(error))
    said = call("fail", "--json")
    assert said.code == said.document["exit_code"] == 130
    assert said.document["error"]["code"] == "interrupted"


def test_a_commands_own_exit_code_is_kept(call, fail):
    fail(_raise(typer.Exit(16)))
    assert call("fail").code == 16
    assert call("other").code == 0


def test_a_configuration_is_read_once(configured, tmp_path):
    this = Invocation(way_in.Console(), configured(GOOD))
    first = this.config()
    configured("")
    assert this.config() is first


def test_the_module_is_the_program(configured):
    done = subprocess.run(
        [sys.executable, "-m", "bipro_sync", "insurers", "list", "--json", "--config", configured(GOOD)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)[0]["insurer"] == "good"
    assert not done.stderr


@pytest.mark.parametrize("asked", ["--version", "--help"])
def test_version_and_help_import_nothing_heavy(asked):
    script = (
        "import sys; from bipro_sync.cli.main import main; main(sys.argv[1:]); "
        "heavy = {'pydantic', 'lxml', 'httpx2', 'rich.console', 'cryptography', 'pysqlite3'}; "
        "sys.stderr.write(' '.join(sorted(heavy & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", script, asked], capture_output=True, text=True, check=True)
    assert done.stdout
    assert done.stderr == ""


def test_ctrl_c_ends_a_waiting_command_with_one_line(tmp_path):
    fifo = tmp_path / "audit-000001.jsonl"
    os.mkfifo(fifo)
    child = subprocess.Popen(
        [sys.executable, "-m", "bipro_sync", "audit", "list", "--directory", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with fifo.open("w"):  # opens once the other side reads
        child.send_signal(signal.SIGINT)
        # A signal that comes just before the system call takes effect behind it, when there is no writer any more.
        with suppress(subprocess.TimeoutExpired):
            child.wait(5)
    out, err = child.communicate()
    assert (child.returncode, out) == (130, "")
    assert err.startswith("error: Interrupted.")
    assert "Traceback" not in err


def test_bytes_that_are_no_utf8_are_a_usage_error(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "bipro_sync", "documents", "search", b"\xff"], capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"not UTF-8" in done.stderr
