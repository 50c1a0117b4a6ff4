"""What an archive promises, looked up in its files, its catalogue and its log, and nowhere in the program's memory."""

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from bipro_sync.catalog import Queries
from bipro_sync.config import load
from bipro_sync.model.states import TRANSITIONS, ShipmentState
from bipro_sync.sync.workplace import open_queries


@dataclass(frozen=True)
class Kept:
    """One directory below *place*, `shipments` or `quarantine`: whose id it is, and what is in it."""

    place: str
    id: str
    numbers: set[int]
    digests: list[str]

    def holds(self, offer):
        """Whether it is this offer, byte for byte."""
        return (self.id, self.numbers, self.digests) == (offer.id, {offer.number}, offer.digests)


class Archive:
    """An office's archive as a stranger would read it."""

    def __init__(self, office):
        self._office = office
        self._files = {}
        self._steps = Counter()

    def kept(self, place):
        """Everything in this place."""
        manifests = (self._office.archive / place / "muster").glob("*/*/*/manifest.json")
        return [self._kept(place, manifest.parent) for manifest in manifests]

    @staticmethod
    def _kept(place, directory):
        files = {path.name: path.read_bytes() for path in directory.iterdir()}
        manifest, envelope = json.loads(files.pop("manifest.json")), files.pop("envelope.xml")
        numbers = {int(number) for number in re.findall(rb"V-(\d+)-V", envelope)}
        return Kept(
            place, manifest["shipment"], numbers, sorted(hashlib.sha256(data).hexdigest() for data in files.values())
        )

    def has_changed_nothing_it_had(self):
        """What was stored once is there, and the same (I3)."""
        files = self._office.stored()
        assert files.items() >= self._files.items()
        self._files = files

    def new_steps(self):
        """Where shipments have gone since this was asked last, by id; each step is one that the table knows."""
        new = {}
        if not (self._office.archive / "catalog.db").exists():
            return new
        catalogue = open_queries(load(self._office.config))
        try:
            queries = Queries(catalogue)
            for entry in queries.shipments():
                steps = queries.history(entry)
                assert (steps[0].old, steps[0].new, steps[-1].new) == (None, ShipmentState.LISTED, entry.state)
                assert all(after.old is before.new for before, after in pairwise(steps))
                assert all(step.new in TRANSITIONS[step.old] for step in steps[1:])
                if len(steps) > self._steps[entry.id]:
                    new[entry.id] = steps[self._steps[entry.id] :]
                self._steps[entry.id] = len(steps)
        finally:
            catalogue.close()
        return new

    def has_told_of_every_call(self):
        """The log's chain is whole, and each call that the insurer understood was announced in it (I2)."""
        said = self._office.records("call.intent")
        if self._office.records():
            code, verdict = self._office.ask("audit", "verify")
            assert code == 0, verdict
        seen = Counter(
            ("RequestSecurityToken" if call["operation"] == "login" else call["operation"], call.get("shipment"))
            for call in self._office.calls()
            if call["operation"] != "unknown"  # what a killed run had sent a part of
        )
        assert seen <= Counter((each["operation"], each.get("shipment")) for each in said)

    def is_in_order(self):
        """What is on the disk is in the catalogue and as it was stored, and nothing is left in the spool."""
        code, verdict = self._office.ask("archive", "verify")
        assert code == 0, verdict
        assert list((self._office.archive / "spool").glob("muster/*")) == []
