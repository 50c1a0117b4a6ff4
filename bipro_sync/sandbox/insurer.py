"""What all services of one practice insurer share; data only."""

from __future__ import annotations

from dataclasses import dataclass

from .assertions import Assertions
from .certificates import Certificates
from .clock import Clock
from .mailbox import Mailbox
from .scenario import Scenario
from .script import Script
from .sessions import Sessions


@dataclass(frozen=True, slots=True)
class Insurer:
    """
    The scenario and everything that calls change.
    """

    scenario: Scenario
    clock: Clock
    script: Script
    sessions: Sessions
    certificates: Certificates
    assertions: Assertions
    mailbox: Mailbox
