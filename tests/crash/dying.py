"""Watches the crash points of this process by wrapping the places they name, and dies at one."""

import functools
import inspect
import os
import sys
import threading
from collections import Counter


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


def count(points):
    """Counts from now on how often each of these points is passed."""
    passed = Passed()
    at_work = Counter()
    places = {place.path: place for point in points for place in (point.place, point.during) if place}
    for path, place in places.items():
        here = [point for point in points if point.place.path == path]
        around = {point.during for point in points if point.during and point.during.path == path}
        _wrap(place.function(), here, around, at_work, passed)
    return passed


def _wrap(found, points, around, at_work, passed):
    owner, name, original = found
    signature = inspect.signature(original)
    lock = threading.Lock()

    def note(moment, said):
        for point in points:
            if point.moment == moment and _fits(point.place, said) and (not point.during or at_work[point.during]):
                passed.note(point)

    @functools.wraps(original)
    def watched(*arguments, **named):
        said = _said(signature, arguments, named)
        working = [place for place in around if _fits(place, said)]
        note("before", said)
        with lock:
            at_work.update(working)
        try:
            result = original(*arguments, **named)
        finally:
            with lock:
                at_work.subtract(working)
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
    return all(_value(said, key) == value for key, value in place.given.items())


def _value(said, key):
    name, *attributes = key.split(".")
    return functools.reduce(lambda value, attribute: getattr(value, attribute, None), attributes, said.get(name))
