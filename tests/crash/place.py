"""Where a run may die: a crash point is a place in the program that has a name; each place is data.

A point is passed before or after what a function does.  With *during* it counts only while the same thread is at work
in another function, which is how a point lies in the middle of it.  What several threads write together is carried out
by one of them: there a place is told by what is written.  No place knows that it is watched.
"""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Moment(StrEnum):
    """Before what a function does, or after it; what fails has no after."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, eq=False)
class Place:
    """A function (`module:name`), narrowed to the calls whose arguments, or what these hold, have these values."""

    path: str
    given: Mapping[str, str | None] = field(default_factory=dict)

    def function(self):
        """The owner of the function, the name it has there, and the function itself."""
        module, _, names = self.path.partition(":")
        outer, _, name = names.rpartition(".")
        owner = pkgutil.resolve_name(f"{module}:{outer}" if outer else module)
        return owner, name, getattr(owner, name)


@dataclass(frozen=True, eq=False)
class Point:
    """One crash point; *scenario* is one in which it is surely passed."""

    name: str
    moment: Moment
    place: Place
    during: Place | None = None
    scenario: str = "mail comes"


LOG = "bipro_sync.audit.log:AuditLog"
LEDGER = "bipro_sync.catalog.ledger:Ledger"
DURABLE = "bipro_sync.durable"
SPOOL = "bipro_sync.archive.spool"
ARCHIVE = "bipro_sync.archive.store:Archive"
REMEMBERED = "bipro_sync.catalog.statements:remember"


def around(name, place, **more):
    """The two points around what a function does."""
    yield Point(f"before {name}", Moment.BEFORE, place, **more)
    yield Point(f"after {name}", Moment.AFTER, place, **more)
