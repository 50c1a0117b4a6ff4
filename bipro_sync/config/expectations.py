"""What is expected of an insurer, and in which working days: its section, then `[defaults]`, then its profile.

Whoever only looks asks here, without loading what talks to insurers; what has a problem is as if it were not said.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..model.cron import CronLine
from ..model.kinds import Kind
from ..model.working_days import WorkingDays
from .checks import Duration
from .load import Config
from .profile_files import PROFILES_DIRECTORY, find_profile
from .schema import DeliveryRule, InsurerSection


BUILT_IN_SCHEDULE = "15 6,12,18 * * mon-fri"
BUILT_IN_TIMEZONE = "Europe/Berlin"
"""When an insurer is pulled of whom nobody says it."""

_KEYS = ("expect", "expect_numbers", "holidays", "deliveries", "contract_end", "schedule", "timezone")
_IN_PROFILES = frozenset({"expect", "holidays", "deliveries", "schedule"})


@dataclass(frozen=True, slots=True)
class Expected:
    """
    How long an insurer may keep silent, by kind, and by broker number and kind; *days* are those of its state.

    What is left at the insurer by rule is not expected.  *contract_end* is the day from which on nothing is, *schedule*
    the cron line of its runs, in *timezone*.
    """

    kinds: Mapping[Kind, Duration]
    numbers: Mapping[str, Mapping[Kind, Duration]]
    days: WorkingDays
    contract_end: date | None
    schedule: str = BUILT_IN_SCHEDULE
    timezone: str = BUILT_IN_TIMEZONE

    def next_run(self, after: datetime) -> datetime:
        """
        Return when the schedule wants the first run *after* an aware time.
        """
        return CronLine(self.schedule, self.timezone).after(after) or after


def expected_of(config: Config, name: str, profiles: Path = PROFILES_DIRECTORY) -> Expected:
    """
    Return what is expected of the insurer *name* of *config*; *profiles* holds the user's own.
    """
    section, defaults = config.insurers[name].rest, config.defaults.rest
    profile = _said_by_profile(section.profile or defaults.profile or "generic", profiles)
    values: dict[str, Any] = {
        key: next((value for each in (section, defaults, profile) if (value := getattr(each, key)) is not None), None)
        for key in _KEYS
    }
    left = {kind for kind, rule in (values["deliveries"] or {}).items() if rule is DeliveryRule.LEAVE}
    numbers = values["expect_numbers"] or {}
    return Expected(
        kinds=_without(values["expect"] or {}, left),
        numbers={number: _without(kinds, left) for number, kinds in numbers.items()},
        days=WorkingDays(values["holidays"] or "DE"),
        contract_end=values["contract_end"],
        schedule=values["schedule"] or BUILT_IN_SCHEDULE,
        timezone=values["timezone"] or BUILT_IN_TIMEZONE,
    )


def _without(kinds: Mapping[Kind, Duration], left: set[str]) -> dict[Kind, Duration]:
    return {kind: length for kind, length in kinds.items() if kind not in left}


def _said_by_profile(name: str, profiles: Path) -> InsurerSection:
    found = find_profile(name, profiles)
    if found is None:
        return InsurerSection()
    try:
        facts = tomllib.loads(found.file.read_text(encoding="utf-8"))
        return InsurerSection.model_validate({key: facts[key] for key in _IN_PROFILES & facts.keys()})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError):
        # The profile's own check says so; whoever looks is still told everything else.
        return InsurerSection()
