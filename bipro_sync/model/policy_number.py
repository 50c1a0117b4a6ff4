"""How the numbers of insurance contracts are compared: the same number is written in many ways."""

from __future__ import annotations

import re
import unicodedata


_LEFT_OUT = re.compile("[^0-9A-Z]")


def normalised(number: str) -> str:
    """
    Return *number* in capital letters and digits only (after NFKC): blanks and separators go, leading zeros stay.

    Nothing is repaired or guessed.

    >>> normalised("  32/123.456.789"), normalised("kfz-007")
    ('32123456789', 'KFZ007')
    """
    bare = number.strip()
    if bare.isascii() and bare.isalnum():
        return bare.upper()
    return _LEFT_OUT.sub("", unicodedata.normalize("NFKC", number).upper())
