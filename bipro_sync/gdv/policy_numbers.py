"""Policy numbers (Versicherungsscheinnummern): kept as sent, and normalised beside it; digits are never repaired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from ..model.policy_number import normalised


def insurer_number(sent: str) -> str:
    """
    Return an insurer's number (VU-Nummer) as it is compared: some write four digits, some five, with blanks or zeros.
    """
    return normalised(sent).lstrip("0")


@dataclass(frozen=True, slots=True)
class Form:
    """
    How an insurer composes its numbers: an area among *areas*, then *body* digits; some people write a branch of so
    many digits beside it, and nobody says where.

    A form with a body of 0 digits says nothing: numbers are compared whole.
    """

    areas: frozenset[str] = frozenset()
    body: int = 0
    branch: int = 0

    @property
    def area(self) -> int:
        """
        The number of digits of an area.
        """
        return max(map(len, self.areas), default=0)

    def is_whole(self, number: str) -> bool:
        """
        Say whether a normalised number has the length of an area and a body, and digits only.
        """
        return self.body > 0 and number.isdigit() and len(number) == self.area + self.body

    def has_unknown_area(self, number: str) -> bool:
        """
        Say whether a normalised number has this form, but an area that is not known of this insurer.
        """
        return self.is_whole(number) and number[: self.area] not in self.areas

    def without_branch(self, number: str) -> frozenset[str]:
        """
        Return what a normalised number may be when its branch is left out: before, within or behind.
        """
        if not self.branch or not number.isdigit() or len(number) != self.branch + self.area + self.body:
            return frozenset()
        places = (0, self.area, self.area + self.body)
        left = {number[:place] + number[place + self.branch :] for place in places}
        return frozenset(each for each in left if each[: self.area] in self.areas)


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "general": Form(),
        "ruv": Form(areas=frozenset(str(area) for area in range(10, 98)), body=9, branch=3),
    }
)
"""Forms by name; R+V's area is the Arbeitsgebiet (10 to 97), the branch the Filialdirektion."""


class Method(StrEnum):
    """
    How a number led to a contract.
    """

    EXACT = "exact"
    NORMALISED = "normalised"
    BODY = "body"
    WITHOUT_BRANCH = "without-branch"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Match:
    """
    What was found for a number: one known number, or several between which only a person can decide, or none.

    *unknown_area* says that it has the insurer's form, but an area that is not known of this insurer.
    """

    method: Method
    numbers: tuple[str, ...] = ()
    unknown_area: bool = False

    @property
    def number(self) -> str | None:
        """
        The known number, normalised, where there is exactly one; a guess is never made.
        """
        return self.numbers[0] if len(self.numbers) == 1 else None

    @property
    def is_certain(self) -> bool:
        """
        Whether the whole number was compared, spelling aside.
        """
        return self.method in {Method.EXACT, Method.NORMALISED}


class KnownNumbers:
    """
    The numbers of one insurer's contracts, to find those that other people's spellings mean.

    >>> KnownNumbers(["32123456789", "30999999999"], FORMS["ruv"]).find("123456789").number
    '32123456789'
    """

    def __init__(self, numbers: Iterable[str], form: Form) -> None:
        self._form = form
        self._sent: set[str] = set()
        self._known: set[str] = set()
        self._by_body: dict[str, set[str]] = {}
        for number in numbers:
            known = normalised(number)
            self._sent.add(number.strip())
            self._known.add(known)
            if form.is_whole(known):
                self._by_body.setdefault(known[form.area :], set()).add(known)

    def find(self, number: str) -> Match:
        """
        Return what *number* means: itself, else the one known number with this body, else the one known number that is
        left when a branch is taken away.
        """
        wanted = normalised(number)
        unknown_area = self._form.has_unknown_area(wanted)
        if wanted and wanted in self._known:
            method = Method.EXACT if number.strip() == wanted or number.strip() in self._sent else Method.NORMALISED
            return Match(method, (wanted,), unknown_area)
        for method, found in (
            (Method.BODY, self._by_body.get(wanted, set())),
            (Method.WITHOUT_BRANCH, self._form.without_branch(wanted) & self._known),
        ):
            if found:
                return Match(method if len(found) == 1 else Method.AMBIGUOUS, tuple(sorted(found)), unknown_area)
        return Match(Method.NONE, unknown_area=unknown_area)
