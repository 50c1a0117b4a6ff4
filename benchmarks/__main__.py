"""`python -m benchmarks [--quick] [--json] [--only GROUP] [--directory DIR]`: 1 where a promise is not kept."""

from __future__ import annotations

import argparse
import compileall
import itertools
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

import bipro_sync

from .auditing import appending, auditing
from .gdv import gdv
from .growth import growth
from .idle import idle
from .latency import latency
from .listing import listing
from .machine import machine
from .many import many
from .measuring import Figure
from .sealing import sealing
from .searching import searching
from .shipment import inline, mtom
from .startup import startup
from .syncs import syncs


Measure = Callable[[Path], Iterable[Figure]]

_KEPT = {True: "kept", False: "NOT KEPT", None: "not measured"}


def plan(*, quick: bool) -> dict[str, list[Measure]]:
    """What is measured, by group; quick ones are small and prove nothing about the promises."""
    return {
        "list": [
            partial(listing, count=count, times=3 if quick else 15, rich=rich)
            for rich in (False, True)
            for count in ((1000,) if quick else (1000, 10_000, 20_000))
        ],
        "large": [
            *(partial(mtom, mebibytes=size, times=1 if quick else 5) for size in ((16,) if quick else (64, 256, 1024))),
            *(partial(inline, mebibytes=size, times=1 if quick else 3) for size in ((16,) if quick else (100, 300))),
        ],
        "many": [
            *(
                partial(many, count=50 if quick else 2000, workers=workers, times=1 if quick else 5)
                for workers in (1, 8)
            ),
            *(partial(syncs, count=50 if quick else 200, workers=workers) for workers in (1, 8)),
            partial(latency, count=80 if quick else 400, times=1 if quick else 3),
        ],
        "audit": [
            partial(auditing, shipments=2000 if quick else 200_000, times=1 if quick else 3),
            partial(appending, count=200 if quick else 5000, times=1 if quick else 3),
        ],
        "startup": [partial(startup, times=5 if quick else 25)],
        "daemon": [partial(idle, seconds=10 if quick else 120)],
        "seal": [partial(sealing, shipments=1000 if quick else 100_000, times=3 if quick else 15)],
        "gdv": [partial(gdv, count=2000 if quick else 100_000, times=1 if quick else 3)],
        "search": [partial(searching, sizes=(1000,) if quick else (1000, 1_000_000), times=3 if quick else 7)],
        "big": [partial(growth, sizes=(1000,) if quick else (1000, 100_000, 1_000_000), times=3 if quick else 7)],
    }


def figures(directory: Path, measures: Iterable[Measure]) -> Iterator[Figure]:
    """Take one measure after the other, each in a directory of its own."""
    for measure in measures:
        with tempfile.TemporaryDirectory(dir=directory) as place:
            yield from measure(Path(place))


def line(figure: Figure) -> str:
    """A figure as a line of the table."""
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    peak = "" if figure.mebibytes is None else f"{figure.mebibytes:.0f} MiB"
    kept = _KEPT[figure.held] if figure.limit else ""
    ours, floor = _value(figure.ours, figure.unit), _value(figure.floor, figure.unit)
    return f"{figure.name:<51} {ours:>11} {floor:>11} {ratio:>6} {peak:>8}   {figure.limit:<23} {kept}"


def _value(number: float | None, unit: str) -> str:
    if number is None:
        return ""
    return f"{number:.3f} s" if unit == "s" else f"{number:.1f} {unit}".rstrip()


def main() -> int:
    """Measure everything; 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="small sizes, in a minute")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--only", choices=plan(quick=True), help="this group alone")
    parser.add_argument("--directory", type=Path, default=Path(tempfile.gettempdir()), help="where 4 GiB are free")
    options = parser.parse_args()
    # As an installed program's is; where PYTHONDONTWRITEBYTECODE is set, nobody else would.
    compileall.compile_dir(Path(bipro_sync.__file__).parent, quiet=1)
    facts = machine(options.directory.resolve())
    found = []
    if not options.json:
        for name, fact in facts.items():
            print(f"{name + ':':<13} {fact}")
        print(f"\n{'':<51} {'ours':>11} {'floor':>11} {'ratio':>6} {'peak':>8}   promise", flush=True)
    groups = plan(quick=options.quick)
    measures = groups[options.only] if options.only else itertools.chain(*groups.values())
    for figure in figures(options.directory.resolve(), measures):
        found.append(figure)
        if not options.json:
            print(line(figure), flush=True)
    if options.json:
        print(json.dumps({"machine": facts, "figures": [asdict(each) for each in found]}))
    return 0 if all(each.held is not False for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
