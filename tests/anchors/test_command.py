import time
from pathlib import Path

import pytest

from bipro_sync.anchors import command
from bipro_sync.config import CommandAnchor
from bipro_sync.errors import AnchorError


KEEP = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_bytes(sys.stdin.buffer.read()); print('said')"
FORK = """
import os, pathlib, sys, time
if os.fork() == 0:
    time.sleep(1)
    pathlib.Path(sys.argv[1]).touch()
time.sleep(60)
"""


def test_a_program_gets_the_note_on_its_standard_input_and_its_output_is_nobodys(program, delivery, tmp_path, capfd):
    brought = delivery(3)
    assert command.bring(program(KEEP, tmp_path / "kept"), brought)
    assert (tmp_path / "kept").read_bytes() == brought.note
    assert capfd.readouterr() == ("", "")


def test_no_shell_sees_its_words(program, delivery, tmp_path):
    words = f"; touch {tmp_path / 'touched'} #"
    command.bring(program(KEEP, tmp_path / words.replace("/", "_")), delivery(3))
    assert not (tmp_path / "touched").exists()


def test_only_zero_is_success_and_nothing_that_it_says_is_repeated(program, delivery):
    with pytest.raises(AnchorError) as caught:
        command.bring(program("import sys; print('token 4711', file=sys.stderr); sys.exit(7)"), delivery(3))
    assert caught.value.message.endswith("ended with 7")
    assert "4711" not in caught.value.message


def test_a_program_that_reads_nothing_may_succeed(program, delivery):
    assert command.bring(program(""), delivery(3, note=b"n" * 500_000))


def test_a_program_that_is_not_there_is_told(delivery):
    with pytest.raises(AnchorError, match="/nowhere/at/all cannot be run: No such file"):
        command.bring(CommandAnchor(kind="command", command=["/nowhere/at/all"]), delivery(3))


def test_what_takes_too_long_ends_with_all_it_has_started(program, delivery, tmp_path):
    begun = time.monotonic()
    with pytest.raises(AnchorError, match="took longer than 0 s"):
        command.bring(program(FORK, tmp_path / "late"), delivery(3), seconds=0.4)
    assert time.monotonic() - begun < 10
    time.sleep(1.2)
    assert not Path(tmp_path / "late").exists()
