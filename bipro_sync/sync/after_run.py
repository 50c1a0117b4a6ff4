"""What is done once a pull is through: named steps in one order; each fails alone, and none changes what was pulled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ..durable import storage_error
from ..errors import BiproSyncError, unexpected
from ..insurers import Insurer, MisconfiguredInsurer
from ..model.condition import Condition
from .results import PullResult
from .selection import PullOptions
from .workplace import Workplace


def _nothing_asks() -> None:
    """
    Let everything take the time it takes.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """
    A pull that is through, and the archive it worked in, still open; no account's lock is held any more.

    *insurers* are those that were pulled, in the order of the results.  What takes long asks *stop* in between: what it
    returns is why it should end.  *events* are what a step wants people to be told once, by a later one.
    """

    place: Workplace
    insurers: Sequence[Insurer | MisconfiguredInsurer]
    options: PullOptions
    result: PullResult
    stop: Callable[[], BiproSyncError | None] = _nothing_asks
    events: list[Condition] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Step:
    """
    One thing to do after each run, by *name*; what it returns are sentences that somebody should see to.

    It may raise any error: that becomes such a sentence, and the steps after it are carried out all the same.
    """

    name: str
    carry_out: Callable[[FinishedRun], Iterable[str]]


@dataclass(frozen=True, slots=True)
class StepReport:
    """
    What came of one step: sentences that somebody should see to, none where all is well.
    """

    name: str
    warnings: tuple[str, ...]


def carry_out(steps: Iterable[Step], run: FinishedRun) -> tuple[StepReport, ...]:
    """
    Carry out these steps one after the other, whatever becomes of each; neither states nor exit code change by them.
    """
    return tuple(StepReport(step.name, _warnings(step, run)) for step in steps)


def _warnings(step: Step, run: FinishedRun) -> tuple[str, ...]:
    said: list[str] = []
    try:
        # One by one: what was said before an error is not lost with it.
        said.extend(step.carry_out(run))
    except BiproSyncError as error:
        said.append(f"{step.name}: {error.message}")
    except OSError as error:
        said.append(f"{step.name}: {storage_error('use', run.place.layout.root, error).message}")
    except Exception as error:  # noqa: BLE001 - a bug in one step must not keep the others from being carried out
        said.append(f"{step.name}: {unexpected(error).message}")
    return tuple(said)
