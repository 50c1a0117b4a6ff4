"""`bipro-sync gdv records`: the records of a GDV file, decoded or as they stand, all of them or some."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UsageError
from .console import invocation, one_line
from .gdv_fields import fields_of, record_document
from .gdv_source import Encoding, Files, Source, followed, sources


if TYPE_CHECKING:
    from ..gdv import Record


Wanted = Callable[["Record"], bool]

_NUMBERS = re.compile(r"(\d{1,18})(?:(-)(\d{1,18})?)?")

Names = Annotated[bool, typer.Option("--names", help="The fields' full names instead of the short ones.")]


def add_to(group: typer.Typer) -> None:
    """
    Add `records`.
    """
    group.command("records")(records)


def records(
    context: typer.Context,
    files: Files,
    record_type: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help="Only of this type (0200); repeatable.")
    ] = None,
    line: Annotated[
        list[str] | None, typer.Option("--line", metavar="LINE", help="Only of this line (050); repeatable.")
    ] = None,
    number: Annotated[
        list[str] | None, typer.Option("--number", metavar="N[-M]", help="Only these, from 1; repeatable.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="The first N of each file.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="As they stand, one a line.")] = False,
    names: Names = False,
    encoding: Encoding = None,
) -> None:
    """
    Show records with what their fields say.  Blank fields are left out.
    """
    console = invocation(context).console
    ranges = [_range(each) for each in number or ["1-"]]
    end = max(each.stop for each in ranges)
    wanted = _wanted(record_type or (), line or (), ranges)

    def chosen() -> Iterator[tuple[Source, Record]]:
        for source in sources(files, encoding, console.warn):
            until = takewhile(lambda record: record.number < end, followed(source.reading, source, console))
            yield from ((source, record) for record in islice(filter(wanted, until), limit))

    if console.json:
        console.array(_document(source, record, raw=raw, names=names) for source, record in chosen())
        return
    form = _raw if raw else _with_names if names else _with_keys
    console.stream(_text(chosen(), form, several=len(files) > 1))


def _document(source: Source, record: Record, *, raw: bool, names: bool) -> dict[str, Any]:
    about = {"file": source.name, "offset": record.offset}
    if raw:
        return about | {"record_no": record.number, "text": record.text(1, len(record.padded))}
    return about | record_document(record, names=names)


def _wanted(types: Sequence[str], lines: Sequence[str], ranges: Sequence[range]) -> Wanted:
    these_types, these_lines = {each.zfill(4) for each in types}, {each.zfill(3) for each in lines}

    def wanted(record: Record) -> bool:
        return (
            (not these_types or record.record_type in these_types)
            and (not these_lines or record.line in these_lines)
            and any(record.number in each for each in ranges)
        )

    return wanted


def _range(text: str) -> range:
    found = _NUMBERS.fullmatch(text)
    if not found:
        raise UsageError(f"{text!r} is no record's number, and no range of such.", hint="Write 12, 12-20, or 12-.")
    first, dash, last = found.groups()
    numbers = range(int(first), (int(last) if last else 10**18 if dash else int(first)) + 1)
    if not numbers:
        raise UsageError(f"{text!r} ends before it begins.", hint=f"Write {last}-{first}.")
    return numbers


def _text(
    chosen: Iterable[tuple[Source, Record]], form: Callable[[Record], Iterator[str]], *, several: bool
) -> Iterator[str]:
    before = None
    for source, record in chosen:
        if source is not before and (several or source.one_of > 1):
            yield f"{one_line(source.name)}\n"
        before = source
        yield from (f"{one_line(each)}\n" for each in form(record))


def _raw(record: Record) -> Iterator[str]:
    yield f"{record.number:>9} {record.text(1, len(record.padded))}"


def _with_keys(record: Record) -> Iterator[str]:
    return _lines(record, names=False)


def _with_names(record: Record) -> Iterator[str]:
    return _lines(record, names=True)


def _lines(record: Record, *, names: bool) -> Iterator[str]:
    part = record.part
    what = f"{part.layout} part {part.number}" if part else f"{record.record_type} of the family {record.family.value}"
    line = f", line {record.line}" if record.line else ""
    yield f"record {record.number}: {what}{line}, byte {record.offset}"
    if part is None:
        yield f"    {record.text(1, len(record.padded))}"
    for label, value in fields_of(record, names=names):
        if value is not None:
            yield f"    {label:<52} {value}"
