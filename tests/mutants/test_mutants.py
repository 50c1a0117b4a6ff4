"""Each mutant of the product must be noticed by the tests that it names: a test that no mutant fails proves little.

A mutant is a copy of the package with a few words changed; the working tree is never touched.  Everyday only the
quickest are tried, and of the others that their text still fits; with BIPRO_SYNC_CAMPAIGN=full all of them.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from .mutants import MUTANTS


ROOT = Path(__file__).parents[2]
FULL = os.environ.get("BIPRO_SYNC_CAMPAIGN") == "full"
QUICK = {"a directory is not synced", "a third login is let through", "what a failed sync left is found by a later run"}
BUGS = ("ImportError", "ModuleNotFoundError", "NameError", "SyntaxError", "UnboundLocalError")
"""What a mutant must not be noticed by: it would be a bad mutant, and not a bad product."""


@pytest.fixture
def copy(tmp_path):
    """A copy of package and tests."""
    for name in ("bipro_sync", "tests"):
        shutil.copytree(ROOT / name, tmp_path / "copy" / name, ignore=shutil.ignore_patterns("mutants"))
    for name in ("pyproject.toml", "samples", "docs", "config.example.toml"):
        (tmp_path / "copy" / name).symlink_to(ROOT / name)
    return tmp_path / "copy"


def in_the_copy(copy, *command):
    # A campaign inside a campaign would not end, and what the outer tests are told about is not theirs.
    known = {name: value for name, value in os.environ.items() if not name.startswith(("BIPRO_SYNC_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, *command],
        cwd=copy,
        env=known | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )


def verdicts(copy, tests):
    """How the tests end in the copy: the outcome of each, what the failures say, why others were skipped."""
    child = in_the_copy(
        copy, "-m", "pytest", "-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--junitxml=told.xml", *tests
    )
    assert child.returncode in {0, 1}, child.stdout + child.stderr
    outcomes, said, skipped = [], [], []
    for case in ET.parse(copy / "told.xml").getroot().iter("testcase"):
        ending = next((each for each in case if each.tag in {"failure", "error", "skipped"}), None)
        outcomes.append("passed" if ending is None else ending.tag)
        if ending is not None:
            (skipped if ending.tag == "skipped" else said).append(ending.get("message", ""))
    return outcomes, said, skipped


def changed(mutant):
    """The text of the mutant's file; each of its changes has its place, and only one."""
    text = (ROOT / "bipro_sync" / mutant.file).read_text("utf-8")
    for old, new in mutant.changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {mutant.file}"
        text = text.replace(old, new)
    return text


def test_there_are_enough_mutants_and_each_has_a_name_of_its_own():
    names = {mutant.name for mutant in MUTANTS}
    assert len(names) == len(MUTANTS) > 20
    assert names >= QUICK


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_s_text_still_has_its_place_and_is_python(mutant):
    compile(changed(mutant), mutant.file, "exec")


TRIED = [mutant for mutant in MUTANTS if FULL or mutant.name in QUICK]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutant", TRIED, ids=lambda mutant: mutant.name)
def test_a_mutant_is_noticed(mutant, copy):
    path = copy / "bipro_sync" / mutant.file
    path.write_text(changed(mutant), "utf-8")
    module = "bipro_sync." + mutant.file.removesuffix(".py").replace("/", ".")
    imported = in_the_copy(copy, "-c", f"import {module}; print({module}.__file__)")
    assert imported.stdout.strip() == str(path), imported.stderr

    outcomes, said, skipped = verdicts(copy, mutant.tests)

    if set(outcomes) <= {"passed", "skipped"} and skipped:
        pytest.skip(f"what would notice it cannot run here: {skipped[0]}")
    assert "failure" in outcomes, f"no test of {mutant.tests} notices it"
    for message in said:
        assert not message.startswith(BUGS), message


@pytest.mark.timeout(600)
def test_the_unchanged_copy_passes_what_its_mutants_fail(copy):
    outcomes, said, _ = verdicts(copy, {test for mutant in TRIED for test in mutant.tests})
    assert set(outcomes) <= {"passed", "skipped"}, said
    assert "passed" in outcomes
