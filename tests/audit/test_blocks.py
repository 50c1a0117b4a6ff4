import io

import pytest

from bipro_sync.audit.blocks import blocks


@pytest.fixture
def lines(written):
    """Lines of a log, in which each names its keys in the order of the log."""
    return written.read_bytes().splitlines(keepends=True)


def turned(line):
    """The same record, its first two keys in another order."""
    first, second, rest = line[1:].split(b",", 2)
    return b"{" + second + b"," + first + b"," + rest


def found(lines, signed):
    return [
        (record.seq if record else None)
        for records, raw in blocks(io.BytesIO(b"".join(lines)), signed)
        for record in (records or [None] * len(raw))
    ]


def test_what_no_key_has_signed_must_be_to_the_letter_what_the_log_writes(lines):
    numbers = list(range(1, len(lines) + 1))
    assert found(lines, 0) == numbers
    assert found([*lines[:-1], turned(lines[-1])], 0) == [*numbers[:-1], None]


def test_of_what_is_signed_the_signature_alone_says_what_it_was(lines):
    assert found([*lines[:-1], turned(lines[-1])], len(lines)) == list(range(1, len(lines) + 1))


def test_beyond_what_is_signed_a_line_in_another_form_is_none(lines):
    assert found([*lines[:-1], turned(lines[-1])], len(lines) - 1)[-1] is None


def test_a_line_that_is_no_record_is_none_signed_or_not(lines):
    for signed in (0, len(lines)):
        assert found([lines[0], b"{}\n", *lines[2:]], signed)[:3] == [1, None, 3]
