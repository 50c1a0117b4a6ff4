import csv
import io
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.pages import csv_of, element, page, table, text


class Reader(HTMLParser):
    def __init__(self, source):
        super().__init__()
        self.tags, self.said = [], []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.said.append(data)


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs")), min_size=1))
def test_no_text_breaks_out_of_a_page(said):
    shown = Reader(page(said, table((said,), [(said,)]), element("p", text(said), title=said)))
    plain = Reader(page("x", table(("x",), [("x",)]), element("p", text("x"), title="x")))
    assert [tag for tag in shown.tags if tag != "wbr"] == plain.tags
    assert "".join(shown.said).count(said) >= 4


def test_a_number_of_a_contract_is_never_torn_apart_and_a_long_name_may_be():
    words = ("V0123456789", "DEMO-024-KUENDIGUNG", "x" * 100)
    shown = table(("a",), [(" ".join(words),)])
    assert all(f"{word} " in shown for word in words[:2])
    assert shown.count("<wbr>") == 6
    assert "x" * 17 not in shown


def test_a_page_loads_and_runs_nothing():
    said = page("Titel")
    assert "default-src 'none'" in said
    assert not any(word in said for word in ("<script", "http://", "https://", "src=", "@import"))


def test_controls_and_direction_marks_are_left_out():
    assert text("a\u202eb\x1b[31mc\u0000d") == "ab[31mcd"


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1))
def test_every_cell_comes_back_and_none_is_a_formula(cells):
    source = csv_of(["h"] * len(cells), [cells]).decode("utf-8-sig")
    _, found = csv.reader(io.StringIO(source, newline=""), delimiter=";")
    assert [each.removeprefix("'") for each in found] == [each.removeprefix("'") for each in cells]
    assert not any(each.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for each in found)


def test_a_number_stays_a_number():
    assert csv_of(["a", "b"], [[-5, "-5"]]) == b"\xef\xbb\xbfa;b\r\n-5;'-5\r\n"
