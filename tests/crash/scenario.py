"""What a scenario is: one whole story of what happens at the insurers while runs die, with the end it must come to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


IN_TROUBLE = (0, 3)
"""The exit codes of runs in which shipments may fail, vanish, or be kept aside."""

REBUILD = ("archive", "rebuild")


@dataclass(frozen=True, eq=False)
class Scenario:
    """A story: what stands before the run that dies, and where each shipment must be in the end, whatever died.

    *codes* are the exit codes that runs may have.  *mend* is what the operator does once nothing moves any more.
    *copied* says that nothing is acknowledged before it lies in the second copy, too.  *at_once* says that threads work
    side by side, so that how often a point is passed is not known beforehand.  *command* dies in place of a pull, and
    is given once more after that; *rebuilds* says that it makes the catalogue again.
    """

    name: str
    prepare: Callable
    ends: Mapping[str, str]
    codes: tuple[int, ...] = (0,)
    mend: Callable | None = None
    copied: bool = False
    at_once: bool = False
    command: tuple[str, ...] = ()

    @property
    def rebuilds(self):
        return self.command == REBUILD


def acknowledged(ids):
    return dict.fromkeys(ids, "acknowledged")
