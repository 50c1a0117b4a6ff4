"""How a run ended that could not note it in the catalogue: the audit log tells, or the lock that nobody holds."""

from __future__ import annotations

from dataclasses import replace

from ..archive import Layout
from ..audit import Record, RecordType, latest
from ..catalog import RUNNING, InsurerSummary
from .holding import is_held
from .told_sessions import Sessions


DIED = "died"
"""The outcome of a run that ended without a word."""

_WITHOUT_A_WORD = (
    "the last run ended without a word: it was killed, the machine stopped, or not even the audit log could be written;"
    " the next pull puts right what it left."
)

_SESSIONS = frozenset({RecordType.SESSION_START, RecordType.SESSION_END})


def as_it_ended(layout: Layout, summary: InsurerSummary) -> InsurerSummary:
    """
    Return what is known of an insurer whose last run is under way by the catalogue, corrected where it is not.

    A run that a failing disk ended notes its end in the audit log only, and a run that died nowhere.  Raises
    :class:`~bipro_sync.errors.IntegrityError` where the log cannot be read, :class:`~bipro_sync.errors.StorageError`
    where the disk does not answer.
    """
    if summary.last_outcome != RUNNING:
        return summary
    told = _told(layout, summary.insurer)
    if told is None or told.type is RecordType.SESSION_START:
        if is_held(layout, (told and told.account) or summary.insurer):
            return summary
        # What ended between the two looks has had its word meanwhile, and another may have begun.
        again = _told(layout, summary.insurer)
        return as_it_ended(layout, summary) if again != told else _died(summary)
    sessions = Sessions([summary])
    sessions.follow(told)
    [ended] = sessions.summaries()
    return ended


def _told(layout: Layout, insurer: str) -> Record | None:
    return latest(layout.audit, lambda record: record.insurer == insurer and record.type in _SESSIONS)


def _died(summary: InsurerSummary) -> InsurerSummary:
    return replace(summary, last_outcome=DIED, last_error=_WITHOUT_A_WORD)
