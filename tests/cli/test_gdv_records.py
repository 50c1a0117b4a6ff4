import json
import zipfile

import pytest

from samples.synthetic.delivery import joined, packet

from .gdv_files import changed, portfolio


@pytest.fixture
def path(tmp_path):
    """A file of three contracts: a header of three records, then 0100, 0200, 0210, 0220 of each, and a trailer."""
    path = tmp_path / "a.gdv"
    path.write_bytes(portfolio(3))
    return path


def numbers(said):
    return [each["record_no"] for each in said.document]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], list(range(1, 17))),
        (["--type", "0200"], [5, 9, 13]),
        (["--type", "200", "--line", "50"], [5, 9]),
        (["--type", "0200", "--type", "9999"], [5, 9, 13, 16]),
        (["--number", "7"], [7]),
        (["--number", "7-9", "--number", "15-"], [7, 8, 9, 15, 16]),
        (["--type", "0100", "--limit", "2"], [4, 8]),
        (["--type", "0200", "--line", "050"], [5, 9]),
        (["--line", "051"], [7, 11]),
        (["--number", "99"], []),
    ],
)
def test_records_are_chosen_by_type_line_and_number(call, path, options, expected):
    assert numbers(call("gdv", "records", path, "--json", *options)) == expected


def test_a_record_is_shown_with_its_place_and_what_its_fields_say(call, path):
    said = call("gdv", "records", path, "--number", "5")
    lines = said.out.splitlines()
    assert lines[0] == "record 5: 0200 part 1, line 050, byte 1032"
    shown = dict(line.split(None, 1) for line in lines[1:])
    assert (shown["VsNr"], shown["Vertragsstatus"]) == ("V000000001", "1")
    assert "Abgangsgrund" not in shown
    assert "ReferenzVsNr" not in shown


def test_fields_may_have_their_full_names(call, path):
    said = call("gdv", "records", path, "--number", "5", "--names")
    assert "    Gesamtbeitrag (Netto) in Währungseinheiten " in said.out


def test_raw_records_stand_as_they_are_one_a_line(call, path):
    said = call("gdv", "records", path, "--number", "4", "--raw")
    assert said.out[:27] == "        4 010099999 050    "
    assert len(said.out) == 10 + 256 + 1
    document = call("gdv", "records", path, "--number", "4", "--raw", "--json").document
    assert document[0]["text"] == said.out[10:-1]


def test_what_no_layout_describes_is_shown_as_text(call, tmp_path):
    path = tmp_path / "own.gdv"
    path.write_bytes(joined(packet(["080299999 whatever they like".ljust(256)])))
    said = call("gdv", "records", path, "--type", "0802")
    assert said.out.splitlines() == [
        "record 4: 0802 of the family own, byte 774",
        "    080299999 whatever they like".ljust(260),
    ]
    (document,) = call("gdv", "records", path, "--type", "0802", "--json").document
    assert (document["part"], document["family"], document["text"].strip()) == (
        None,
        "own",
        "080299999 whatever they like",
    )


def test_no_character_of_a_file_moves_the_cursor_or_passes_for_a_line_of_ours(call, path):
    path.write_bytes(changed(path.read_bytes(), 4, 44, b"\x1b]0;Titel\x07\x9b31m Name"))
    for options in (["--raw"], []):
        said = call("gdv", "records", path, "--number", "4", "--encoding", "iso-8859-1", *options)
        assert not {each for each in said.out if each < " " or "\x7f" <= each < "\xa0"} - {"\n"}
        assert "]0;Titel31m Name" in said.out


@pytest.mark.parametrize("text", ["zwölf", "-3", "1-2-3", "", "9" * 40, "9-3"])
def test_a_number_that_is_none_is_refused(call, path, text):
    assert call("gdv", "records", path, f"--number={text}").code == 2


def test_several_files_are_told_apart(call, path, tmp_path):
    other = tmp_path / "b.gdv"
    other.write_bytes(portfolio(1))
    said = call("gdv", "records", path, other, "--type", "9999")
    assert [line for line in said.out.splitlines() if line.startswith("/")] == [str(path), str(other)]
    assert [each["file"] for each in call("gdv", "records", path, other, "--type", "9999", "--json").document] == [
        str(path),
        str(other),
    ]


def test_the_files_of_one_zip_file_are_told_apart(call, tmp_path):
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("a", portfolio(1))
        target.writestr("b", portfolio(1))
    said = call("gdv", "records", path, "--type", "9999")
    assert [line for line in said.out.splitlines() if line.startswith("/")] == [f"{path}, entry 1", f"{path}, entry 2"]


def test_nothing_chosen_is_an_empty_list(call, path):
    said = call("gdv", "records", path, "--type", "0800", "--json")
    assert (said.code, json.loads(said.out)) == (0, [])
