"""Which secrets a configuration refers to, and which of our units need them; no secret is fetched here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from pydantic import BaseModel

from ..config import Config
from ..insurers import Insurer, MisconfiguredInsurer
from ..model.secret import SecretRef, SecretSource
from ..systemd.units import ALERTS, BACKUP, DAEMON, PULLS, pull_unit


_ELSEWHERE: Mapping[str, tuple[str, ...]] = {"alerts": (DAEMON, PULLS, ALERTS), "backup": (BACKUP,)}
"""The units that need what other tables than insurers' refer to; tables that are not named: whoever pulls."""


@dataclass(frozen=True, slots=True)
class Reference:
    """
    One place of the configuration that refers to a secret: its table and key, and the *units* that need the secret.
    """

    place: str
    insurer: str | None
    secret: SecretRef
    units: tuple[str, ...]

    @property
    def credential(self) -> str | None:
        """
        The name of the systemd credential; None for secrets from elsewhere.
        """
        return self.secret.argument[0] if self.secret.source is SecretSource.CREDENTIAL else None

    @property
    def file(self) -> str | None:
        """
        The path of the secret's file; None for secrets from elsewhere.
        """
        return self.secret.argument[0] if self.secret.source is SecretSource.FILE else None


def references(config: Config, insurers: Mapping[str, Insurer | MisconfiguredInsurer]) -> Iterator[Reference]:
    """
    Yield every reference to a secret: those of *insurers*, as far as these can be used, then those of other tables.
    """
    for name, insurer in insurers.items():
        units = (pull_unit(name), DAEMON)
        if isinstance(insurer, Insurer):
            for key, secret in insurer.auth.references():
                yield Reference(f"[insurers.{name}] auth.{key}", name, secret, units)
    for table in (field.name for field in fields(config)):
        value = getattr(config, table)
        if isinstance(value, BaseModel):
            for key, secret in _within(value):
                yield Reference(f"[{table}] {key}", None, secret, _ELSEWHERE.get(table, (DAEMON, PULLS)))


def _within(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, SecretRef]]:
    for key, value in model:
        yield from _inside(value, f"{prefix}{key}")


def _inside(value: object, key: str) -> Iterator[tuple[str, SecretRef]]:
    if isinstance(value, SecretRef):
        yield key, value
    elif isinstance(value, BaseModel):
        yield from _within(value, f"{key}.")
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _inside(each, f"{key}.{name}")
    elif isinstance(value, (tuple, list)):
        for number, each in enumerate(value):
            yield from _inside(each, f"{key}[{number}]")
