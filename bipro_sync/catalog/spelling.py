"""The spellings under which a word is looked for: insurers write Müller, Mueller and MUELLER, 4.711-22 and 471122.

Case and accents are the index's matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..model.policy_number import normalised


_WRITTEN_OUT = {"ä": "ae", "ö": "oe", "ü": "ue"}
_DRAWN_TOGETHER = {written: umlaut for umlaut, written in _WRITTEN_OUT.items()}
_NUMBER = re.compile(r"(?=.*\d)[\w./-]+", re.ASCII)


def spellings(word: str) -> list[str]:
    """
    Return *word* as it is, and as others write it: umlauts and ß written out or drawn together, numbers without signs.

    >>> spellings("Groß-Müller"), spellings("4.711-22")
    (['Groß-Müller', 'Gross-Müller', 'Groß-Mueller', 'Gross-Mueller'], ['4.711-22', '471122'])
    """
    vowels = (word, _changed(word, _WRITTEN_OUT), _changed(word, _DRAWN_TOGETHER))
    found = [each for vowel in vowels for each in (vowel, _changed(vowel, {"ß": "ss"}), _changed(vowel, {"ss": "ß"}))]
    if _NUMBER.fullmatch(word):
        found.append(normalised(word))
    return list(dict.fromkeys(found))


def _changed(word: str, change: Mapping[str, str]) -> str:
    return re.sub("|".join(change), lambda found: change[found[0].lower()], word, flags=re.IGNORECASE)
