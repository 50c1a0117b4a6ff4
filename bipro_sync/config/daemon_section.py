"""`[daemon]`: what the program that pulls by itself needs beside the insurers' schedules."""

from __future__ import annotations

from .checks import span
from .section import Section
from .values import SomeSpan, Span


class DaemonSection(Section):
    """
    By how much a run may begin after its due time, at random, and for how long it may last before it is ended.
    """

    jitter: Span = span("15 minutes")
    longest_run: SomeSpan = span("6 hours")
