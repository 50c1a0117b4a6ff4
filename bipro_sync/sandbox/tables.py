"""Reads TOML tables key by key and collects every problem; it never stops at the first."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar


Choice = TypeVar("Choice", bound=StrEnum)


class Table:
    """
    One table of the scenario; *where* names it in problems, which all tables of a file share.
    """

    def __init__(self, data: Mapping[str, Any], where: str, problems: list[str]) -> None:
        self._data = dict(data)
        self.where = where
        self._problems = problems

    def problem(self, text: str) -> None:
        """
        Note a problem of this table.
        """
        self._problems.append(f"{self.where}: {text}")

    def _take(self, key: str, kind: type | tuple[type, ...], expected: str, default: Any) -> Any:
        value = self._data.pop(key, None)
        if value is None:
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.problem(f"{key} must be {expected}")
            return default
        return value

    def has(self, key: str) -> bool:
        """
        Say whether *key* was given and is not read yet.
        """
        return key in self._data

    def text(self, key: str, default: str = "") -> str:
        """
        Take a string.
        """
        return str(self._take(key, str, "a string", default))

    def optional_text(self, key: str) -> str | None:
        """
        Take a string that may be missing.
        """
        value = self._take(key, str, "a string", None)
        return value if isinstance(value, str) else None

    def integer(self, key: str, default: int) -> int:
        """
        Take a whole number.
        """
        return int(self._take(key, int, "a whole number", default))

    def optional_integer(self, key: str) -> int | None:
        """
        Take a whole number that may be missing.
        """
        value = self._take(key, int, "a whole number", None)
        return value if isinstance(value, int) else None

    def number(self, key: str, default: float) -> float:
        """
        Take a number.
        """
        return float(self._take(key, (int, float), "a number", default))

    def flag(self, key: str, default: bool) -> bool:
        """
        Take true or false.
        """
        return bool(self._take(key, bool, "true or false", default))

    def optional_flag(self, key: str) -> bool | None:
        """
        Take true or false that may be missing.
        """
        value = self._take(key, bool, "true or false", None)
        return value if isinstance(value, bool) else None

    def choice(self, key: str, default: Choice) -> Choice:
        """
        Take a word of the enumeration that *default* belongs to.
        """
        kind = type(default)
        words = [member.value for member in kind]
        value = self._take(key, str, "a string", default.value)
        if value not in words:
            self.problem(f"{key} must be one of {', '.join(words)}")
            return default
        return kind(value)

    def choices(self, key: str, kind: type[Choice]) -> tuple[Choice, ...]:
        """
        Take a list of words of the enumeration *kind*.
        """
        words = [member.value for member in kind]
        given = self.texts(key)
        for word in given:
            if word not in words:
                self.problem(f"{key} must hold only {', '.join(words)}")
        return tuple(kind(word) for word in given if word in words)

    def texts(self, key: str) -> tuple[str, ...]:
        """
        Take a list of strings.
        """
        value = self._take(key, list, "a list of strings", [])
        if not all(isinstance(each, str) for each in value):
            self.problem(f"{key} must be a list of strings")
            return ()
        return tuple(value)

    def mapping(self, key: str) -> Mapping[str, Any]:
        """
        Take a table as it stands.
        """
        value: Mapping[str, Any] = self._take(key, dict, "a table", {})
        return value

    def table(self, key: str) -> Table:
        """
        Take a table to be read.
        """
        return Table(self.mapping(key), f"[{key}]", self._problems)

    def tables(self, key: str, name: str | None = None) -> list[Table]:
        """
        Take a list of tables to be read; *name* is what problems call them.
        """
        value = self._take(key, list, "a list of tables", [])
        if not all(isinstance(each, dict) for each in value):
            self.problem(f"{key} must be a list of tables")
            return []
        return [Table(each, f"{name or key} {number}", self._problems) for number, each in enumerate(value, 1)]

    def finish(self) -> None:
        """
        Note every key that nobody asked for.
        """
        for key in self._data:
            self.problem(f"unknown key {key}")
