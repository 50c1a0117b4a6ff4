"""Secrets and where they come from; a secret's text leaves its type in one named place only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn


class Secret:
    """
    A password or token that says nothing of itself in any output, error, copy or pickle.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """
        Return the text; called only where it is written into a request or fingerprinted.
        """
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(("Secret", self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


class SecretSource(StrEnum):
    """
    Where a secret may come from; a literal in the configuration is not among them.
    """

    CREDENTIAL = "credential"
    """A systemd credential, by name."""
    FILE = "file"
    ENV = "env"
    KEYRING = "keyring"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class SecretRef:
    """
    A reference to a secret: the source and its argument (a name, a path, or the words of a command).
    """

    source: SecretSource
    argument: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.source.value}: {self.argument[0]}"
