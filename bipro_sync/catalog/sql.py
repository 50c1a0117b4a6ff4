"""Parts of statements: every name in them is our own, every value is bound."""

from __future__ import annotations

from collections.abc import Collection

from .spelling import spellings


class Condition:
    """
    What rows must fulfil, as the clause of a query, and the *values* bound to its question marks.
    """

    values: list[object]

    def __init__(self) -> None:
        self.values = []
        self._demands: list[str] = []

    def __str__(self) -> str:
        return f"WHERE {' AND '.join(self._demands)}" if self._demands else ""

    def demand(self, demand: str, *values: object) -> None:
        """
        Demand this, too; it has a question mark for each value.
        """
        self._demands.append(demand)
        self.values += values

    def one_of(self, column: str, values: Collection[object]) -> None:
        """
        Demand one of these values; of none nothing fulfils it.
        """
        self.demand(f"{column} IN ({marks(values)})", *values)


def insertion(table: str, columns: Collection[str]) -> str:
    """
    Return the statement that adds a row with values for these columns.
    """
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks(columns)})"  # noqa: S608


def marks(values: Collection[object]) -> str:
    """
    Return a question mark for each value.
    """
    return ", ".join("?" * len(values))


def matching(words: str) -> str:
    """
    Return what a full-text index is asked for that is to have each of these words, or what begins so, in any spelling;
    nothing in them is a command.
    """
    every = words.split()
    # Signs alone are no words: the index knows none of them, and would find nothing for their sake.
    said = [word for word in every if any(map(str.isalnum, word))] or every
    return " AND ".join(_any_of(spellings(word)) for word in said)


def _any_of(words: Collection[str]) -> str:
    phrases = " OR ".join('"{}"*'.format(word.replace('"', '""')) for word in words)
    return f"({phrases})" if len(words) > 1 else phrases
