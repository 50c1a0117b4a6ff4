"""Whether this machine's clock may be believed about the date, where what is gone cannot be brought back."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from ..audit import RecordType, latest
from ..errors import UsageError
from ..model.ports import Outcome
from ..model.zone import BERLIN
from .workplace import Site


BELIEVED = timedelta(days=31)
"""For how long an insurer's answer vouches for the clock: none accepts a login that is dated wrongly."""


def demand_true_date(site: Site, today: date | None) -> None:
    """
    Raise :class:`~bipro_sync.errors.UsageError` where nothing vouches for the clock's date in Berlin: neither an
    insurer's recent answer in the log, nor somebody who says that it is *today*.
    """
    now = site.clock.now()
    says = now.astimezone(BERLIN).date()
    if today is not None:
        if today != says:
            raise UsageError(
                f"This machine's clock says {says}, and you say {today}; nothing was removed.",
                hint="Put the clock right; terms are counted by it.",
            )
        return
    answered = latest(
        site.layout.audit, lambda record: record.type is RecordType.CALL_OUTCOME and record.outcome == Outcome.OK
    )
    if answered is None or abs(now - datetime.fromisoformat(answered.ts)) > BELIEVED:
        last = f"the last one did on {answered.ts[:10]}" if answered else "none ever did"
        raise UsageError(
            f"Nothing vouches for this machine's clock, which says {says}: no insurer has answered a call for "
            f"{BELIEVED.days} days by it ({last}); nothing was removed.",
            hint="`bipro-sync pull` first, or say which day it is with --today YYYY-MM-DD.",
        )
