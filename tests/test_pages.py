"""What pages for people promise to be whole about: exit codes, error words, insurers, and two languages."""

import re
import tomllib
from pathlib import Path

import pytest

import bipro_sync.errors
from bipro_sync.errors import BiproSyncError, ExitCode
from bipro_sync.insurers.profile import profile_names


ROOT = Path(__file__).parents[1]
PACKAGE = Path(bipro_sync.errors.__file__).parent
INSURERS = ROOT / "docs" / "insurers"
PAGES = sorted({*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")})
PAGE_OF = {"generic": "other"}
"""A profile's page, where it is not called like the profile."""

GIVEN = {
    "suspended": ExitCode.NOT_PERMITTED,
    "no-archive": ExitCode.CONFIGURATION,
    "no-backup-directory": ExitCode.CONFIGURATION,
    "not-gdv": ExitCode.USAGE,
    "too-big": ExitCode.USAGE,
    "restore-unfinished": ExitCode.STORAGE,
}
"""The words that errors get where they are raised."""


def text(name):
    return (ROOT / name).read_text("utf-8")


def sections():
    """The troubleshooting page's sections, by exit code."""
    found = {}
    for section in text("docs/troubleshooting.md").split("\n## ")[1:]:
        for code in section.split(":")[0].split(","):
            found[int(code)] = section
    return found


def tree(error):
    yield error
    for each in error.__subclasses__():
        yield from tree(each)


def test_every_exit_code_has_a_section_in_order():
    assert list(sections()) == [int(code) for code in ExitCode]


@pytest.mark.parametrize("error", list(tree(BiproSyncError)), ids=lambda error: error.__name__)
def test_every_word_of_an_error_stands_in_its_code_s_section(error):
    assert f"`{error.code}`" in sections()[int(error.exit_code)]


def test_every_word_that_an_error_is_given_stands_there_too():
    raised = {
        word
        for path in PACKAGE.rglob("*.py")
        if "sandbox" not in path.parts
        for word in re.findall(r'[^.\w]code="([a-z-]+)"', path.read_text("utf-8"))
    }
    assert raised == set(GIVEN)
    for word, code in GIVEN.items():
        assert f"`{word}`" in sections()[int(code)]


def test_every_profile_of_ours_has_a_page_and_the_table_names_all_pages():
    ours = {PAGE_OF.get(name, name) for name in profile_names(Path("/nowhere"))}
    pages = {path.stem for path in INSURERS.glob("*.md")} - {"README"}
    assert pages == ours
    assert set(re.findall(r"\]\((\w+)\.md\)", text("docs/insurers/README.md"))) == pages


@pytest.mark.parametrize("name", profile_names(Path("/nowhere")))
def test_an_insurer_s_page_says_what_its_profile_says(name):
    page = text(f"docs/insurers/{PAGE_OF.get(name, name)}.md")
    facts = tomllib.loads((PACKAGE / "insurers" / "profiles" / f"{name}.toml").read_text("utf-8"))
    assert f"`{name}`" in page
    for right in facts.get("rights", ()):
        german = re.search(r"\(([A-Z][^)]+)\)", right)
        if german:
            assert german[1] in page or right.startswith("transfer service")
    for release in [facts.get("bipro_version", "")] * (name in {"allianz", "ruv", "degenia", "vema"}):
        assert ".".join(release.split(".")[:2]) in text("docs/insurers/README.md")
    if form := facts.get("consumer_id_form"):
        assert form in page


@pytest.mark.parametrize("norm", ["420", "440", "480", "490", "501", "RNext", "410", "430.1", "430.4", "430.7"])
def test_what_it_does_not_do_is_said_norm_by_norm(norm):
    table = text("docs/limits.md").split("| norm |")[1].split("\n\n")[0]
    assert norm in table


def test_the_sheet_of_measures_has_all_goals_of_the_law():
    goals = re.findall(r"^\| (\d+) ", text("docs/toms.de.md"), re.MULTILINE)
    assert goals == [str(number) for number in range(1, 15)]


def anchors(page):
    """What a page's headings are called in links, as the sites that show it make them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    plain = (re.sub(r"[`*]|\]\([^)]*\)|\[", "", heading).lower() for heading in headings)
    return {re.sub(r"[^\w -]", "", heading).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize(
    "page", sorted({*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")}), ids=lambda p: p.name
)
def test_every_link_into_a_page_leads_to_a_heading(page):
    for name, anchor in re.findall(r"\]\(([^)#\s:]*\.md)?#([^)\s]+)\)", page.read_text("utf-8")):
        target = page.parent / name if name else page
        assert anchor in anchors(target.read_text("utf-8")), (name, anchor)


def named_in(page):
    """The commands, targets, keys and pages that a page names, whatever it says of them."""
    spans = set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL)))
    blocks = re.findall(r"^```\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    lines = {line.partition("#")[0].strip() for block in blocks for line in block.splitlines()}
    links = set(re.findall(r"\]\(([^)]+)\)", page)) - {"README.md", "README.de.md"}
    return spans, lines, links


def test_the_german_readme_names_the_same_commands_and_pages_as_the_english_one():
    assert named_in(text("README.de.md")) == named_in(text("README.md"))


def test_each_readme_leads_to_the_other_and_the_german_one_is_german():
    assert "](README.de.md)" in text("README.md")
    assert "](README.md)" in text("README.de.md")
    headings = re.findall(r"^#+ (.+)", text("README.de.md"), re.MULTILINE)
    assert len(headings) == len(re.findall(r"^#+ (.+)", text("README.md"), re.MULTILINE))
    assert "Was es nicht tut" in headings
