"""The checks of single values: sizes, durations, cron lines, secret references; each raises ValueError.

A refusal must never repeat a value that could be a secret: people paste secrets into wrong places.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ..errors import IntegrityError
from ..model.cron import CronLine
from ..model.kinds import Kind
from ..model.release import release_problem
from ..model.retention import LEAST, MOST_YEARS
from ..model.secret import SecretRef, SecretSource
from ..model.verifier import Verifier as AuditKey
from ..model.working_days import STATES, WEEKDAYS, WorkingDays
from ..model.zone import BERLIN


SIZE = re.compile(r"(\d+(?:[.,]\d+)?) ?(B|KiB|MiB|GiB|TiB)")
_SIZE_UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
DURATION = re.compile(r"(\d{1,4}) ?(minute|hour|working day|day|week)s?")
VERSION = r"\d{1,3}(\.\d{1,3}){4}"
CATEGORY = re.compile(r"(?:[0-9]{3}){1,3}")
_DAY = timedelta(days=1)
_DURATION_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": _DAY,
    "working day": _DAY,
    "week": 7 * _DAY,
}
_CRON_FIELDS = 5
_CRON_WORDS = re.compile(
    r"(?:[\d*,/# -]|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec){1,80}", re.IGNORECASE
)
MOST_WORKERS = 10
MOST_CALLS_PER_SECOND = 100
_NOT_PUBLIC = "where a one-time password stands in the message is not public"
_UNSUPPORTED_LOGINS = {
    "vdg-ticket": "its ticket comes out of an interactive login at easy Login",
    "otp": _NOT_PUBLIC,
    "password+otp": _NOT_PUBLIC,
}

_OAUTH2_KEYS = frozenset({"client_id", "client_secret", "grant_type", "scope", "token_url"})


@dataclass(frozen=True, slots=True)
class Duration:
    """
    A length of time as written in *text*; *working* ones pass on working days only.
    """

    text: str
    length: timedelta
    working: bool

    def after(self, start: datetime, days: WorkingDays) -> datetime:
        """
        Return the moment this long after *start*, an aware time; a day is one in Berlin.
        """
        if not self.working:
            return start + self.length
        end, left = start.astimezone(BERLIN), self.length
        while left:
            end += _DAY
            if days.has(end.date()):
                left -= _DAY
        return end

    @property
    def twice(self) -> Duration:
        """
        Double the length.
        """
        return Duration(self.text, 2 * self.length, self.working)

    def has_passed(self, start: datetime, now: datetime, days: WorkingDays) -> bool:
        """
        Say whether more than this has passed from *start* to *now*; holidays are looked up only where they decide it.
        """
        if start + self.length >= now or self.after(start, WEEKDAYS) >= now:
            return False
        return self.after(start, days) < now

    def __str__(self) -> str:
        return self.text


def parse_duration(text: object) -> Duration:
    """
    Read `8 days`, `3 working days`, `36 hours`, `90 minutes`, `2 weeks`; raises :class:`ValueError`.
    """
    match = DURATION.fullmatch(text) if isinstance(text, str) else None
    if not match or not int(match[1]):
        raise ValueError('must be a length of time such as "8 days", "3 working days" or "36 hours"')
    return Duration(match[0], int(match[1]) * _DURATION_UNITS[match[2]], working=match[2] == "working day")


def span(text: object) -> Duration:
    """
    Read `15 minutes` or `6 hours`, at most a day; `0 minutes` is none.
    """
    match = DURATION.fullmatch(text) if isinstance(text, str) else None
    length = int(match[1]) * _DURATION_UNITS[match[2]] if match and match[2] != "working day" else None
    if match is None or length is None or length > _DAY:
        raise ValueError('must be a length of time of at most a day, such as "15 minutes" or "6 hours"')
    return Duration(match[0], length, working=False)


def span_of_some_length(text: object) -> Duration:
    """
    Read the same, but for none.
    """
    if not (found := span(text)).length:
        raise ValueError("must be longer than nothing")
    return found


def size(text: object) -> int:
    """
    Read `2 GiB` or `1,5 MiB` as bytes.
    """
    match = SIZE.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise ValueError('must be a size such as "2 GiB" or "64 MiB"')
    return int(float(match[1].replace(",", ".")) * _SIZE_UNITS[match[2]])


def matching(pattern: str, sentence: str) -> Callable[[object], str]:
    """
    Return the check of a text against *pattern*, refusing with *sentence*.
    """
    compiled = re.compile(pattern)

    def check(text: object) -> str:
        if not isinstance(text, str) or not compiled.fullmatch(text):
            raise ValueError(sentence)
        return text

    return check


def version(text: object) -> str:
    """
    Check a BiPROVersion; one of Release 1, which has four numbers, is told its reason.
    """
    if isinstance(text, str) and (problem := release_problem(text)):
        raise ValueError(problem)
    return matching(VERSION, 'must be five numbers such as "2.6.1.1.0"')(text)


def absolute(text: object) -> Path:
    """
    Read an absolute path; whether anything is there does not matter.
    """
    if not isinstance(text, str) or not text.startswith("/") or "\0" in text:
        raise ValueError("must be an absolute path")
    return Path(text)


def absolute_or_nothing(text: object) -> str:
    """
    Read an absolute path, or the empty text that stands for none.
    """
    return "" if text == "" else str(absolute(text))


def cron(text: object) -> str:
    """
    Check a cron line of five fields.  A refused line is repeated only where it has nothing but a cron line's words.
    """
    if not isinstance(text, str) or len(text.split()) != _CRON_FIELDS:
        raise ValueError('must be a cron line of five fields, such as "15 6,12,18 * * mon-fri"')
    try:
        CronLine(text, "UTC")
    except ValueError as error:
        shown = f' in "{text}"' if _CRON_WORDS.fullmatch(text) else ""
        raise ValueError(f"is not a cron line: {error}{shown}") from None
    return text


def holidays_of(state: object) -> str:
    """
    Check whose holidays are meant: a German state's, or those of all.
    """
    if state not in {"DE", *STATES}:
        raise ValueError(f"must be a German state ({', '.join(STATES)}), or DE for what is a holiday in all of them")
    return str(state)


def timezone(name: object) -> str:
    """
    Check the name of a time zone this machine knows.
    """
    try:
        return zoneinfo.ZoneInfo(str(name)).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError('must be a time zone such as "Europe/Berlin"') from None


def workers(count: object) -> int:
    """
    Check a number of parallel calls; insurers answer more than a few with HTTP 429.
    """
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_WORKERS:
        raise ValueError(f"must be a whole number from 1 to {MOST_WORKERS}")
    return count


def retained(name: object) -> str:
    """
    Check the name of what is kept: a kind, or the audit log.
    """
    if not isinstance(name, str) or name not in LEAST:
        raise ValueError(f"must be one of {', '.join(LEAST)}")
    return name


def years(count: object) -> int:
    """
    Check a number of years; whether it is enough is checked for each kind.
    """
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_YEARS:
        raise ValueError(f"must be a whole number of years up to {MOST_YEARS}")
    return count


def calls_per_second(rate: object) -> float:
    """
    Check a rate of calls; 0 stands for no limit.
    """
    if not isinstance(rate, (int, float)) or isinstance(rate, bool) or not 0 <= rate <= MOST_CALLS_PER_SECOND:
        raise ValueError(f"must be a number from 0 (no limit) to {MOST_CALLS_PER_SECOND}")
    return float(rate)


def supported_login(method: object) -> object:
    """
    Refuse the logins that insurers offer and no program can do by itself; everything else is the schema's to judge.
    """
    if isinstance(method, str) and (reason := _UNSUPPORTED_LOGINS.get(method)):
        raise ValueError(f"{method} is not supported, because {reason}")
    return method


def supported_hub(table: object) -> object:
    """
    Refuse a hub that wants OAuth2 client credentials; everything else is the schema's to judge.
    """
    if isinstance(table, dict) and not _OAUTH2_KEYS.isdisjoint(table):
        raise ValueError(
            "OAuth2 client credentials are not supported, because which service gives the token for which scope is "
            "not public; ask the hub for an api_key"
        )
    return table


def kind(text: object) -> Kind:
    """
    Read a kind.
    """
    if not isinstance(text, str) or text not in set(Kind):
        raise ValueError(f"must be a kind: {', '.join(Kind)}")
    return Kind(text)


def kind_or_category(text: object) -> str:
    """
    Check a kind or the beginning of a category.
    """
    if not isinstance(text, str) or not (text in set(Kind) or CATEGORY.fullmatch(text)):
        raise ValueError(f"must be a kind ({', '.join(Kind)}) or the first 3, 6 or 9 digits of a category")
    return text


def category(text: object) -> str:
    """
    Check the beginning of a category: whole groups of three digits.
    """
    if not isinstance(text, str) or not CATEGORY.fullmatch(text):
        raise ValueError("must be the first 3, 6 or 9 digits of a category")
    return text


def category_or_nothing(text: object) -> str:
    """
    Check the beginning of a category, or the empty text for all of them.
    """
    return "" if text == "" else category(text)


def secret(reference: object) -> SecretRef:
    """
    Read a table with exactly one source of a secret; a text would be the secret itself and is refused.
    """
    if isinstance(reference, str):
        raise ValueError('must be a reference such as { credential = "NAME" }, never the secret itself')  # noqa: TRY004 - pydantic collects only ValueErrors
    if not isinstance(reference, dict) or len(reference) != 1 or not set(reference) <= set(SecretSource):
        raise ValueError(f"must name exactly one source of the secret: {', '.join(SecretSource)}")
    [(name, argument)] = reference.items()
    source = SecretSource(name)
    words = argument if source is SecretSource.COMMAND and isinstance(argument, list) else [argument]
    if not words or not all(isinstance(word, str) and word and "\0" not in word for word in words):
        raise ValueError(f"{source} must be {'a list of words' if source is SecretSource.COMMAND else 'text'}")
    if source is SecretSource.FILE and not words[0].startswith("/"):
        raise ValueError("file must be an absolute path")
    if source is SecretSource.CREDENTIAL and ("/" in words[0] or words[0] in {".", ".."}):
        raise ValueError("credential must be a name without slashes")
    return SecretRef(source, tuple(words))


def user_name(value: object) -> str | SecretRef:
    """
    Read a user name: a text, or a reference as for a secret.
    """
    if isinstance(value, str):
        if not value:
            raise ValueError("must not be empty")
        return value
    return secret(value)


def verifier(text: object) -> AuditKey:
    """
    Read the public half of a key of the audit log.
    """
    try:
        return AuditKey.parse(text if isinstance(text, str) else "")
    except IntegrityError:
        raise ValueError("must be NAME+ID+KEY as `bipro-sync audit key show` prints it") from None


def command(words: object) -> tuple[str, ...]:
    """
    Check a command that is run without a shell: its program's absolute path, and its words.
    """
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise ValueError('must be a list of words such as ["/usr/local/bin/send", "--to", "auditor"]')
    if not words[0].startswith("/") or any("\0" in word for word in words):
        raise ValueError("must begin with the absolute path of a program; no shell looks for it")
    return tuple(words)
