"""`bipro-sync gdv check`: what is wrong with a GDV file; a finding says where it is, never what stands there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from ..errors import ExitCode
from .console import Console, invocation, one_line
from .gdv_source import Encoding, Files, Source, followed, sources


if TYPE_CHECKING:
    from ..gdv import Finding


_SEVERITIES = ("error", "warning", "note")
"""The gravest first."""


def add_to(group: typer.Typer) -> None:
    """
    Add `check`.
    """
    group.command("check")(check)


def check(context: typer.Context, files: Files, encoding: Encoding = None) -> None:
    """
    Tell what is wrong with a GDV file.  Trailers' counts and totals, fields' shapes, codes, parts missing or out of
    order.

    Exit 0 where there is nothing or notes only, 3 where there are warnings or errors, or where an entry of a ZIP file
    cannot be read.
    """
    console = invocation(context).console
    skipped: list[str] = []

    def skip(sentence: str) -> None:
        skipped.append(sentence)
        console.warn(sentence)

    found = {source.name: _findings(source, console) for source in sources(files, encoding, skip)}
    counts = {name: Counter(each.severity.value for each in findings) for name, findings in found.items()}
    wrong = bool(skipped) or any(each["error"] or each["warning"] for each in counts.values())
    code = ExitCode.PARTIAL if wrong else ExitCode.OK
    if console.json:
        told = [_document(name, findings, counts[name]) for name, findings in found.items()]
        console.document({"files": told, "skipped": skipped, "exit_code": int(code)})
    else:
        console.stream(f"{one_line(line)}\n" for name in found for line in _lines(name, found[name], counts[name]))
    raise typer.Exit(code)


def _findings(source: Source, console: Console) -> list[Finding]:
    from ..gdv.checks import check

    found = [*check(followed(source.reading, source, console)), *source.reading.findings]
    return sorted(found, key=lambda each: (_SEVERITIES.index(each.severity.value), each.record or 0))


def _document(name: str, findings: list[Finding], counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "file": name,
        "counts": {severity: counts.get(severity, 0) for severity in _SEVERITIES},
        "findings": [asdict(each) | {"severity": each.severity.value} for each in findings],
    }


def _lines(name: str, findings: list[Finding], counts: Mapping[str, int]) -> Iterator[str]:
    for each in findings:
        place = ", ".join(_place(each))
        yield f"{each.severity.value:<8} {f'{place}: ' if place else ''}{each.message} ({each.code})"
    numbers = ((counts.get(severity, 0), severity) for severity in _SEVERITIES)
    told = (f"{number} {severity}" + ("s" if number != 1 else "") for number, severity in numbers)
    yield f"{name}: {', '.join(told)}"


def _place(finding: Finding) -> Iterator[str]:
    if finding.record is not None:
        yield f"record {finding.record}"
    if finding.field is not None:
        yield finding.field
    if finding.offset is not None:
        yield f"bytes {finding.offset} to {finding.offset + (finding.length or 1) - 1}"
