from bipro_sync import durable

from .practice import IMPORTS, limited


def test_an_append_file_only_grows_and_sees_what_others_append(tmp_path):
    file, other = durable.AppendFile(tmp_path / "f"), durable.AppendFile(tmp_path / "f")
    file.append(b"one ")
    other.append(b"two ")
    file.append(b"three")
    assert (tmp_path / "f").read_bytes() == b"one two three"
    assert (file.size(), other.size()) == (13, 13)
    assert (file.read_at(4, 3), file.read_at(8, 100), file.read_at(99, 1)) == (b"two", b"three", b"")
    file.truncate(3)
    assert other.size() == 3
    for each in (file, other):
        each.close()


def test_an_append_that_stops_half_way_is_taken_back(tmp_path):
    script = """
file = durable.AppendFile(directory / "f")
file.append(b"a" * 60)
try:
    file.append(b"b" * 60)
except DiskFullError:
    print("full", file.size())
file.append(b"c" * 40)
"""
    assert limited(script, tmp_path) == "full 60\n"
    assert (tmp_path / "f").read_bytes() == b"a" * 60 + b"c" * 40


def test_a_failed_sync_is_an_error_and_is_never_repeated_on_the_same_file(tmp_path, traced):
    (tmp_path / "f").touch()
    found = traced(
        IMPORTS
        + """
file = durable.AppendFile(directory / "f")
for attempt in range(2):
    try:
        file.append(b"line")
        file.sync()
    except StorageError as error:
        print(error.message)
""",
        tmp_path,
        options=["-e", "trace=fsync,write", "-P", tmp_path / "f", "-e", "inject=fsync:error=EIO"],
    )
    assert found.output == (
        f"Cannot make durable {tmp_path}/f: Input/output error.\n"
        f"{tmp_path}/f failed before and takes nothing more in this run.\n"
    )
    assert [name for name, _, _ in found.calls] == ["write", "fsync"]
    assert "INJECTED" in found.calls[1][2]
