"""Where the audit log and what bears witness to it contradict each other: checkpoints, anchors, times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from .checkpoint import Checkpoint, in_order
from .findings import DamageError, is_early
from .walking import Point, Walk
from .witnesses import Testimony, Witness


def without_lost(testimony: Testimony, walk: Walk) -> Testimony:
    """
    Return the testimony without the anchored checkpoints of a log's end that was lost when a backup was restored.

    Of them are those that lie between what the backup held and what its record says that anchors knew, and were made
    before that record, unless they are of the log as it is.  What was rewritten later is none of them; and whoever
    rewrites the log under cover of such a record has it stand in the log, and in every verdict.
    """
    return replace(testimony, witnesses=[each for each in testimony.witnesses if not _is_lost(each, walk)])


def _is_lost(witness: Witness, walk: Walk) -> bool:
    said = witness.checkpoint
    return (
        witness.anchored
        and not _is_so(said, walk.points.get(said.size))
        and any(each.seq <= said.size <= (each.anchored or 0) and said.time <= each.ts for each in walk.restored)
    )


def contradictions(testimony: Testimony, walk: Walk, damage: DamageError | None) -> Iterator[DamageError]:
    """
    Yield where the log is not what its witnesses say, before the *damage* in its chain: the first record that none of
    those before vouches for.
    """
    fitting: list[Witness] = []
    for witness in _comparable(testimony, walk):
        size = witness.checkpoint.size
        if damage is not None and size >= damage.seq:
            break
        if size > walk.end.seq:
            yield DamageError(walk.end.seq + 1, f"it is missing; the {witness.name} knows it")
        elif _is_so(witness.checkpoint, walk.points.get(size)):
            fitting.append(witness)
        else:
            # Whoever has rewritten a log has made the checkpoints that nobody vouches for, too.
            before = [each.checkpoint.size for each in fitting if each.is_vouched_for or not witness.is_vouched_for]
            first = max((each for each in before if each < size), default=walk.begins_after) + 1
            yield DamageError(first, f"from it to {size}, some record is not the one the {witness.name} knows")


def gaps(testimony: Testimony, walk: Walk) -> Iterator[DamageError]:
    """
    Yield which checkpoints cannot be believed, contradict each other, or are missing.
    """
    beside = testimony.beside
    doubtful = {each.size for each in testimony.unbelievable}
    for each in testimony.unbelievable:
        sizes = [witness.checkpoint.size for witness in testimony.witnesses if witness.checkpoint.size < each.size]
        yield DamageError(max(sizes, default=0) + 1, f"what should vouch for it cannot be believed: {each.reason}")
    for witness in testimony.anchored:
        if witness.checkpoint.size not in {*beside, *doubtful}:
            yield DamageError(witness.checkpoint.size, f"the {witness.name} is missing beside the log")
    for size in walk.signed:
        if size not in {*beside, *doubtful}:
            yield DamageError(size, "the checkpoint up to it is missing, of which a later record tells")
    for earlier, later in pairwise(testimony.witnesses):
        if not in_order([earlier.checkpoint, later.checkpoint]):
            yield DamageError(later.checkpoint.size, f"the {later.name} contradicts the {earlier.name}")


def _comparable(testimony: Testimony, walk: Walk) -> list[Witness]:
    """
    Return the witnesses that can be compared; what others cover was pruned, and the later ones build on its tree.
    """
    return [each for each in testimony.witnesses if each.checkpoint.size >= walk.begins_after]


def backdated(testimony: Testimony, walk: Walk) -> Iterator[DamageError]:
    """
    Yield the records that are dated before a checkpoint of those before them, if a key or an anchor vouches for it.
    """
    for each in walk.set_back:
        for witness in testimony.witnesses:
            if (
                witness.is_vouched_for
                and witness.checkpoint.size < each.seq
                and is_early(each.ts, witness.checkpoint.time)
            ):
                yield DamageError(each.seq, f"it is dated before the {witness.name} before it: a clock was moved")


def _is_so(said: Checkpoint, point: Point | None) -> bool:
    if point is None:
        return False
    end = point.end
    return (said.root, said.head, said.time, dict(said.insurers)) == (point.root, end.digest, end.ts, end.insurers)
