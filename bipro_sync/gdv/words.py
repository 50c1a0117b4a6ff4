"""What fields of many records say, worked out eight bytes at a time in machine words: numbers, dates, stripped text.

A field's first byte is its word's lowest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt


WORD = 8
"""Bytes of a machine word."""
Words: TypeAlias = Sequence[npt.NDArray[np.uint64]]
"""For each record the words that lie beside each other, of which each array has one."""
Readable: TypeAlias = npt.NDArray[np.bool_]

_BLANK, _ZERO, _BEYOND_NINE, _HIGH = 0x20, 0x30, 0x76, 0x80
_PIECE = 1 << 13
"""Records whose words and what is made of them fit into a processor's own memory; half the time of all at once."""


def numbers(words: Words, width: int) -> tuple[npt.NDArray[np.int64], Readable]:
    """
    Return the number that the last *width* bytes of each record's words write, and where all are digits; others are 0.
    """
    numbers, readable = _in_pieces(_numbers, _without(words, 0, _every(0xFF, -width % WORD), _ZEROS))
    return numbers, readable


def dates(words: Words, width: int) -> tuple[npt.NDArray[np.int32], Readable]:
    """
    Return what stands in the last bytes of one word, TTMMJJJJ or MMJJJJ, as YYYYMMDD, and where there is a date.

    00 stands for an unknown day or month.
    """
    dates, readable = _in_pieces(_dates, _without(words, 0, _every(0xFF, -width % WORD), _ZEROS))
    return dates, readable


def stripped(words: Words, width: int) -> npt.NDArray[np.bytes_]:
    """
    Return the first *width* bytes without the blanks behind the last letter; there may be no zero bytes.
    """
    (text,) = _in_pieces(_stripped, _without(words, -1, ~_every(0xFF, WORD - -width % WORD), _BLANKS))
    return text


def _every(byte: int, count: int = WORD) -> np.uint64:
    """
    Return a word whose first bytes, so many, are all this one, and the others 0.
    """
    return np.uint64(int.from_bytes(bytes([byte]) * count, "little"))


def _without(words: Words, index: int, bits: np.uint64, others: np.uint64) -> Words:
    """
    Return the words, in one of which *others* stand instead of these bits, as they are another field's.
    """
    if not bits:
        return words
    changed = list(words)
    changed[index] = changed[index] & ~bits | others & bits
    return changed


def _in_pieces(work: Callable[[Words], tuple[npt.NDArray[Any], ...]], words: Words) -> tuple[npt.NDArray[Any], ...]:
    rows = len(words[0])
    if rows <= _PIECE:
        return work(words)
    pieces = [work([word[start : start + _PIECE] for word in words]) for start in range(0, rows, _PIECE)]
    return tuple(np.concatenate(each) for each in zip(*pieces, strict=True))


def _numbers(words: Words) -> tuple[npt.NDArray[np.int64], Readable]:
    """
    Three multiplications join the digits of a word to pairs, fours and the whole.
    """
    result, readable = np.zeros(len(words[0]), np.uint64), np.ones(len(words[0]), np.bool_)
    for word in words:
        digits = word ^ _ZEROS
        readable &= _are_digits(digits)
        digits = digits * _PAIRS >> np.uint64(8)
        digits = (digits & np.uint64(0x00FF00FF00FF00FF)) * _FOURS >> np.uint64(16)
        digits = (digits & np.uint64(0x0000FFFF0000FFFF)) * _EIGHTS >> np.uint64(32)
        result = result * np.uint64(10**WORD) + digits
    result *= readable
    return result.view(np.int64), readable


def _dates(words: Words) -> tuple[npt.NDArray[np.int32], Readable]:
    (word,) = words
    digits = word ^ _ZEROS
    readable = _are_digits(digits)
    pairs = (digits * _PAIRS >> np.uint64(8)) & np.uint64(0x00FF00FF00FF00FF)
    day, month, century, year = (
        ((pairs >> np.uint64(16 * index)).astype(np.uint8)).astype(np.int32) for index in range(4)
    )
    year += century * 100
    readable &= (year > 0) & (month <= _MONTHS) & ((day == 0) | (month > 0))
    late = np.flatnonzero(readable & (day > _DAYS_OF_ALL_MONTHS))
    leap = (year[late] % 4 == 0) & ((year[late] % 100 != 0) | (year[late] % 400 == 0))
    readable[late] &= day[late] <= _LAST_DAYS[month[late]] + (leap & (month[late] == _FEBRUARY))
    return (year * 10000 + month * 100 + day) * readable, readable


def _are_digits(digits: npt.NDArray[np.uint64]) -> Readable:
    """
    Say where all eight bytes are 0 to 9.
    """
    found: Readable = ((digits + _SIXES) | digits) & _HIGHS == 0
    return found


def _stripped(words: Words) -> tuple[npt.NDArray[np.bytes_]]:
    """
    A byte stays where it or one behind it is no blank: shifts tell each byte of those behind it.
    """
    text = np.empty((len(words[0]), len(words)), np.uint64)
    behind = None
    for index in range(len(words) - 1, -1, -1):
        kept = words[index] ^ _BLANKS
        if behind is not None:
            kept |= behind << np.uint64(8 * (WORD - 1))
        for bits in (8, 16, 32):
            kept |= kept >> np.uint64(bits)
        cells = (kept.view(np.uint8) != 0).view(np.uint8)
        cells *= words[index].view(np.uint8)
        text[:, index] = cells.view(np.uint64)
        behind = kept
    return (text.view(f"S{WORD * len(words)}").ravel(),)


_MONTHS, _FEBRUARY, _DAYS_OF_ALL_MONTHS = 12, 2, 28
_LAST_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int32)
_BLANKS, _ZEROS, _SIXES, _HIGHS = (_every(byte) for byte in (_BLANK, _ZERO, _BEYOND_NINE, _HIGH))
_PAIRS, _FOURS, _EIGHTS = np.uint64(10 * 2**8 + 1), np.uint64(100 * 2**16 + 1), np.uint64(10000 * 2**32 + 1)
