import io
import os
import subprocess
import sys
import textwrap

import pytest

from bipro_sync.gdv import Severity, part, read, write

from .records import header, record


GENERAL = record(part("0200", 1))
TRAILER = record(part("9999", 1))


def codes(data):
    reading = read(data)
    list(reading)
    return [finding.code for finding in reading.findings]


def test_a_path_a_file_and_bytes_say_the_same(tmp_path):
    data = b"\r\n".join([header(), GENERAL, TRAILER])
    path = tmp_path / "any.name"
    path.write_bytes(data)
    with path.open("rb") as stream:
        for source in (path, str(path), stream, io.BytesIO(data), data, bytearray(data), memoryview(data)):
            assert [each.record_type for each in read(source)] == ["0001", "0200", "9999"]


def test_a_path_that_is_not_there_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none")


def test_a_pipe_is_read_once_from_its_beginning(tmp_path):
    reader, writer = os.pipe()
    os.write(writer, GENERAL + b"\n")
    os.close(writer)
    with os.fdopen(reader, "rb", buffering=0) as stream:
        assert [each.raw for each in read(stream)] == [GENERAL]


def test_a_file_read_in_part_is_closed_without_a_warning(tmp_path):
    path = tmp_path / "file"
    path.write_bytes((GENERAL + b"\n") * 10)
    reading = read(path)
    assert next(reading).number == 1


def test_stripped_records_are_read_as_if_blanks_followed():
    [found] = read(TRAILER.rstrip() + b"000000000007\r\n")
    assert found["AnzSaetze"] == "0000000000"
    [finding] = _findings(b"9999" + b"0" * 20)
    assert (finding.code, finding.severity, finding.record, finding.length) == (
        "bytes.short-record",
        Severity.NOTE,
        1,
        24,
    )


def _findings(data):
    reading = read(data)
    list(reading)
    return reading.findings


def test_what_stands_behind_a_record_is_kept_not_read_and_found():
    data = GENERAL + b" and more\r\n" + TRAILER
    first, _ = read(data)
    assert first.raw == GENERAL + b" and more"
    assert first.padded == GENERAL
    assert codes(data) == ["bytes.long-record"]
    assert codes(GENERAL + b"   \r\n" + TRAILER) == []


def test_a_byte_order_mark_belongs_to_no_record():
    [found] = read(b"\xef\xbb\xbf" + GENERAL)
    assert (found.before, found.raw, found.offset) == (b"\xef\xbb\xbf", GENERAL, 3)
    assert codes(b"\xef\xbb\xbf" + GENERAL) == ["bytes.byte-order-mark"]


@pytest.mark.parametrize("end", [b"\x1a", b"\r\n\x1a", b"\r\n\x1a\x1a\r\n"])
def test_the_end_of_file_byte_of_dos_belongs_to_no_record(end):
    [found] = read(TRAILER + end)
    assert found.raw == TRAILER
    assert "bytes.ctrl-z" in codes(TRAILER + end)


def test_files_put_one_behind_the_other_are_packets_of_one():
    data = b"\r\n".join([header(), GENERAL, TRAILER]) + b"\x1a"
    assert [each.record_type for each in read(data + b"\xef\xbb\xbf" + data)] == ["0001", "0200", "9999"] * 2


@pytest.mark.parametrize("loose", [b"\r\n", b"\n\n\n", b"\xef\xbb\xbf\r\n", b"\x1a\r\n", b"  \r\n"])
@pytest.mark.parametrize("records", [1, 2, 9])
def test_what_holds_nothing_before_the_first_record_is_no_record(loose, records):
    data = loose + (GENERAL + b"\r\n") * records
    found = list(read(data))
    assert [each.number for each in found] == list(range(1, records + 1))
    assert (found[0].before, found[0].offset, found[0].raw) == (loose, len(loose), GENERAL)
    assert write(found) == data


def test_blank_lines_are_no_records():
    data = b"\r\n\r\n".join([header(), GENERAL, b" " * 256, TRAILER])
    assert [each.number for each in read(data)] == [1, 2, 3]
    assert codes(data) == ["bytes.blank-lines"]


def test_line_ends_of_several_kinds_are_found():
    assert codes(b"\r\n".join([header(), GENERAL]) + b"\n" + TRAILER + b"\r\n") == ["bytes.mixed-line-ends"]


def test_a_finding_stands_for_all_of_its_sort_and_says_how_many():
    [finding] = _findings((GENERAL[:100] + b"\n") * 5)
    assert "(5 times)" in finding.message
    assert finding.record == 1


def test_a_line_end_inside_a_record_does_not_cut_it():
    broken = GENERAL[:100] + b"\n" + GENERAL[101:]
    data = b"\r\n".join([header(), broken, TRAILER, b""])
    assert [each.raw for each in read(data)] == [header(), broken, TRAILER]


def test_records_without_line_ends_are_cut_by_their_length():
    assert [each.record_type for each in read(header() + GENERAL + b"0801".ljust(256, b"x") + TRAILER)] == [
        "0001",
        "0200",
        "0801",
        "9999",
    ]


def test_types_of_no_layout_are_kept_as_they_are():
    own = b"0801 anything " + bytes(range(128, 256)) + b"x" * 114
    found = list(read(header() + b"\n" + own + b"\n"))[1]
    assert (found.part, found.raw, found.values()) == (None, own, {})


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"%PDF-1.7\n" + b"stream" * 1000, bytes(range(256)) * 50])
def test_what_is_no_gdv_file_has_no_parts_and_does_no_harm(data):
    reading = read(data)
    assert write(reading) == data


def test_a_quarter_of_a_gigabyte_of_nothing_takes_little_memory(tmp_path):
    path = tmp_path / "sparse.gdv"
    with path.open("wb") as stream:
        stream.write(header() + b"\r\n")
        stream.truncate(1 << 28)
    script = textwrap.dedent(
        """
        import re, sys
        from pathlib import Path
        from bipro_sync.gdv import read
        records = sum(1 for _ in read(sys.argv[1]))
        print(records, re.search("VmHWM: *([0-9]+)", Path("/proc/self/status").read_text().replace(chr(9), ""))[1])
        """
    )
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
    records, kibibytes = map(int, done.stdout.split())
    assert records < 5_000
    assert kibibytes < 60 << 10


def test_reading_records_needs_no_numpy():
    script = "import sys, bipro_sync.gdv; list(bipro_sync.gdv.read(b'9999')); sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
