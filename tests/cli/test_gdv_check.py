from pathlib import Path

import pytest

from samples.synthetic.contracts import contracts
from samples.synthetic.delivery import joined, packet, stripped
from samples.synthetic.everything import everything
from samples.synthetic.portfolio import lean

from .gdv_files import CANARY, changed, portfolio


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.gdv"


def test_nothing_is_wrong_with_what_the_generator_calls_coherent(call, path):
    for data in (joined(everything()), portfolio(200), portfolio(3) + portfolio(2)):
        path.write_bytes(data)
        said = call("gdv", "check", path, "--json")
        assert (said.code, found_at_all(said)) == (0, [])


def found_at_all(said):
    return [each for file in said.document["files"] for each in file["findings"]]


@pytest.mark.parametrize(
    "sample", sorted((Path(__file__).parents[2] / "samples" / "gdv").glob("*.gdv")), ids=lambda path: path.name
)
def test_nothing_is_wrong_with_our_samples(call, sample):
    said = call("gdv", "check", sample, "--json")
    assert (said.code, found_at_all(said)) == (0, [])


def test_a_wrong_total_is_told_with_record_field_and_bytes_and_ends_with_3(call, path):
    data = portfolio(3)
    path.write_bytes(changed(data, 16, 25, b"000000000000001"))
    said = call("gdv", "check", path, "--json")
    assert (said.code, said.document["exit_code"]) == (3, 3)
    (total,) = found_at_all(said)
    assert (total["severity"], total["record"], total["field"]) == ("warning", 16, "Gesbeitrag")
    assert (total["offset"], total["length"]) == (15 * 258 + 24, 15)
    assert said.document["files"][0]["counts"] == {"error": 0, "warning": 1, "note": 0}


def test_people_read_the_gravest_first_and_counts_last(call, path):
    data = changed(portfolio(3), 5, 116, b"zwoelf Euro.")
    path.write_bytes(data[: -2 * 258])
    said = call("gdv", "check", path)
    severities = [line.split()[0] for line in said.out.splitlines()[:-1]]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    assert "record 5, GesbeitragNettoInWE, bytes 1147 to 1158: " in said.out
    assert said.out.splitlines()[-1].startswith(f"{path}: ")
    assert said.code == 3


def test_one_of_a_severity_is_not_said_as_several(call, path):
    path.write_bytes(changed(portfolio(3), 16, 25, b"000000000000001"))
    assert call("gdv", "check", path).out.splitlines()[-1] == f"{path}: 0 errors, 1 warning, 0 notes"


def test_notes_alone_end_with_0(call, path):
    path.write_bytes(portfolio(2)[:-2] + b"\x1a")
    said = call("gdv", "check", path, "--json")
    assert {each["severity"] for each in found_at_all(said)} <= {"note"}
    assert said.code == 0


def test_a_customer_s_name_is_in_no_finding(call, path):
    data = portfolio(3)
    for record in range(4, 16):
        data = changed(data, record, 44, CANARY.encode().ljust(200))
    path.write_bytes(data)
    for options in ([], ["--json"], ["-vv"]):
        said = call("gdv", "check", path, *options)
        assert said.code == 3
        assert CANARY not in said.out + said.err


def test_stripped_records_lose_nothing(call, path):
    path.write_bytes(stripped(joined(packet(lean(contracts(5))))))
    said = call("gdv", "check", path, "--json")
    assert {each["severity"] for each in found_at_all(said)} <= {"note"}


def test_each_file_is_told_and_the_worst_counts(call, path, tmp_path):
    path.write_bytes(portfolio(1))
    (tmp_path / "b").write_bytes(changed(portfolio(1), 8, 5, b"0000000099"))
    said = call("gdv", "check", path, tmp_path / "b", "--json")
    assert [file["counts"]["warning"] for file in said.document["files"]] == [0, 1]
    assert said.code == 3
