"""Derives the package's layout data from a table of the data set's facts; it must carry over no description.

`python scripts/derive_gdv_layouts.py FACTS.csv` writes `bipro_sync/gdv/layouts.csv`: a row that begins with `=` opens
a part (layout, record type, line, version, number), each row after it is one of its fields in the order of the record
(short name, name, length, kind, constant).  Where a field begins follows from the lengths before it.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from itertools import groupby
from pathlib import Path


TARGET = Path(__file__).parent.parent / "bipro_sync" / "gdv" / "layouts.csv"
WIDTH = 256
LINE = slice(0, 3)
"""What comes behind the line in a layout's name tells risks apart (`010.13`)."""

Row = dict[str, str]


def kind(fact: Row) -> str:
    """
    Return a field's kind in one or two characters: text, right-aligned text, digits, date, or the number of decimals.
    """
    match fact["type"], fact["align"]:
        case "decimal", _:
            return fact["decimals"]
        case "text", "right":
            return "r"
        case ("text" | "digits" | "date") as name, "":
            return {"text": "t", "digits": "n", "date": "d"}[name]
        case other:
            raise ValueError(f"no such kind of field: {other}")


def fields(facts: list[Row]) -> list[list[str]]:
    """
    Return the rows of one part's fields, which must follow each other without a gap.
    """
    rows, place, seen = [], 1, Counter[str]()
    for fact in facts:
        if int(fact["start"]) != place:
            raise ValueError(f"{fact['layout']}, part {fact['part']}: no field begins at {place}")
        place += int(fact["length"])
        seen[fact["tech"]] += 1
        short = fact["tech"] if seen[fact["tech"]] == 1 else f"{fact['tech']}_{seen[fact['tech']]}"
        rows.append([short, fact["name"], fact["length"], kind(fact), fact["constant"]])
    if place != WIDTH + 1:
        raise ValueError(f"{facts[0]['layout']}, part {facts[0]['part']} ends at {place - 1}")
    return rows


def main(source: str) -> int:
    """
    Write the layout data, parts in the order of layout and number.
    """
    with Path(source).open(encoding="utf-8", newline="") as stream:
        facts = list(csv.DictReader(stream))
    parts = [list(part) for _, part in groupby(facts, lambda fact: (fact["layout"], fact["part"]))]
    parts.sort(key=lambda part: (part[0]["layout"], int(part[0]["part"])))
    rows: list[list[str]] = []
    for part in parts:
        first = part[0]
        opening = [first["layout"], first["record_type"], first["line"][LINE], first["version"], first["part"]]
        rows += [["=", *opening], *fields(part)]
    with TARGET.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target, lineterminator="\n").writerows(rows)
    print(f"{len(parts)} parts of {len({part[0]['layout'] for part in parts})} layouts in {TARGET}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
