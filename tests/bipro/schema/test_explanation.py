from __future__ import annotations

import subprocess
import sys

import pytest

from bipro_sync.bipro.schema import explain, violations

from ..fixtures import message


@pytest.mark.parametrize(
    ("name", "line", "reason"),
    [
        ("36", 22, "invalid literal for int() with base 10: 'viele'"),
        ("36", 23, "Invalid datetime string 'gestern'"),
        ("46", 9, "missing key field 'allg:Komprimierungstyp'"),
    ],
)
def test_each_place_has_our_words_and_the_other_opinions_reason(name, line, reason):
    (ours,) = (each for each in violations(message(name)) if each.line == line)
    (explained,) = (each for each in explain(message(name)) if each.line == line)
    assert explained.path == ours.path
    assert explained.what == f"{ours.what} ({reason})"


def test_what_one_opinion_alone_sees_is_told_all_the_same():
    envelope = message("40").replace(b"<tran:Kategorie>", b"ein Satz<tran:Kategorie>")
    assert explain(envelope) == violations(envelope) != ()


def test_what_fits_and_what_cannot_be_checked_need_no_explanation():
    assert explain(message("40")) == ()
    assert explain(message("40")[:-9]) == violations(message("40")[:-9])


def test_a_pull_does_not_wait_for_the_explaining_library():
    script = "import sys, bipro_sync.bipro.schema as it; it.violations(b'<a/>'); print('xmlschema' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
