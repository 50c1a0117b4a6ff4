import shutil
import subprocess

import pytest
import typer
from typer.core import TyperGroup

from bipro_sync.cli.main import app, main
from bipro_sync.cli.man import EXIT_CODES, _text, manual_page
from bipro_sync.errors import ExitCode


@pytest.fixture
def root():
    return typer.main.get_command(app)


@pytest.fixture
def rendered(root, tmp_path):
    """The page as a terminal shows it; roff's warnings are errors."""
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("groff is not installed")
    path = tmp_path / "bipro-sync.1"
    path.write_text(manual_page(root), encoding="ascii")
    words = [groff, "-man", "-ww", "-Tutf8", "-P-cbu", "-rLL=100n", path]
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stderr == ""
    return " ".join(done.stdout.split())


def commands(group, *words):
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if isinstance(command, TyperGroup):
            yield from commands(command, *words, name)
        else:
            yield " ".join((*words, name)), command


def test_every_command_option_and_exit_code_is_on_the_page_and_roff_has_nothing_to_warn_of(root, rendered):
    found = dict(commands(root))
    assert len(found) > 40
    for words, command in found.items():
        assert words in rendered
        for param in command.params:
            for name in param.opts:
                assert name in rendered or not name.startswith("--"), (words, name)
    for option in ("--format jsonl|csv|parquet", "--config FILE", "-v, --verbose", "--json"):
        assert option in rendered
    for code in ExitCode:
        assert f" {int(code)} " in rendered


def test_the_page_says_each_help_whole(root, rendered):
    for words, command in commands(root):
        assert " ".join(command.help.split()) in rendered, words


def test_each_exit_code_has_its_sentence():
    assert list(EXIT_CODES) == list(ExitCode)


@pytest.mark.parametrize("text", [".TH", "'br", "a\\fBb", "-", "…", "`x`"])
def test_nothing_in_a_text_is_a_request_or_an_escape(text):
    assert not _text(text).startswith((".", "'"))
    assert _text(text).isascii()


def test_it_is_printed_as_it_is_or_as_a_document(capsys):
    assert main(["docs", "man"]) == 0
    page = capsys.readouterr().out
    assert page.startswith(".TH BIPRO")
    assert main(["docs", "man", "--json"]) == 0
    assert '"bipro-sync.1"' in capsys.readouterr().out
