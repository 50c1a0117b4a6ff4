from dataclasses import replace

import pytest

from bipro_sync.audit.checkpoint import Checkpoint, in_order
from bipro_sync.errors import IntegrityError


CHECKPOINT = Checkpoint(
    origin="audit.example/log",
    size=20852163,
    root=bytes(range(32)),
    time="2026-11-21T10:15:00.000001Z",
    head="ab" * 32,
    insurers={"muster": (7, "cd" * 32), "andere": (3, "ef" * 32)},
)
TEXT = (
    "audit.example/log\n20852163\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    f"time 2026-11-21T10:15:00.000001Z\nhead {'ab' * 32}\n"
    f"insurer andere 3 {'ef' * 32}\ninsurer muster 7 {'cd' * 32}\n"
)


def test_a_checkpoint_has_one_text_which_is_read_back():
    assert CHECKPOINT.text == TEXT
    assert Checkpoint.parse(TEXT) == CHECKPOINT


@pytest.mark.parametrize("place", range(len(TEXT)))
def test_wherever_a_text_is_cut_or_loses_a_letter_it_says_something_else_or_nothing(place):
    for text in (TEXT[:place], TEXT[:place] + TEXT[place + 1 :], TEXT[:place] + " " + TEXT[place:]):
        try:
            found = Checkpoint.parse(text)
        except IntegrityError:
            continue
        assert found != CHECKPOINT
        assert found.text == text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("20852163", "020852163"),
        ("20852163", "-1"),
        ("20852163", "2e7"),
        ("20852163", "\N{SUPERSCRIPT TWO}"),
        ("Hh8=", "Hh8"),
        ("Hh8=", "Hh9="),
        ("AAEC", "!!!!"),
        ("time", "Time"),
        ("Z\n", "+00:00\n"),
        ("head ab", "head AB"),
        (" 3 ", " 0 "),
        (" 3 ", " 03 "),
        ("insurer andere", "insurer zuletzt"),
        ("insurer andere", "insurer muster"),
        ("insurer andere", "insurer an dere"),
        ("insurer andere", "something else"),
    ],
)
def test_what_is_written_otherwise_is_refused(old, new):
    assert old in TEXT
    with pytest.raises(IntegrityError, match="cannot be believed"):
        Checkpoint.parse(TEXT.replace(old, new))


@pytest.mark.parametrize("text", ["", "\n", TEXT + "\n", TEXT + "more\n", "\n" + TEXT, TEXT.rstrip("\n")])
def test_lines_too_many_or_too_few_are_refused(text):
    with pytest.raises(IntegrityError):
        Checkpoint.parse(text)


LATER = replace(
    CHECKPOINT, size=CHECKPOINT.size + 1, root=bytes(32), insurers={**CHECKPOINT.insurers, "dritte": (1, "")}
)


@pytest.mark.parametrize(
    ("later", "follows"),
    [
        (CHECKPOINT, True),
        (LATER, True),
        (replace(CHECKPOINT, size=1), False),
        (replace(CHECKPOINT, root=bytes(32)), False),
        (replace(LATER, origin="other.example/log"), False),
        (replace(LATER, insurers={"muster": (7, "")}), False),
        (replace(LATER, insurers={"muster": (6, ""), "andere": (3, "")}), False),
    ],
)
def test_a_log_only_grows(later, follows):
    assert in_order([CHECKPOINT, later]) is follows
