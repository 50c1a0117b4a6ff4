"""An insurer's profile: what is known of its services, as TOML data with source and date; never an address."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, ValidationError

from ..bipro import WireForm
from ..config.problems import sentences
from ..config.profile_files import PROFILES_DIRECTORY, find_profile, profile_names
from ..config.schema import AuthMethod, ConfirmedFlag, Deliveries, Expectations, Texts
from ..config.section import Section
from ..config.values import AnyKind, CallsPerSecond, CategoryPrefix, Cron, HolidaysOf, ListCategory, Version, Workers
from ..errors import ConfigurationError
from ..model.urgency import Urgency


def _known_wire_keys(table: object) -> object:
    if isinstance(table, dict) and (unknown := set(table) - {field.name for field in fields(WireForm)}):
        raise ValueError(f"has keys that are not known: {', '.join(sorted(map(str, unknown)))}")
    return table


def _for_a_header(form: WireForm) -> WireForm:
    action = form.sts_soap_action
    if not (action.isascii() and action.isprintable()) or set(action) & set('"\\'):
        raise ValueError("sts_soap_action must be printable ASCII without quotes and backslashes: it is an HTTP header")
    return form


class Facts(Section):
    """
    What a profile's file holds.  Whether to acknowledge is not in it: only the broker decides that.

    *consumer_id_form* shows what a consumer id looks like, each X a letter or a digit (empty: anything is taken), and
    *confirmed_flags* are the values of confirmed_flag that the insurer takes.
    *urgent* says which categories are urgent here, and why, beside or instead of those that are everywhere.
    *rights_for* names what an account must be granted for a kind of delivery, *personal_certificate* says that the
    insurer's certificates are made out to persons.
    """

    model_config = ConfigDict(strict=False)

    title: str
    source: str
    reviewed_on: date
    auth_methods: Annotated[tuple[AuthMethod, ...], Field(min_length=1)]
    unlock_contact: str
    rights: Texts = ()
    rights_for: dict[AnyKind, str] = Field(default_factory=dict)
    personal_certificate: bool = False
    notes: Texts = ()
    bipro_version: Version | None = None
    consumer_id_required: bool = False
    consumer_id_form: str = ""
    confirmed_flag: ConfirmedFlag | None = None
    list_category: ListCategory | None = None
    confirmed_flags: Annotated[tuple[ConfirmedFlag, ...], Field(min_length=1)] = ("omit", "false", "true")
    workers: Workers | None = None
    calls_per_second: CallsPerSecond | None = None
    schedule: Cron | None = None
    expect: Expectations | None = None
    holidays: HolidaysOf | None = None
    deliveries: Deliveries | None = None
    kinds: dict[CategoryPrefix, AnyKind] = Field(default_factory=dict)
    urgent: dict[CategoryPrefix, Urgency] = Field(default_factory=dict)
    wire: Annotated[WireForm, BeforeValidator(_known_wire_keys), AfterValidator(_for_a_header)] = WireForm()


@dataclass(frozen=True, slots=True)
class Profile:
    """
    A profile by its name; *path* is the user's file, None for one of ours.
    """

    name: str
    path: Path | None
    facts: Facts


def load_profile(name: str, directory: Path = PROFILES_DIRECTORY) -> Profile:
    """
    Return the profile *name*: a file of the user's by its absolute path, or one in *directory*, or one of ours.

    Raises :class:`~bipro_sync.errors.ConfigurationError` with all its problems.
    """
    found = find_profile(name, directory)
    if found is None:
        raise ConfigurationError(
            "There is no such profile.",
            problems=[
                f"must be the absolute path of a profile's file, or one of {', '.join(profile_names(directory))}"
            ],
        )
    return Profile(found.name, found.path, _facts(found.file, str(found.path or name)))


def _facts(file: Traversable, called: str) -> Facts:
    try:
        return Facts.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        problems = [f"{called} cannot be read: {error.strerror}"]
    except UnicodeDecodeError:
        problems = [f"{called} is not UTF-8"]
    except tomllib.TOMLDecodeError as error:
        problems = [f"{called} is not TOML: {error}"]
    except ValidationError as error:
        problems = [f"{called}: {sentence}" for sentence in sentences(error)]
    raise ConfigurationError(f"The profile {called} cannot be used.", problems=problems)
