"""Where a bug arose, for `-v`; it never shows an exception's own text, which may hold a customer's data or a secret."""

from __future__ import annotations

import traceback


def trace_of(error: BaseException) -> list[str]:
    """
    Return the lines that show where *error* arose and what it arose from, the first cause first.

    Of each exception only its class is named.
    """
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines = [*trace_of(before), "which led to:"] if before else []
    frames = "".join(traceback.format_tb(error.__traceback__)).splitlines()
    return [*lines, "Traceback (most recent call last):", *frames, type(error).__name__]
