import re
import subprocess
from pathlib import Path

import msgspec
import pytest

import bipro_sync
from bipro_sync.audit import Record, RecordType
from bipro_sync.errors import ExitCode
from bipro_sync.model.states import ShipmentState


ROOT = Path(__file__).parents[1]
PACKAGE = Path(bipro_sync.__file__).parent
OURS = ("*.md", "docs/**/*.md", "systemd/*.md", "changelog/**/*.md", "samples/**/*.md")
PAGES = sorted({page for pattern in OURS for page in ROOT.glob(pattern)})
ROOMS = {entry.stem for entry in PACKAGE.iterdir() if not entry.name.startswith("_")}


def text(name):
    return (ROOT / name).read_text("utf-8")


def named(page):
    return str(page.relative_to(ROOT))


def test_there_are_pages_to_look_at():
    assert len(PAGES) > 15


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_file_of_ours_that_a_page_names_exists(page):
    folders = "tests|bipro_sync|docs|samples|systemd|requirements|interop|benchmarks|packaging"
    names = re.findall(rf"`((?:{folders})/[\w./@-]+)`", page.read_text("utf-8"))
    made_by_us = {line.strip("/") for line in text(".gitignore").splitlines()}
    assert [name for name in names if name.strip("/") not in made_by_us and not (ROOT / name).exists()] == []


def test_every_command_that_a_page_names_is_a_target_of_make():
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    for page in PAGES:
        named_targets = re.findall(r"(?:^|`|&& )make ([a-z]+)", page.read_text("utf-8"), re.MULTILINE)
        assert set(named_targets) <= targets, page


def test_the_readme_begins_with_what_it_is_and_the_two_commands():
    beginning = text("README.md").split("\n## ")[0]
    assert "make demo" in beginning
    assert "make test" in beginning
    assert "Python 3.11 or newer" in beginning


def test_the_architecture_names_every_room_and_no_other():
    table = text("docs/architecture.md").split("| room |")[1].split("\n\n")[0]
    rooms = {name for line in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", line.split("|")[1])}
    assert rooms == ROOMS


def test_no_room_is_called_utilities():
    assert not ROOMS & {"util", "utils", "helpers", "common", "misc"}
    modules = {path.stem for path in PACKAGE.rglob("*.py")}
    assert not modules & {"util", "utils", "helper", "helpers", "common", "misc"}


def test_tests_mirror_the_rooms():
    folders = {entry.name for entry in (ROOT / "tests").iterdir() if entry.is_dir() and list(entry.glob("test_*.py"))}
    assert folders <= ROOMS | {"crash", "faults", "fuzz", "model_based", "mutants", "powerloss"}


def test_the_published_exit_codes_are_the_programs():
    table = text("docs/exit-codes.md")
    codes = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE) for code in row.split(",")}
    assert codes == {int(code) for code in ExitCode}


def test_the_published_keys_and_types_of_the_audit_log_are_the_programs():
    page = text("docs/audit-log.md")
    table = page.split("| keys | hold |")[1].split("\n\n")[0]
    keys = [key for line in table.splitlines()[2:] for key in re.findall(r"`(\w+)`", line.split("|")[1])]
    assert keys == [field.name for field in msgspec.structs.fields(Record)]
    types = re.findall(r"`([\w.-]+)`", page.split("\nTypes: ")[1].split("\n\n")[0])
    assert types == list(RecordType)


def test_every_invariant_is_on_its_page_once():
    assert re.findall(r"^\| I(\d+) \|", text("docs/invariants.md"), re.MULTILINE) == [str(n) for n in range(1, 13)]


def test_the_glossary_is_in_order_and_names_what_states_are_called():
    words = re.findall(r"^\| ([^|]+?) \|", text("docs/glossary.md"), re.MULTILINE)[1:]
    assert words == sorted(words, key=str.lower)
    assert {"quarantine", "conflict", "vanished"} <= set(words)
    assert {"conflict", "vanished"} <= set(ShipmentState)


def test_decisions_are_dated():
    decisions = list((ROOT / "docs/decisions").glob("*.md"))
    assert decisions
    for decision in decisions:
        date = re.match(r"\d{4}-\d\d-\d\d", decision.name)[0]
        assert f"\nDate: {date}" in decision.read_text("utf-8")


def test_the_licence_is_the_one_that_is_named():
    assert "Apache License" in text("LICENSE")
    assert 'license = "Apache-2.0"' in text("pyproject.toml")


@pytest.mark.parametrize("script", [".ci/checks", ".ci/run", "interop/run"])
def test_the_scripts_stop_at_the_first_failure_and_are_well_formed(script):
    assert "\nset -euo pipefail\n" in text(script)
    assert (ROOT / script).stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", ROOT / script], check=False).returncode == 0


def test_make_test_runs_every_check():
    assert re.search(r"^test:.*\n\t@bash \.ci/checks$", text("Makefile"), re.MULTILINE)
    for check in ("ruff format --check", "ruff check", "mypy", "lint-imports", "pytest"):
        assert f"\nstep {check}" in text(".ci/checks")
