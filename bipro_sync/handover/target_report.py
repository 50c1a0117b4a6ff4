"""What came of handing over to one target, for programs, for a person, and for alerts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from ..model.condition import Condition, Level, Matter


_MOST_SAID = 5


@dataclass(slots=True)
class TargetReport:
    """
    What came of one target: how many shipments and files it was handed, the ids of infected ones as `insurer/id`, and
    sentences about what it still lacks.
    """

    target: str
    shipments: int = 0
    files: int = 0
    infected: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """
        Return the object of `handover run --json`.
        """
        return {
            "target": self.target,
            "shipments": self.shipments,
            "files": self.files,
            "infected": self.infected,
            "lacking": self.lacking,
        }

    def events(self) -> Iterator[Condition]:
        """
        Yield what people must be told once: which shipments are infected, insurer by insurer.
        """
        pairs = sorted(each.split("/", 1) for each in self.infected)
        for insurer, group in groupby(pairs, key=lambda pair: pair[0]):
            ids = [shipment for _, shipment in group]
            facts = {"count": str(len(ids)), "ids": ", ".join(ids[:_MOST_SAID]) + ", …" * (len(ids) > _MOST_SAID)}
            yield Condition(
                matter=Matter.INFECTED, level=Level.CRITICAL, insurer=insurer, about=self.target, facts=facts
            )

    def warnings(self) -> Iterator[str]:
        """
        Yield what somebody should see to.
        """
        for each in self.infected:
            yield f"{self.target}: {each} is infected, and was not handed over."
        yield from self.lacking[:_MOST_SAID]
        if len(self.lacking) > _MOST_SAID:
            yield f"{self.target}: and {len(self.lacking) - _MOST_SAID} more."
