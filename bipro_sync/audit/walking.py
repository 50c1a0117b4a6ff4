"""Joins what was found in the log's segments, one behind the other; large logs are checked by several processes."""

from __future__ import annotations

import multiprocessing
import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from ..durable import children
from ..errors import IntegrityError
from .findings import ZEROS, Checked, DamageError, End, Opening, OpenIntent, Restored, SetBack, is_early
from .merkle import Frontier
from .pruned import Pruned, pruned_of
from .segment import Task, check_segment


_SEGMENT = re.compile(r"audit-(\d{6,})\.jsonl")

_LARGE = 64 << 20
"""Bytes of a log from which on it is worth starting processes for."""

_Checking: TypeAlias = Callable[[Task, End], Checked]


@dataclass(frozen=True, slots=True)
class Point:
    """
    The log as it was when it had so many records as *end* says, and the *root* of the tree over them.
    """

    end: End
    root: bytes


class Walk:
    """
    A walk through the log in *directory*, up to its end or its first damage.

    *cuts* are the sizes at which the log is to be compared with checkpoints, *noted* number and hash of the last record
    as a finished run has left it, *signed* the last number that a known key has signed.  After :meth:`run`, *points*
    holds the log at each of the sizes.
    """

    def __init__(self, directory: Path, cuts: Collection[int], noted: tuple[int, str], signed: int) -> None:
        self._directory = directory
        self._cuts = frozenset(cuts)
        self._noted = noted
        self._signed = signed
        self._doubt: DamageError | None = None
        gone = self._gone()
        self._tree = gone.tree() if gone else Frontier()
        self.end = _end_of(gone) if gone else End()
        self.begins_after = self.end.seq
        self.segments = gone.segments if gone else 0
        self.first_ts: str | None = None
        self.torn_bytes = 0
        self.points: dict[int, Point] = {self.end.seq: Point(self.end, self._tree.root)} if gone else {}
        self.open_intents: dict[str, OpenIntent] = {}
        self.set_back: list[SetBack] = []
        self.signed: list[int] = []
        self.restored: list[Restored] = []

    def run(self) -> None:
        """
        Raise :class:`~bipro_sync.audit.findings.DamageError` at the first record that is not right.
        """
        numbered = {
            int(found[1]): path for path in children(self._directory) if (found := _SEGMENT.fullmatch(path.name))
        }
        if self._doubt is not None:
            raise self._doubt
        first = self.segments + 1
        # What a prune has not come to remove is passed over, as it is by all who read the log.
        paths = [numbered[number] for number in sorted(numbered) if number >= first]
        whole = [path for number, path in enumerate(paths, start=first) if numbered.get(number) == path]
        tasks = [self._task(path, after) for path, after in zip(whole, [*whole[1:], None], strict=False)]
        with _checking(tasks) as check:
            for task in tasks:
                if self.torn_bytes:
                    raise DamageError(self.end.seq + 1, f"segment {self.segments} ends inside it")
                self.segments += 1
                try:
                    self._join(check(task, self.end))
                except DamageError as damage:
                    if damage.before is not None:
                        self._join(damage.before)
                    raise
        if len(whole) < len(paths):
            raise DamageError(self.end.seq + 1, f"segment {self.segments + 1} of the log is missing")
        if self.end.seq < self._noted[0]:
            raise DamageError(self.end.seq + 1, f"it is missing; a finished run had written {self._noted[0]} records")

    def _gone(self) -> Pruned | None:
        try:
            return pruned_of(self._directory)
        except IntegrityError as error:
            self._doubt = DamageError(1, error.message.rstrip("."))
            return None

    def _task(self, path: Path, after: Path | None) -> Task:
        return Task(path, self._cuts, bool(self._cuts), self._noted, self._signed, after)

    def _join(self, checked: Checked) -> None:
        for call in checked.answered:
            self.open_intents.pop(call, None)
        self.open_intents |= checked.announced
        self.torn_bytes = checked.torn_bytes
        self.set_back += checked.set_back
        self.signed += checked.signed
        self.restored += checked.restored
        if checked.opening is None:
            return
        self.first_ts = self.first_ts or checked.opening.ts
        before = self.end
        for stretch in checked.stretches:
            for subtree in stretch.subtrees:
                self._tree.graft(subtree)
            self.end = replace(stretch.end, insurers={**before.insurers, **stretch.end.insurers})
            if self.end.seq in self._cuts:
                self.points[self.end.seq] = Point(self.end, self._tree.root)


def _end_of(gone: Pruned) -> End:
    return End(gone.records, gone.head, gone.ts, gone.latest, dict(gone.insurers))


@contextmanager
def _checking(tasks: Sequence[Task]) -> Iterator[_Checking]:
    """
    Yield what is to be called for one segment after the other, with the end of those before.
    """
    helpers = min(len(os.sched_getaffinity(0)), len(tasks)) - 1
    if not helpers or sum(task.path.stat().st_size for task in tasks) < _LARGE:
        yield check_segment
        return
    # Not forked: this process may have threads, and a lock that one of them holds would stay locked in the child.
    with ProcessPoolExecutor(helpers, multiprocessing.get_context("spawn")) as pool:
        try:
            yield partial(_joined, _found(pool, tasks))
        finally:
            pool.shutdown(cancel_futures=True)


def _found(pool: ProcessPoolExecutor, tasks: Sequence[Task]) -> Iterator[Checked | None]:
    """
    Yield what each segment holds.  The helpers begin at the log's beginning, this process at its end, until they meet.
    """
    theirs = [pool.submit(_checked_alone, task) for task in tasks]
    ours: dict[int, Checked | None] = {}
    for number in reversed(range(len(tasks))):
        if not theirs[number].cancel():
            break
        ours[number] = _checked_alone(tasks[number])
    for number, future in enumerate(theirs):
        yield ours[number] if number in ours else future.result()


def _checked_alone(task: Task) -> Checked | None:
    """
    Return what a segment holds, None where something in it is not right.
    """
    try:
        return check_segment(task)
    except DamageError:
        return None


def _joined(found: Iterator[Checked | None], task: Task, end: End) -> Checked:
    """
    Return what the next segment holds; where it does not go on from *end*, it is looked at once more, knowing that.
    """
    checked = next(found)
    if checked is None:
        return check_segment(task, end)
    if checked.opening is None:
        return checked
    if _goes_on(checked.opening, end):
        if checked.opening.ts >= end.latest:
            return checked
        if is_early(checked.stretches[-1].end.latest, end.latest):
            return _all_early(checked, checked.opening, end)
    return check_segment(task, end)


def _all_early(checked: Checked, opening: Opening, end: End) -> Checked:
    """
    Return what a segment holds that lies as a whole before a time that was told already: it is set back where it
    begins, unless the one before ends so, and not once more.
    """
    return replace(
        checked,
        stretches=[replace(each, end=replace(each.end, latest=end.latest)) for each in checked.stretches],
        set_back=[] if is_early(end.ts, end.latest) else [SetBack(opening.seq, opening.ts)],
    )


def _goes_on(opening: Opening, end: End) -> bool:
    return (opening.seq, opening.prev) == (end.seq + 1, end.digest) and all(
        (number - 1, prev) == end.insurers.get(insurer, (0, ZEROS))
        for insurer, (number, prev) in opening.insurers.items()
    )
