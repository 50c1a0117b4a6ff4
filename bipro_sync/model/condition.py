"""What a person may have to be told of the house's state, as values; how it is told, and to whom, is decided elsewhere.

Nothing in it is a customer's datum, or an insurer's word: names of insurers, kinds, ids, figures and days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Level(IntEnum):
    """
    How bad it is, in the numbers of a monitoring plug-in's exit codes.
    """

    OK = 0
    WARNING = 1
    CRITICAL = 2


class Matter(StrEnum):
    """
    What a condition is about.
    """

    CONFIGURATION = "configuration"
    REFUSED = "refused"
    """No login is possible: it was refused, the credential is missing, or the breaker is open."""
    UNREACHABLE = "unreachable"
    FAILING = "failing"
    """Runs fail here, not at the insurer."""
    NEVER_RAN = "never-ran"
    NOT_RUNNING = "not-running"
    """There were runs, and there are none any more."""
    SILENCE = "silence"
    QUARANTINE = "quarantine"
    CONFLICT = "conflict"
    ACK_REFUSED = "ack-refused"
    ENDING = "ending"
    """Something will not be available much longer, and is not fetched or is held."""
    MISSING_RIGHT = "missing-right"
    CERTIFICATE = "certificate"
    """An insurer's certificate ends, or has ended."""
    ARCHIVE = "archive"
    """The archive cannot be read, so that nothing else can be told."""
    AUDIT = "audit"
    """The audit log has no new checkpoint, or an anchor was not reached."""
    BACKUP = "backup"
    """The last backup of the archive is too old, or there is none."""
    CHANNEL = "channel"
    """A way to tell people of trouble does not work itself."""
    HANDOVER = "handover"
    """Another system lacks what it is to be handed over."""
    FOREIGN = "foreign"
    """GDV files name broker numbers that are not ours."""
    INFECTED = "infected"
    """A scan found malware in what was to be handed over."""
    URGENT = "urgent"
    VANISHED = "vanished"
    UNIT = "unit"
    """A unit of systemd has failed."""
    KILLED = "killed"
    """A run was ended by a signal, so that it could tell nobody itself."""
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """
    One thing that is so, and that somebody should know; *about* tells those of one insurer and matter apart.

    It is told once, and again where its *level* or its *weight* (a number of shipments, say) has grown.  *facts* are
    what its sentence names; moments in them are in UTC (ISO 8601).
    """

    matter: Matter
    level: Level
    insurer: str | None = None
    about: str = ""
    weight: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """
        What it is recognised by from run to run.
        """
        return f"{self.matter}:{self.insurer or ''}:{self.about}"
