"""`bipro-sync gdv diff`: what changed between two deliveries, told in the words that brokers use for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UsageError
from .console import Console, invocation, one_line
from .gdv_source import Encoding, Source, each_once, followed, opened


if TYPE_CHECKING:
    from ..gdv import Record
    from ..gdv.changes import Change
    from ..gdv.differences import Difference, Differences


_EVENTS = {
    "new": "neu",
    "changed": "geändert",
    "cancelled": "storniert",
    "moved": "übergegangen",
    "vanished": "entfallen",
}
_SAY_FULL = "Sind beide Lieferungen Gesamtbestände, sagt --full, was davon entfallen ist."
_NOT_SURE = (
    "Entfallen ist das erst, wenn beide vollständige Gesamtbestände derselben Gesellschaft für dieselbe "
    "Vermittlernummer sind und der neue die Sparte enthält."
)
_KINDS = {"contract": "Vertrag", "partner": "Partner", "claim": "Schaden", "commission": "Provision"}


def add_to(group: typer.Typer) -> None:
    """
    Add `diff`.
    """
    group.command("diff")(diff)


def diff(
    context: typer.Context,
    earlier: Annotated[Path, typer.Argument(metavar="OLD", allow_dash=True, help="The earlier GDV file; - is stdin.")],
    later: Annotated[Path, typer.Argument(metavar="NEW", allow_dash=True, help="The later one.")],
    full: Annotated[
        bool, typer.Option("--full", help="Both are full portfolios: what the later one lacks has vanished.")
    ] = False,
    noise: Annotated[bool, typer.Option("--noise", help="Also what is only written differently.")] = False,
    encoding: Encoding = None,
) -> None:
    """
    Tell what changed between two GDV files.  Contracts, partners, claims and commission that are new, changed,
    cancelled, moved or vanished.
    """
    from ..gdv.differences import differences
    from ..gdv.extent import Extent

    console = invocation(context).console
    each_once((earlier, later))
    extent = Extent.FULL if full else None
    with ExitStack() as stack:
        before, after = (stack.enter_context(opened(path, encoding, console)) for path in (earlier, later))
        found = differences(
            _held(before, console),
            _held(after, console),
            old_extent=extent,
            new_extent=extent,
            noise=noise,
        )
        tell(console, found, {"old": before.name, "new": after.name}, full_may_help=not full)


def _held(source: Source, console: Console) -> Iterator[Record]:
    """
    Return the records of a file that is not too big to be held at once, with all that is compared.
    """
    from ..gdv.grouping import BIGGEST, held

    if source.size is not None and source.size > BIGGEST:
        raise UsageError(
            f"{source.name} is bigger than {BIGGEST >> 20} MiB, too big to be held at once, as comparing does.",
            code="too-big",
            hint="`gdv check`, `records` and `export` take files of any size.",
        )
    return held(followed(source.reading, source, console))


def tell(console: Console, found: Differences, about: dict[str, Any], *, full_may_help: bool = False) -> None:
    """
    Answer with differences as they come: a listing in German, or the one document of `--json`.

    *full_may_help* says that the user has not yet been asked whether both are full portfolios.
    """
    if not console.json:
        console.stream(_listing(found, _SAY_FULL if full_may_help else _NOT_SURE))
        return
    told = list(found)
    counts = Counter(each.event.value for each in told)
    document = about | {"counts": counts, "unchanged": found.unchanged, "absent": found.absent}
    console.document(document | {"differences": [_document(each) for each in told]})


def _document(difference: Difference) -> dict[str, Any]:
    document = asdict(difference)
    document["changes"] = [asdict(each) | {"name": _name(each)} for each in difference.changes]
    return document


def _listing(found: Differences, of_absent: str) -> Iterator[str]:
    counts: Counter[str] = Counter()
    for difference in found:
        counts[_EVENTS[difference.event]] += 1
        yield from (f"{one_line(line)}\n" for line in _lines(difference))
    yield ", ".join([*(f"{count} {event}" for event, count in counts.items()), f"{found.unchanged} unverändert"]) + "\n"
    if found.absent:
        number = f"{found.absent} stehen" if found.absent > 1 else "1 steht"
        yield f"{number} in der neuen Lieferung nicht.  {of_absent}\n"


def _lines(difference: Difference) -> Iterator[str]:
    key = " ".join(filter(None, difference.key))
    origin = f" (bisher {' '.join(filter(None, difference.moved_from))})" if difference.moved_from else ""
    reason = f", Abgangsgrund {difference.reason}" if difference.reason else ""
    yield f"{_EVENTS[difference.event]:<12} {_KINDS.get(difference.kind, difference.kind)} {key}{origin}{reason}"
    for each in difference.changes:
        yield f"    {_name(each)}: {each.old or '-'} → {each.new or '-'}"


def _name(change: Change) -> str:
    """
    Return the field's name in the layouts; its short name where no layout has it.
    """
    from ..gdv import part

    layout, slash, number = change.place.partition(":")[0].partition("/")
    fields = part(layout, int(number)).by_key if slash else part("0200", 1).by_key
    return fields[change.field].name if change.field in fields else change.field
