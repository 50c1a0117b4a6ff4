"""The configuration: one schema, read and checked as a whole; it must never hold or repeat a secret."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from .checks import Duration, parse_duration
from .find import find_config
from .load import Config, Reading, load, read
from .schema import ConfigurationFile, DeliveryRule, InsurerSection, UserSection
from .sections import ReadSection


def schema() -> dict[str, Any]:
    """
    Return the JSON schema of the configuration file, for editors.
    """
    return ConfigurationFile.model_json_schema()


def sample() -> str:
    """
    Return a commented configuration that shows every key.
    """
    return files(__name__).joinpath("config.example.toml").read_text(encoding="utf-8")


def warnings(config: Config) -> tuple[str, ...]:
    """
    Return what is allowed but should be known: what this version does not do yet, or nobody has decided.
    """
    said = []
    if not config.insurers:
        said.append("[insurers]: no insurer is configured: a pull does nothing")
    if config.alerts.mail:
        said.append("[alerts] mail: is not sent by this version yet; let cron or systemd report the exit code")
    if config.audit.anchors:
        said.append("[audit] anchors: checkpoints are not sent there by this version yet")
    if config.environment == "production" and config.audit.anchors is None:
        said.append('[audit] anchors: is not decided; name a place, or say "none"')
    if config.environment == "production" and not config.alerts.none and not config.alerts.mail:
        said.append("[alerts]: is not decided; name somebody, or say none = true")
    return tuple(said)


__all__ = [
    "Config",
    "DeliveryRule",
    "Duration",
    "InsurerSection",
    "ReadSection",
    "Reading",
    "UserSection",
    "find_config",
    "load",
    "parse_duration",
    "read",
    "sample",
    "schema",
    "warnings",
]
