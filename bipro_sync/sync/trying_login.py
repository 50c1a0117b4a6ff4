"""One login at an insurer, to see whether it works: recorded, guarded and counted as a pull's, nothing more."""

from __future__ import annotations

from ..audit import RecordType
from ..errors import BiproSyncError
from ..insurers import Insurer
from .access import demand_owner, demand_service, way_to
from .holding import held
from .workplace import Workplace


def try_login(place: Workplace, insurer: Insurer) -> None:
    """
    Log in and end the session.

    Raises the error of :mod:`bipro_sync.errors` that a pull would end with: suspended, somebody else's certificate,
    the breaker, another run at work, a credential that is missing, a refusal.
    """
    with held(place.layout, insurer.account, insurer=insurer.name):
        demand_service(place, insurer)
        place.audit.write(RecordType.SESSION_START, insurer=insurer.name, account=insurer.account)
        outcome, detail = "unexpected", None
        try:
            demand_owner(place, insurer)
            provider = way_to(place, insurer, repeats=False)
            try:
                provider.login()
            finally:
                provider.close()
            outcome = "ok"
        except BiproSyncError as error:
            outcome, detail = error.code, error.message
            raise
        finally:
            place.audit.write(
                RecordType.SESSION_END, insurer=insurer.name, account=insurer.account, outcome=outcome, detail=detail
            )
