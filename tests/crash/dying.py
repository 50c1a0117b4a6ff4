"""Watches the crash points of this process by wrapping the places they name, and dies at one."""

import functools
import inspect
import os
import sys
import threading
from collections import Counter
from collections.abc import Mapping


DIED = 97
"""The exit code of a process that died at a crash point."""


def die_at(point, number):
    """Ends this process without another word at the *number*th pass of a point."""
    passed = count([point])

    def die(_):
        if passed[point.name] == number:
            os._exit(DIED)

    passed.told = die


class Passed(Counter):
    """How often each point was passed; *told* is told of each pass, by whichever thread."""

    def __init__(self):
        super().__init__()
        self.told = None
        self._lock = threading.Lock()

    def note(self, point):
        with self._lock:
            self[point.name] += 1
            if self.told:
                self.told(point)


class _AtWork(threading.local):
    """Which of the watched functions each thread is in the middle of."""

    def __init__(self):
        self.places = Counter()


def count(points):
    """Counts from now on how often each of these points is passed."""
    passed = Passed()
    at_work = _AtWork()
    places = {place.path: place for point in points for place in (point.place, point.during) if place}
    for path, place in places.items():
        here = [point for point in points if point.place.path == path]
        around = {point.during for point in points if point.during and point.during.path == path}
        _wrap(place.function(), here, around, at_work, passed)
    return passed


def _wrap(found, points, around, at_work, passed):
    owner, name, original = found
    signature = inspect.signature(original)

    def note(moment, said):
        for point in points:
            if (
                point.moment == moment
                and _fits(point.place, said)
                and (not point.during or at_work.places[point.during])
            ):
                passed.note(point)

    @functools.wraps(original)
    def watched(*arguments, **named):
        said = _said(signature, arguments, named)
        working = [place for place in around if _fits(place, said)]
        note("before", said)
        at_work.places.update(working)
        try:
            result = original(*arguments, **named)
        finally:
            at_work.places.subtract(working)
        note("after", said)
        return result

    setattr(owner, name, watched)
    for module in [each for each in sys.modules.values() if each.__name__.startswith("bipro_sync.")]:
        for known in [key for key, value in vars(module).items() if value is original]:
            setattr(module, known, watched)


def _said(signature, arguments, named):
    """The arguments of a call by their names, also those that the function takes by any name."""
    said = dict(signature.bind(*arguments, **named).arguments)
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            said |= said.pop(name, {})
    return said


def _fits(place, said):
    return all(value in _values(said, key) for key, value in place.given.items())


def _values(said, key):
    """What a key like `drafts.type` stands for: of a sequence, what it stands for in each element."""
    found = [said]
    for name in key.split("."):
        found = [_part(each, name) for each in found]
        found = [part for each in found for part in (each if isinstance(each, list | tuple) else [each])]
    return found


def _part(whole, name):
    return whole.get(name) if isinstance(whole, Mapping) else getattr(whole, name, None)
