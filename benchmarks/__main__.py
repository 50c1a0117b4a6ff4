"""`python -m benchmarks [--quick] [--json] [--directory DIR]`: measure, print, and fail where a promise is not kept."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

from .listing import listing
from .machine import machine
from .measuring import Figure
from .shipment import inline, mtom


def figures(directory: Path, *, quick: bool) -> Iterator[Figure]:
    """Measure one figure after the other; quick ones are small and prove nothing about the promises."""
    plan: list[Callable[[Path], Figure]] = [
        *(
            partial(listing, count=count, times=3 if quick else 15, rich=rich)
            for rich in (False, True)
            for count in ((1000,) if quick else (1000, 10_000, 20_000))
        ),
        *(partial(mtom, mebibytes=size, times=1 if quick else 5) for size in ((16,) if quick else (64, 256, 1024))),
        *(partial(inline, mebibytes=size, times=1 if quick else 3) for size in ((16,) if quick else (100, 300))),
    ]
    for measure in plan:
        with tempfile.TemporaryDirectory(dir=directory) as place:
            yield measure(Path(place))


def line(figure: Figure) -> str:
    """A figure as a line of the table."""
    floor = f"{figure.floor:.3f} s" if figure.floor else ""
    ratio = f"{figure.ratio:.2f}" if figure.ratio else ""
    kept = ("kept" if figure.held else "NOT KEPT") if figure.limit else ""
    return (
        f"{figure.name:<45} {figure.seconds:>8.3f} s {floor:>10} {ratio:>6} {figure.mebibytes:>6.0f} MiB"
        f"   {figure.limit:<22} {kept}"
    )


def main() -> int:
    """Measure everything; 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="small sizes, in a minute")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--directory", type=Path, default=Path(tempfile.gettempdir()), help="where 4 GiB are free")
    options = parser.parse_args()
    facts = machine(options.directory.resolve())
    found = []
    if not options.json:
        for name, fact in facts.items():
            print(f"{name + ':':<13} {fact}")
        print(f"\n{'':<45} {'ours':>10} {'floor':>10} {'ratio':>6} {'peak':>10}   promise", flush=True)
    for figure in figures(options.directory, quick=options.quick):
        found.append(figure)
        if not options.json:
            print(line(figure), flush=True)
    if options.json:
        print(json.dumps({"machine": facts, "figures": [asdict(each) | {"ratio": each.ratio} for each in found]}))
    return 0 if all(each.held for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
