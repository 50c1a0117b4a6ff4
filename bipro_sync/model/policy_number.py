"""How the numbers of insurance contracts are compared: the same number is written in many ways."""

from __future__ import annotations

import re
import unicodedata


_NOT_COMPARED = re.compile(r"[^0-9A-Z]")


def canonical(number: str) -> str:
    """
    Return a contract's number (VSNR) without what differs from letter to letter: blanks, signs, small letters.

    Leading zeros stay: they may be part of the number.  Nothing is repaired or guessed.
    """
    return _NOT_COMPARED.sub("", unicodedata.normalize("NFKC", number).upper())
