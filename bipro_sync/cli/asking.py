"""Asking a person at the terminal, and reading what stdin brings where there is none; a secret is never an argument."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from typing import TypeVar

from ..errors import UsageError
from ..model.secret import Secret
from .console import plain


Value = TypeVar("Value")

_LONGEST = 1 << 16


def has_terminal() -> bool:
    """
    Say whether a person can be asked.
    """
    return sys.stdin.isatty() and sys.stderr.isatty()


def secret_of(what: str, *, twice: bool = False) -> Secret:
    """
    Return a secret that is typed unseen at the terminal (*twice* where a slip of the hand would be kept), or comes by
    stdin; one line break at its end is not part of it.

    Raises :class:`~bipro_sync.errors.UsageError` where there is none.
    """
    if has_terminal():
        text = getpass.getpass(f"{what}: ")
        if twice and getpass.getpass(f"{what}, once more: ") != text:
            raise UsageError("What was typed is not the same twice; nothing was stored.")
    else:
        text = sys.stdin.read(_LONGEST).removesuffix("\n").removesuffix("\r")
    if not text or "\0" in text:
        raise UsageError(
            f"{what}: nothing was given, so nothing was done.",
            hint="Type it at the prompt, or let stdin bring it where there is no terminal; never as an argument.",
        )
    return Secret(text)


def answer_to(
    question: str, given: str | None, read: Callable[[str], Value], *, option: str, usual: str | None = None
) -> Value:
    """
    Return what *read* makes of *given*, of what a person answers to *question*, or of what is *usual*.

    A person whose answer *read* refuses with ValueError is asked again; from an option or a script it is
    :class:`~bipro_sync.errors.UsageError`, and so is a question without an answer where nobody can be asked.
    """
    asked = given is None and has_terminal()
    while True:
        text = given if given is not None else _typed(question, usual) if asked else usual
        if text is None:
            raise UsageError(f"{question}: nobody can be asked here.", hint=f"Answer it by {option}.")
        try:
            return read(text)
        except ValueError as error:
            if not asked:
                raise UsageError(f"{option} {error}.") from None
            sys.stderr.write(f"{plain(str(error))}\n")


def _typed(question: str, usual: str | None) -> str:
    sys.stderr.write(f"{question}{f' [{usual}]' if usual else ''}: ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise UsageError(f"{question}: there was no answer.")
    return line.strip() or usual or ""
