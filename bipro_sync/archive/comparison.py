"""Archive and second copy held against each other, by their files alone; it needs no catalogue and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..errors import IntegrityError, SecondCopyError
from .acknowledged import AcknowledgedList, Acknowledgement, UnreadableLine
from .copy_place import read_marker
from .layout import Layout
from .store import Archive
from .tombstone import content_of
from .verify import stored_paths, verify_archive


@dataclass(frozen=True, slots=True)
class Difference:
    """
    Something that one side lacks or holds otherwise: a sentence about a path; the shipment where the list names it.
    """

    path: str
    problem: str
    insurer: str | None = None
    shipment: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    What was compared: shipments listed as acknowledged, shipments in the copy with their bytes, every difference, and
    the paths that are stored and not copied yet.
    """

    acknowledged: int
    copies: int
    bytes: int
    findings: tuple[Difference, ...]
    uncopied: tuple[str, ...]


def compare(layout: Layout, root: Path) -> Comparison:
    """
    Re-read every copy below *root* from the device, and name what archive or copy lack, the acknowledged first.

    Raises :class:`~bipro_sync.errors.SecondCopyError` where there is no second copy at *root*, and
    :class:`~bipro_sync.errors.StorageError` where the archive cannot be read.
    """
    if read_marker(root) is None:
        raise SecondCopyError(
            f"There is no second copy at {root}: no marker is there.",
            hint="Is it mounted?  `--directory DIR` names a copy that lies elsewhere.",
        )
    sides = _Sides(layout, Layout(root))
    listed: dict[tuple[str, str], Acknowledgement] = {}
    findings = []
    for line in AcknowledgedList(root, lock=layout.state).read():
        if isinstance(line, UnreadableLine):
            findings.append(Difference(line.segment, f"Line {line.number} of the list cannot be read."))
        else:
            listed[line.path, line.content_sha256] = line
    for each in listed.values():
        findings += [Difference(each.path, problem, each.insurer, each.shipment) for problem in sides.problems_of(each)]
    named = {path for path, _ in listed}
    findings += [Difference(path, problem) for path, problem in sides.other_problems(named)]
    uncopied = sides.stored - sides.copied.keys() - sides.damaged - named
    return Comparison(
        len(listed), sides.verification.shipments, sides.verification.bytes, tuple(findings), tuple(sorted(uncopied))
    )


class _Sides:
    def __init__(self, layout: Layout, copies: Layout) -> None:
        self.verification = verify_archive(copies)
        self.copied = self.verification.digests
        self.damaged = {finding.path for finding in self.verification.findings}
        self.stored = set(map(str, stored_paths(layout)))
        self._layout = layout
        self._archive, self._copies = Archive(layout), Archive(copies)

    def problems_of(self, acknowledged: Acknowledgement) -> Iterator[str]:
        path = acknowledged.path
        if not self._has(acknowledged):
            copied = path in self.copied and _content(self._copies, path) == acknowledged.content_sha256
            where = "the second copy has it" if copied else "the second copy does not have it either, or not whole"
            yield f"was acknowledged and is not in the archive; {where}."
        elif path not in self.copied and path not in self.damaged:
            yield "was acknowledged and is not in the second copy."

    def other_problems(self, named: set[str]) -> Iterator[tuple[str, str]]:
        for finding in self.verification.findings:
            yield finding.path, f"In the second copy: {finding.problem}"
        for path in sorted(self.copied):
            if path not in self.stored:
                if path not in named:
                    yield path, "is in the second copy and not in the archive; it is not listed as acknowledged."
            elif _content(self._archive, path) != _content(self._copies, path):
                yield path, "is another delivery in the archive than in the second copy."

    def _has(self, acknowledged: Acknowledgement) -> bool:
        """
        Say whether the archive holds this content, be it under another month's path: it may have been fetched again.
        """
        content, path = acknowledged.content_sha256, acknowledged.path
        if path in self.stored and _content(self._archive, path) == content:
            return True
        elsewhere = self._layout.stored_path(acknowledged.insurer, acknowledged.shipment)
        return elsewhere is not None and _content(self._archive, str(elsewhere)) == content


def _content(archive: Archive, path: str) -> str | None:
    try:
        return content_of(archive, PurePosixPath(path))
    except IntegrityError:
        return None
