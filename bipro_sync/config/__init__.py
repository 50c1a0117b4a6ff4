"""The configuration: one schema, read and checked as a whole; it must never hold or repeat a secret."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import files
from typing import Any

from .alerting import AlertsSection, MailSection, MonitoringSection, WebhookSection
from .backup_section import BackupSection
from .checks import Duration, parse_duration
from .expectations import Expected, expected_of
from .find import find_config
from .handing_over import HandoverSection
from .load import Config, Reading, load, read
from .reporting import ReportsSection
from .schema import (
    Anchor,
    AuditSection,
    CommandAnchor,
    ConfigurationFile,
    DeliveryRule,
    DirectoryAnchor,
    InsurerSection,
    StampAnchor,
    UserSection,
)
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
    said += _audit_warnings(config.audit)
    if config.environment == "production" and config.audit.anchors is None:
        said.append('[audit] anchors: is not decided; name a place, or say "none"')
    if config.environment == "production" and not config.alerts.is_decided:
        said.append("[alerts]: is not decided; name somebody, or say none = true")
    return tuple(said)


def _audit_warnings(audit: AuditSection) -> Iterator[str]:
    if audit.anchors and not audit.is_signed:
        yield "[audit] anchors: receive nothing, because nothing is signed without a key or known_keys"
    if audit.key is None:
        return
    with suppress(PermissionError):  # somebody else's key: who signs with it sees to it
        try:
            mode = audit.key.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            yield "[audit] key: is not there, so no checkpoint is signed; `bipro-sync audit key new` makes one"
        else:
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                yield "[audit] key: is open to others than its owner, so it is not used; `chmod 600` it"


__all__ = [
    "AlertsSection",
    "Anchor",
    "AuditSection",
    "BackupSection",
    "CommandAnchor",
    "Config",
    "DeliveryRule",
    "DirectoryAnchor",
    "Duration",
    "Expected",
    "HandoverSection",
    "InsurerSection",
    "MailSection",
    "MonitoringSection",
    "ReadSection",
    "Reading",
    "ReportsSection",
    "StampAnchor",
    "UserSection",
    "WebhookSection",
    "expected_of",
    "find_config",
    "load",
    "parse_duration",
    "read",
    "sample",
    "schema",
    "warnings",
]
