"""From the audit log's records of sessions to what is known of whole insurers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from ..audit import Record, RecordType
from ..catalog import RUNNING, InsurerSummary
from .results import RunOutcome


_WELL = frozenset({RunOutcome.OK, RunOutcome.PARTIAL})


class Sessions:
    """
    What the runs' beginnings and ends tell of each insurer, beside what is *known* already.

    Whether a run was a dry one the log does not say: one that ended well counts as a success.
    """

    def __init__(self, known: Iterable[InsurerSummary] = ()) -> None:
        self._known = {summary.insurer: summary for summary in known}

    def follow(self, record: Record) -> None:
        """
        Take note of a record that begins or ends a run; of others nothing.
        """
        if record.insurer is None or record.type not in {RecordType.SESSION_START, RecordType.SESSION_END}:
            return
        before = self._known.get(record.insurer, InsurerSummary(record.insurer))
        at = datetime.fromisoformat(record.ts)
        if record.type is RecordType.SESSION_START:
            after = replace(before, last_attempt_at=at, last_outcome=RUNNING, last_error=None)
        else:
            went_well = record.outcome in _WELL
            heard = record.outcome == RunOutcome.OK or (went_well and bool(record.count))
            after = replace(
                before,
                last_attempt_at=at,
                last_success_at=at if heard else before.last_success_at,
                last_outcome=record.outcome,
                last_error=None if went_well else record.detail,
            )
        self._known[record.insurer] = after

    def summaries(self) -> Collection[InsurerSummary]:
        """
        Return what is known of each insurer.
        """
        return self._known.values()
