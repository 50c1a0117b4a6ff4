"""The power is cut after each change that a run makes to its disk; `disk.py` says what may be left then.

Everyday, a few states of each moment are looked at, and a few killed runs; with BIPRO_SYNC_CAMPAIGN=full many states,
and runs killed after each change.
"""

import hashlib
import itertools
import random
import tempfile
from pathlib import Path

import pytest

from bipro_sync.model.ports import LoginVerdict

from .disk import Disk, each_way, killed_after, restore
from .history import History, goes_on, kept


ACCEPTED, REFUSED = LoginVerdict.ACCEPTED, LoginVerdict.REFUSED


@pytest.fixture(autouse=True)
def quick_fingerprints(monkeypatch):
    """A credential's digest is slow on purpose, and here made thousands of times."""
    monkeypatch.setattr(hashlib, "scrypt", lambda text, *, salt, **_: hashlib.sha256(salt + text).digest())


def written(root, verdict, *, dies_after=None):
    """The disk and the history of a run, or of one that was killed and another that went on; and where that began."""
    disk = Disk(root)
    history = History(root, lambda: len(disk.moments) - 1)
    with disk:
        if dies_after is not None:
            with killed_after(disk, dies_after):
                history.run(verdict=verdict)
            disk.revive()
        began = len(disk.moments) - 1
        history.run(verdict=verdict)
    return disk, history, began


def states(moment, number, *, by_chance, in_turn):
    """States that survive at one moment: nothing that was not made durable, all of it, some by chance, some in turn."""
    yield moment.survivors(lambda options: options[0])
    yield moment.survivors(lambda options: options[-1])
    chance = random.Random(number)
    for _ in range(by_chance):
        yield moment.survivors(chance.choice)
    yield from itertools.islice(each_way(moment.survivors), in_turn)


def survived(disk, history, moments, memory, *, by_chance=5, in_turn=0):
    """Cuts the power at these moments, checks each state that is left once; how many those were, and what ends with."""
    seen, ends = set(), set()
    for number in moments:
        promises = history.promises_at(number)
        for survivors in states(disk.moments[number], number, by_chance=by_chance, in_turn=in_turn):
            state = (tuple(sorted(survivors.items())), len(promises.records), promises.strikes, len(promises.stored))
            if state in seen:
                continue
            seen.add(state)
            with tempfile.TemporaryDirectory(dir=memory) as left:
                restore(survivors, Path(left))
                kept(left, promises)
                ends.add(goes_on(left, promises))
    return len(seen), ends


@pytest.mark.parametrize("verdict", [ACCEPTED, REFUSED])
def test_whenever_the_power_is_cut_what_was_promised_is_there_and_nothing_half_is_taken_for_whole(
    root, memory, full, verdict
):
    disk, history, _ = written(root, verdict)
    looked_at, ends = survived(
        disk, history, range(len(disk.moments)), memory, by_chance=100 if full else 5, in_turn=200 if full else 0
    )
    assert looked_at > len(disk.moments) // 2
    assert ends == {frozenset("AB")}
    assert set(history.promises_at(len(disk.moments)).stored) == (set("AB") if verdict is ACCEPTED else set())


def test_what_a_run_promises_that_goes_on_after_a_killed_one_is_kept_too(root, memory, full):
    """Where a run has made a name and died before it made it durable, the next one finds it and must not believe it."""
    with tempfile.TemporaryDirectory(dir=memory) as whole:
        done = written(Path(whole), ACCEPTED)[0].done
    names_made = [number for number, name in enumerate(done, start=1) if name in {"mkdir", "rename"}]
    assert len(names_made) > 15
    adopted = 0
    for dies_after in range(len(done)) if full else names_made:
        place = root / str(dies_after)
        place.mkdir()
        disk, history, began = written(place, ACCEPTED, dies_after=dies_after)
        assert began == dies_after, "the run was killed"
        adopted += bool(history.adopted)
        promised = sorted({moment for moment, _ in history.promised if moment >= began})
        moments = range(began, len(disk.moments), 3) if full else promised[::3] + promised[-1:]
        _, ends = survived(disk, history, moments, memory, by_chance=5 if full else 0)
        assert ends == {frozenset("AB")}
    assert adopted, "some run found what a killed one had published"
