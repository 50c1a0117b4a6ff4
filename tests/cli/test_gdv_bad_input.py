"""Whatever is called a GDV file: findings or one clear sentence, bounded memory, and no traceback."""

import random
import subprocess
import sys
import zipfile

import pytest

from samples.synthetic.contracts import contracts
from samples.synthetic.delivery import header, joined, packet
from samples.synthetic.portfolio import lean

from .gdv_files import CANARY, portfolio


MOST_MEBIBYTES = 110
"""What a command may take at its peak, some 45 of it the program itself."""
SOME_BYTES = random.Random(4711).randbytes(300_000)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.gdv"


MEASURED = """
import sys
from pathlib import Path
from bipro_sync.cli.main import main
code = main(["gdv", *sys.argv[2:]])
Path(sys.argv[1]).write_text(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
sys.exit(code)
"""


@pytest.fixture
def measured(tmp_path):
    """Runs a command as a process of its own; returns exit code, stdout, stderr and its peak of memory in MiB."""

    def _measured(*arguments):
        peak = tmp_path / "peak"
        command = [sys.executable, "-c", MEASURED, peak, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr, int(peak.read_text()) / 1024

    return _measured


@pytest.mark.parametrize(
    ("data", "looks"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"x" * 4000, "it looks like a PDF"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 400, "it looks like a picture (PNG)"),
        (b"<?xml version='1.0'?><a/>", "it looks like XML"),
        (b"", "it looks like an empty file"),
        (SOME_BYTES, "it looks like a binary file"),
        (f"{CANARY}, Hauptstraße 1".encode(), "it looks like "),
    ],
    ids=["pdf", "png", "xml", "empty", "random", "text"],
)
@pytest.mark.parametrize("command", ["info", "records", "check", "export", "diff"])
def test_what_is_no_gdv_file_is_told_what_it_looks_like(call, path, command, data, looks):
    path.write_bytes(data)
    more = {"export": ["--format", "jsonl"], "diff": [path]}.get(command, [])
    said = call("gdv", command, path, *more, "--json") if command != "export" else call("gdv", command, path, *more)
    assert said.code == 2
    assert f"{path} is no GDV file; " in said.err
    assert looks in said.err
    assert CANARY not in said.out + said.err
    if command != "export":
        assert said.document["error"]["code"] == "not-gdv"


@pytest.mark.parametrize("command", ["info", "records", "check", "export", "diff"])
@pytest.mark.parametrize("damage", ["random behind", "cut", "random within", "random by the user's word"])
def test_a_damaged_file_is_read_as_far_as_it_goes(call, path, command, damage):
    whole = portfolio(30)
    path.write_bytes(
        {
            "random behind": whole + SOME_BYTES,
            "cut": whole[:-1000],
            "random within": whole[:5000] + SOME_BYTES[:3000] + whole[5000:],
            "random by the user's word": SOME_BYTES,
        }[damage]
    )
    more = {"export": ["--format", "jsonl"], "diff": [path]}.get(command, [])
    more += ["--encoding", "iso-8859-1"] if "user" in damage else []
    said = call("gdv", command, path, *more)
    assert said.code == (3 if command == "check" else 0)
    assert said.err == ""


@pytest.mark.parametrize("number", range(40))
def test_no_change_of_a_few_bytes_is_a_bug(call, path, number):
    chance = random.Random(number)
    data = bytearray(portfolio(5))
    for _ in range(chance.randint(1, 60)):
        data[chance.randrange(300, len(data))] = chance.randrange(256)
    path.write_bytes(data)
    for command in ("info", "check"):
        said = call("gdv", command, path)
        assert said.code in {0, 3}
        assert "unexpected" not in said.err


def test_ten_gigabytes_of_nothing_are_refused_at_once(measured, path):
    with path.open("wb") as file:
        file.truncate(10 << 30)
    code, _, err, peak = measured("check", path)
    assert (code, peak < MOST_MEBIBYTES) == (2, True)
    assert "no GDV file" in err


def test_ten_gigabytes_are_not_compared_as_they_would_have_to_be_held(measured, path, tmp_path):
    path.write_bytes(portfolio(3))
    other = tmp_path / "b.gdv"
    other.write_bytes(portfolio(2))
    with path.open("ab") as file:
        file.truncate(10 << 30)
    code, out, err, peak = measured("diff", other, path)
    assert (code, out, peak < MOST_MEBIBYTES) == (2, "", True)
    assert f"{path} is bigger than 512 MiB" in err


def test_the_first_records_of_ten_gigabytes_are_there_at_once(measured, path):
    path.write_bytes(portfolio(3))
    with path.open("ab") as file:
        file.truncate(10 << 30)
    code, out, err, peak = measured("records", path, "--number", "1-16", "--raw")
    assert (code, err, len(out.splitlines())) == (0, "", 16)
    assert peak < MOST_MEBIBYTES


@pytest.mark.parametrize("tail", ["zeros", "random", "one endless line"])
def test_a_long_file_of_anything_is_checked_in_bounded_memory(measured, path, tail):
    length = 64 << 20
    with path.open("wb") as file:
        file.write(joined(header()))
        match tail:
            case "zeros":
                file.truncate(length)
            case "random":
                for start in range(0, 6 << 20, len(SOME_BYTES)):
                    file.write(random.Random(start).randbytes(len(SOME_BYTES)))
            case _:
                file.write(b"A" * length)
    code, out, err, peak = measured("check", path)
    assert (code, err) == (3, "")
    assert len(out.splitlines()) < 2000
    assert peak < MOST_MEBIBYTES


def test_a_long_file_is_exported_in_bounded_memory(measured, path, tmp_path):
    with path.open("wb") as file:
        file.writelines(text.encode("iso-8859-1") + b"\r\n" for text in packet(lean(contracts(8000))))
    code, _, err, peak = measured("export", path, "--format", "csv", "--out", tmp_path / "tables")
    assert (code, err) == (0, "")
    assert peak < MOST_MEBIBYTES


def bomb(path, *, size=40 << 20):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.gdv", "w") as entry:
        entry.write(joined(header()))
        for _ in range(size >> 20):
            entry.write(b" " * (1 << 20))


def test_a_decompression_bomb_is_not_opened(measured, path):
    bomb(path)
    code, _, err, peak = measured("check", path)
    assert (code, peak < MOST_MEBIBYTES) == (2, True)
    assert "entry 1 is not read: it would become suspiciously big" in err


def zipped(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)


def test_every_gdv_file_of_a_zip_file_is_told_whatever_it_is_called(call, path):
    zipped(
        path, {CANARY: portfolio(2), "letter.pdf": b"%PDF-1.7", "b": portfolio(1), "in.zip": b"PK\x03\x04" + bytes(60)}
    )
    said = call("gdv", "info", path, "--json")
    assert [each["file"] for each in said.document] == [f"{path}, entry 1", f"{path}, entry 3"]
    assert said.err == f"{path}, entry 4 is not read: it is a ZIP file inside a ZIP file.\n"
    assert call("gdv", "export", path, "--format", "jsonl").code == 2


def test_who_checks_a_zip_file_of_which_an_entry_cannot_be_read_is_not_told_that_all_is_well(call, path):
    zipped(path, {"a": portfolio(2), "in.zip": b"PK\x03\x04" + bytes(60)})
    skipped = f"{path}, entry 2 is not read: it is a ZIP file inside a ZIP file."
    said = call("gdv", "check", path, "--json")
    assert (said.code, said.document["exit_code"], said.document["skipped"]) == (3, 3, [skipped])
    said = call("gdv", "check", path)
    assert (said.code, said.err) == (3, f"{skipped}\n")


def test_a_zip_file_without_any_is_told_so(call, path):
    zipped(path, {"letter.pdf": b"%PDF-1.7"})
    said = call("gdv", "check", path)
    assert (said.code, said.out) == (2, "")
    assert "without a GDV file" in said.err


def test_a_damaged_entry_is_one_clear_sentence(call, path):
    zipped(path, {"a": portfolio(400)})
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 60] = bytes(60)
    path.write_bytes(data)
    said = call("gdv", "check", path)
    assert (said.code, said.err.splitlines()[0]) == (2, "error: An entry of a ZIP file is damaged.")


def test_who_stops_reading_ends_the_command(path):
    path.write_bytes(portfolio(3000))
    command = [sys.executable, "-m", "bipro_sync", "gdv", "records", path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout.readline().startswith(b"record 1:")
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait() == 0
