import doctest
from pathlib import Path


ROOT = Path(__file__).parents[2]


def test_the_examples_of_the_page_are_true(monkeypatch):
    monkeypatch.chdir(ROOT)
    found = doctest.testfile(str(ROOT / "docs" / "gdv.md"), module_relative=False, encoding="utf-8")
    assert found.attempted > 10
    assert found.failed == 0


def test_every_sort_of_finding_is_on_the_page():
    page = (ROOT / "docs" / "gdv.md").read_text("utf-8")
    sorts = ("bytes", "field", "record", "packet", "trailer", "order", "contract")
    assert all(f"`{sort}.…`" in page for sort in sorts)
