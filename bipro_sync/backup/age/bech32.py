"""The texts in which age writes keys: Bech32 (BIP 173) without its limit of 90 characters."""

from __future__ import annotations

from collections.abc import Iterable


_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM = 6


def encode(prefix: str, data: bytes) -> str:
    """
    Return *data* as a text of small letters that begins with *prefix*.
    """
    values = _regrouped(data, 8, 5)
    if left := len(data) * 8 % 5:
        values.append((data[-1] << (5 - left)) & 31)
    check = _polymod([*_expanded(prefix), *values, *([0] * _CHECKSUM)]) ^ 1
    values += [check >> 5 * (_CHECKSUM - 1 - place) & 31 for place in range(_CHECKSUM)]
    return f"{prefix}1{''.join(_LETTERS[value] for value in values)}"


def decode(prefix: str, text: str) -> bytes:
    """
    Return what a text with this *prefix* says.  Raises :class:`ValueError`, which repeats nothing of it.
    """
    if text not in {text.lower(), text.upper()}:
        raise ValueError("mixes capital and small letters")
    found, mark, rest = text.lower().rpartition("1")
    if not mark or found != prefix or len(rest) < _CHECKSUM or not set(rest) <= set(_LETTERS):
        raise ValueError("is no such key")
    values = [_LETTERS.index(letter) for letter in rest]
    if _polymod([*_expanded(prefix), *values]) != 1:
        raise ValueError("has a typing error: its check sum is wrong")
    return bytes(_regrouped(values[:-_CHECKSUM], 5, 8))


def _regrouped(values: Iterable[int], width: int, into: int) -> list[int]:
    number = bits = 0
    groups = []
    for value in values:
        number, bits = number << width | value, bits + width
        while bits >= into:
            bits -= into
            groups.append(number >> bits)
            number &= (1 << bits) - 1
    return groups


def _expanded(prefix: str) -> list[int]:
    return [*(ord(letter) >> 5 for letter in prefix), 0, *(ord(letter) & 31 for letter in prefix)]


def _polymod(values: Iterable[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, term in enumerate(_GENERATOR):
            check ^= term if top >> place & 1 else 0
    return check
