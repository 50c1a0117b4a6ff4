"""Sections of insurers, each read for itself; one's problem must never hide or become another's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from .problems import located, sentences
from .schema import Environment, InsurerSection
from .values import Label


_NAMED_SECTIONS = TypeAdapter(dict[Label, InsurerSection])


@dataclass(frozen=True, slots=True)
class ReadSection:
    """
    `[defaults]` or an insurer's section as far as it can be read: every problem in it, and the rest.

    *broken* names the keys that have one (`workers`, `auth.method`).  A section with problems cannot be used;
    *rest* serves to find what else is wrong with it.
    """

    rest: InsurerSection
    problems: tuple[str, ...] = ()
    broken: frozenset[str] = frozenset()

    def doubts(self, key: str) -> bool:
        """
        Whether nothing is known of *key* because it, or the table it stands in, has a problem.
        """
        return not self.broken.isdisjoint({key, key.partition(".")[0]})


def read_section(name: str, table: object, *place: str) -> ReadSection:
    """
    Read the table *name* that stands in *place*; a key with a problem is left out of what is kept.
    """
    try:
        return ReadSection(_NAMED_SECTIONS.validate_python({name: table})[name])
    except ValidationError as error:
        problems = tuple(sentences(error, place))
        if not isinstance(table, dict):
            return ReadSection(InsurerSection(), problems, frozenset(InsurerSection.model_fields))
        paths = [[str(part) for part in detail["loc"][1:]] for detail in error.errors()]
        broken = frozenset(".".join(path[: 2 if path[0] == "auth" else 1]) for path in paths)
        kept = _without(table, broken)
        if isinstance(kept.get("auth"), dict):
            kept["auth"] = _without(kept["auth"], broken, "auth.")
        return ReadSection(InsurerSection.model_validate(kept), problems, broken)


def _without(table: Mapping[str, Any], broken: frozenset[str], prefix: str = "") -> dict[str, Any]:
    return {key: value for key, value in table.items() if prefix + key not in broken}


def common_environment(insurers: Iterable[ReadSection], defaults: ReadSection) -> Environment:
    """
    Return what `[defaults]` says, else what most sections are; production where that is undecided.
    """
    if defaults.rest.environment:
        return defaults.rest.environment
    said = Counter(_said_environment(section, defaults) for section in insurers)
    return "test" if said["test"] > said["production"] else "production"


def _said_environment(section: ReadSection, defaults: ReadSection) -> Environment | None:
    """
    Return what an insurer's section says or inherits; a broken key says nothing.
    """
    if section.doubts("environment"):
        return None
    inherited: Environment | None = None if defaults.doubts("environment") else "production"
    return section.rest.environment or defaults.rest.environment or inherited


def agreeing(name: str, section: ReadSection, environment: Environment, defaults: ReadSection) -> ReadSection:
    """
    Return *section*, unusable where it is of another environment than the configuration.
    """
    said = _said_environment(section, defaults)
    if said in {environment, None}:
        return section
    sentence = f"is {said} while the configuration is {environment}; they never share one archive"
    problem = located(("insurers", name, "environment"), sentence)
    return replace(section, problems=(*section.problems, problem), broken=section.broken | {"environment"})
