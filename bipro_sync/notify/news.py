"""What one message tells: what is new, what has passed, what goes on; how it reads to people and to programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..model.condition import Condition, Level, Matter
from .texts import LEVELS, said
from .words import Language, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """
    What is told at *at*: events and conditions that are *new* or have grown, those that have *passed* and that *stay*.

    *unreached_since* is since when this way of telling did not work, None where it did.
    """

    at: datetime
    new: tuple[Condition, ...] = ()
    passed: tuple[Condition, ...] = ()
    stay: tuple[Condition, ...] = ()
    unreached_since: datetime | None = None

    @property
    def is_due(self) -> bool:
        """
        Whether there is anything to tell.
        """
        return bool(self.new or self.passed or self.unreached_since)

    def subject(self, language: Language) -> str:
        """
        Return one line of what it is about.
        """
        words = _WORDS[language]
        if all(each.matter is Matter.TEST for each in self.new) and self.new:
            return f"[bipro-sync] {words['test']}"
        level = max((each.level for each in self.new), default=Level.OK)
        counts = [
            f"{len(conditions)} {words[key]}"
            for key, conditions in (("new", self.new), ("passed", self.passed), ("stay", self.stay))
            if conditions
        ]
        insurers = sorted({each.insurer for each in (*self.new, *self.passed) if each.insurer})
        return f"[bipro-sync] {LEVELS[language][level]}: {', '.join(counts) or words['nothing']}" + (
            f" ({', '.join(insurers)})" if insurers else ""
        )

    def text(self, language: Language) -> str:
        """
        Return the whole of it, line by line.
        """
        return "\n".join(self._lines(language)) + "\n"

    def _lines(self, language: Language) -> Iterator[str]:
        words = _WORDS[language]
        if self.unreached_since:
            yield words["unreached"].format(since=moment(self.unreached_since, language))
            yield ""
        for key, conditions in (("new", self.new), ("passed", self.passed), ("stay", self.stay)):
            if conditions:
                yield f"{words[key].capitalize()}:"
                yield from (f"  {each}" for each in _sentences(conditions, language, levels=key != "passed"))
                yield ""
        yield words["end"]

    def as_json(self, language: Language) -> dict[str, object]:
        """
        Return what a webhook is sent.
        """
        return {
            "version": 1,
            "at": self.at.isoformat(),
            "subject": self.subject(language),
            "new": [_object(each, language) for each in self.new],
            "passed": [_object(each, language) for each in self.passed],
            "stay": [_object(each, language) for each in self.stay],
            "unreached_since": self.unreached_since.isoformat() if self.unreached_since else None,
        }


_WORDS: Mapping[Language, Mapping[str, str]] = {
    "de": {
        "new": "neu",
        "passed": "vorbei",
        "stay": "weiterhin",
        "nothing": "nichts Neues",
        "test": "Test der Meldewege",
        "unreached": "Dieser Meldeweg ging seit {since} nicht; dies ist der Stand von jetzt.",
        "end": "Mehr sagt `bipro-sync status`, und was zu tun ist docs/operations.md.",
    },
    "en": {
        "new": "new",
        "passed": "passed",
        "stay": "still so",
        "nothing": "nothing new",
        "test": "a test of alerts",
        "unreached": "Nothing could be told this way since {since}; this is how it stands now.",
        "end": "`bipro-sync status` tells more, and docs/operations.md what to do.",
    },
}


def _sentences(conditions: Iterable[Condition], language: Language, *, levels: bool) -> Iterator[str]:
    for each in sorted(conditions, key=lambda each: (-each.level, each.key)):
        yield f"{LEVELS[language][each.level]}: {said(each, language)}" if levels else said(each, language)


def _object(condition: Condition, language: Language) -> dict[str, object]:
    return {
        "key": condition.key,
        "matter": condition.matter,
        "level": condition.level.name.lower(),
        "insurer": condition.insurer,
        "about": condition.about,
        "facts": dict(condition.facts),
        "text": said(condition, language),
    }
