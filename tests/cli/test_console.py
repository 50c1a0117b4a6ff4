import io
import json
import os
import pty
import subprocess
import sys

import pytest
from rich.table import Table

from bipro_sync.cli.console import Console, escaped, one_line, plain, terminal
from bipro_sync.errors import ConfigurationError, InsurerError


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Müller & Söhne", "Müller & Söhne"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("bell\x07 back\x08 return\r", "bell back return"),
        ("right\u202eleft", "rightleft"),
        ("\x9b2J", "2J"),
        ("zero\u200bwidth", "zerowidth"),
        ("half\ud800", "half"),
        ("nul\0", "nul"),
    ],
)
def test_characters_that_steer_a_terminal_are_taken_out(text, shown):
    assert plain(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Müller & Söhne", "Müller & Söhne"),
        ("rechnung\u202efdp.exe", r"rechnung\u202efdp.exe"),
        ("two\nlines\tand a tab", r"two\nlines\tand a tab"),
        ("\x1b[31mred\x9b2J", r"\x1b[31mred\x9b2J"),
        ("half\ud800, line\u2028end", r"half\ud800, line\u2028end"),
    ],
)
def test_characters_that_trick_a_reader_can_be_shown(text, shown):
    assert escaped(text) == shown


def test_data_is_no_markup():
    stream = io.StringIO()
    terminal(stream, is_terminal=False).print("[red]a[/red] :smile: [link=x]y[/link]")
    assert stream.getvalue() == "[red]a[/red] :smile: [link=x]y[/link]\n"


def test_data_in_a_table_cannot_steer_the_terminal():
    stream = io.StringIO()
    table = Table("name")
    table.add_row("a\x1b]0;title\x07\u202eb")
    terminal(stream, is_terminal=True).print(table)
    drawn = stream.getvalue()
    assert "a]0;titleb" in drawn
    assert "\x07" not in drawn
    assert "\u202e" not in drawn
    assert "\x1b]" not in drawn


def test_an_answer_is_drawn_or_one_document(capsys):
    Console().answer({"a": 1}, lambda out: out.print("drawn"))
    assert capsys.readouterr().out == "drawn\n"
    Console(json=True).answer({"a": "ü"}, lambda out: out.print("drawn"))
    assert json.loads(capsys.readouterr().out) == {"a": "ü"}


def test_a_command_that_acts_is_silent_without_a_terminal(capsys):
    Console().acted({"a": 1}, lambda out: out.print("drawn"))
    assert capsys.readouterr() == ("", "")
    Console(json=True).acted({"a": 1}, lambda out: out.print("drawn"))
    assert json.loads(capsys.readouterr().out) == {"a": 1}


SPEAK = (
    "import sys; from bipro_sync.cli.console import Console; "
    "console = Console(quiet='quiet' in sys.argv); console.acted({}, lambda out: out.print('done')); "
    "print(console.interactive)"
)


def _at_a_terminal(*arguments):
    ours, theirs = pty.openpty()
    child = subprocess.Popen([sys.executable, "-c", SPEAK, *arguments], stdout=theirs, stderr=theirs, stdin=theirs)
    os.close(theirs)
    said = b""
    try:
        while chunk := os.read(ours, 1024):
            said += chunk
    except OSError:  # Linux ends a terminal's other side with EIO
        pass
    os.close(ours)
    assert child.wait() == 0
    return said.decode().splitlines()


def test_a_command_that_acts_speaks_to_a_person():
    assert _at_a_terminal() == ["done", "True"]


def test_quiet_silences_a_command_that_acts():
    assert _at_a_terminal("quiet") == ["False"]


def test_notes_go_to_stderr_and_are_silenced_and_warnings_are_not(capsys):
    Console().note("a note")
    Console().warn("a warning")
    assert capsys.readouterr() == ("", "a note\na warning\n")
    Console(quiet=True).note("a note")
    Console(quiet=True).warn("a warning\x1b[2J")
    assert capsys.readouterr() == ("", "a warning[2J\n")


@pytest.mark.parametrize("forged", ["\n", "\r\n", "\t\n", "\u2028", "\x85", "\v", "\f", "\x1c"])
def test_a_datum_in_a_line_cannot_pass_for_another_line(capsys, forged):
    assert "\n" not in one_line(f"A{forged}error: all is lost")
    Console().warn(f"shipment A{forged}error: all is lost", "a second line")
    Console().note(f"shipment B{forged}error: all is lost")
    Console().failed(InsurerError(f"It is down.{forged}hint: pay", hint=f"Wait.{forged}error: more"))
    lines = capsys.readouterr().err.split("\n")
    assert [line[:10] for line in lines] == ["shipment A", "a second l", "shipment B", "error: It ", "hint: Wait", ""]


def test_a_failure_says_sentence_and_hint(capsys):
    Console().failed(InsurerError("It is down.", hint="Wait."))
    assert capsys.readouterr() == ("", "error: It is down.\nhint: Wait.\n")


def test_a_failure_under_json_is_one_document(capsys):
    Console(json=True).failed(ConfigurationError("Bad.", problems=["one", "two"], hint="Mend."))
    assert json.loads(capsys.readouterr().out) == {
        "error": {"code": "configuration", "message": "Bad.", "hint": "Mend."},
        "exit_code": 10,
        "problems": ["one", "two"],
    }


def test_a_failure_after_the_answer_adds_no_second_document(capsys):
    console = Console(json=True)
    console.answer({"a": 1}, lambda out: None)
    console.failed(InsurerError("Too late."))
    said = capsys.readouterr()
    assert json.loads(said.out) == {"a": 1}
    assert "error: Too late." in said.err


def test_a_reader_who_leaves_ends_the_output_and_not_the_command():
    script = (
        "import sys; from bipro_sync.cli.console import Console\n"
        "for _ in range(5000): Console(json=True).answer(['x' * 1000], None)\n"
        "sys.stderr.write('came to the end'); sys.exit(7)"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout.readline()
    child.stdout.close()
    assert child.stderr.read() == b"came to the end"
    child.stderr.close()
    assert child.wait() == 7
