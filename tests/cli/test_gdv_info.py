import io
import sys

import pytest

from samples.synthetic.contracts import contracts
from samples.synthetic.delivery import joined, packet
from samples.synthetic.portfolio import lean

from .gdv_files import portfolio


@pytest.fixture
def typed(monkeypatch):
    """Lets these bytes be stdin."""

    def _typed(data):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return _typed


def test_info_tells_encoding_packets_versions_parts_and_what_the_trailer_says(call, tmp_path):
    path = tmp_path / "bestand.dat"
    path.write_bytes(portfolio(3, encoding="cp850"))
    said = call("gdv", "info", path, "--json")
    (told,) = said.document
    assert (told["file"], told["size"], told["records"]) == (str(path), 16 * 258, 16)
    assert told["encoding"]["name"] == "cp850"
    assert "cp850" in told["encoding"]["evidence"]
    (only,) = told["packets"]
    assert (only["insurer_number"], only["broker_number"]) == ("99999", "ERF-4711")
    assert (only["from"], only["to"]) == ("2026-03-01", "2026-03-01")
    assert only["versions"]["Satzart0200"] == "2.5"
    assert {"layout": "0100", "part": 1, "records": 3} in only["parts"]
    assert only["families"] == {"broker": 16}
    assert only["trailer"]["AnzSaetze"] == "0000000012"


def test_info_tells_people_the_same(call, tmp_path):
    (tmp_path / "a.gdv").write_bytes(portfolio(2) + portfolio(1))
    said = call("gdv", "info", tmp_path / "a.gdv")
    assert (said.code, said.err) == (0, "")
    assert "20 records" in said.out
    assert "packet 2, from record 13" in said.out
    assert "0200 2.5" in said.out
    assert "encoding: iso-8859-1 (" in said.out


def test_a_file_without_header_and_trailer_is_told_as_such(call, tmp_path):
    path = tmp_path / "cut.gdv"
    path.write_bytes(joined(lean(contracts(2))))
    said = call("gdv", "info", path)
    assert "it has no header" in said.out
    assert "it has no trailer" in said.out


def test_other_families_and_unknown_types_are_counted_by_name(call, tmp_path):
    others = [f"{kind}99999".ljust(256) for kind in ("0802", "4001", "3001", "7777")]
    path = tmp_path / "a.gdv"
    path.write_bytes(joined(packet(others)))
    (told,) = call("gdv", "info", path, "--json").document
    families = told["packets"][0]["families"]
    assert families == {"broker": 4, "own": 1, "claims-network": 1, "settlement": 1, "unknown": 1}
    assert {"layout": "0802", "part": None, "records": 1} in told["packets"][0]["parts"]


def test_packets_beyond_the_first_thousand_are_only_counted(call, tmp_path):
    path = tmp_path / "a.gdv"
    path.write_bytes(b"9999\r\n" * 1003)
    (told,) = call("gdv", "info", path, "--encoding", "iso-8859-1", "--json").document
    assert (told["records"], len(told["packets"]), told["packets_left_out"]) == (1003, 1000, 3)
    assert "3 more packets are not told one by one." in call("gdv", "info", path, "--encoding", "iso-8859-1").out


def test_stdin_is_read_like_a_file(call, typed):
    typed(portfolio(1))
    (told,) = call("gdv", "info", "-", "--json").document
    assert (told["file"], told["size"], told["records"]) == ("stdin", None, 8)


def test_stdin_is_read_once_only(call, typed):
    typed(portfolio(1))
    assert call("gdv", "info", "-", "-").code == 2


def test_the_user_may_say_what_the_encoding_is(call, tmp_path):
    (tmp_path / "a.gdv").write_bytes(portfolio(2, encoding="cp273"))
    assert call("gdv", "info", tmp_path / "a.gdv").code == 2
    (told,) = call("gdv", "info", tmp_path / "a.gdv", "--encoding", "cp273", "--json").document
    assert told["encoding"] == {"name": "cp273", "evidence": "given by the user"}
    assert told["packets"][0]["insurer_number"] == "99999"


def test_an_unknown_encoding_is_refused_with_those_that_are_known(call, tmp_path):
    (tmp_path / "a.gdv").write_bytes(portfolio(1))
    said = call("gdv", "info", tmp_path / "a.gdv", "--encoding", "klingon")
    assert said.code == 2
    assert "cp1141" in said.err


def test_several_files_are_told_one_after_the_other(call, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(portfolio(1))
    told = call("gdv", "info", tmp_path / "a", tmp_path / "b", "--json").document
    assert [each["file"] for each in told] == [str(tmp_path / "a"), str(tmp_path / "b")]


def test_a_missing_file_is_an_error_with_its_name(call, tmp_path):
    said = call("gdv", "info", tmp_path / "nowhere.gdv", "--json")
    assert said.code == 2
    message = said.document["error"]["message"]
    assert message == f"{tmp_path / 'nowhere.gdv'} cannot be read: No such file or directory."
