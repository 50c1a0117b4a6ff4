"""What a check says when it finds something else than it should; shared by all of them."""

from __future__ import annotations


class WrongError(Exception):
    """
    A check found something else than it should.
    """


def demand(fact: bool, sentence: str) -> None:
    """
    Raise :class:`WrongError` with *sentence* unless *fact* holds.
    """
    if not fact:
        raise WrongError(sentence)
