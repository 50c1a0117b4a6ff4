"""Whether systemd has the credentials that are referred to, and the running daemon has them as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ..errors import StorageError
from ..insurers import Insurer
from ..model.secret import SecretSource
from ..secrets import credentials_are_here
from ..systemd.credential_store import CredentialStore, stored_at
from ..systemd.units import DAEMON, pull_unit
from .check import Check, Verdict


def credential_checks(
    insurer: Insurer, daemon_since: datetime | None, store: CredentialStore | None = None
) -> Iterator[Check]:
    """
    Yield where the insurer's systemd credentials lie, which of them lie nowhere, and which are newer than the daemon
    that is at work since *daemon_since*; nothing inside a unit.
    """
    if credentials_are_here():
        return
    store = store or CredentialStore()
    units = (pull_unit(insurer.name), DAEMON)
    for _, reference in insurer.auth.references():
        if reference.source is SecretSource.CREDENTIAL:
            yield _found(insurer.name, reference.argument[0], units, daemon_since, store)


def _found(
    insurer: str, name: str, units: Iterable[str], daemon_since: datetime | None, store: CredentialStore
) -> Check:
    try:
        place = store.place_of(name)
        loaded = place is not None or any(store.others(name, units))
        newer = place is not None and daemon_since is not None and stored_at(place) > daemon_since
    except StorageError:
        sentence = f"Whether the credential {name} is stored, only root may see; only its units can read it."
        return Check("secrets", insurer, Verdict.WARN, sentence, "`sudo bipro-sync doctor` looks into the store.")
    if not loaded:
        sentence = f"The credential {name} lies neither in {store.encrypted} nor in {store.plain}."
        remedy = f"`bipro-sync credentials set {name}` stores it, as root."
        return Check("secrets", insurer, Verdict.WARN, sentence, remedy)
    if newer:
        sentence = f"The credential {name} is newer than the running daemon, which goes on with the old one."
        remedy = f"`systemctl restart {DAEMON}`: credentials do not change while a unit runs."
        return Check("secrets", insurer, Verdict.WARN, sentence, remedy)
    where = f"is stored in {place}" if place else "comes from another drop-in's place"
    return Check("secrets", insurer, Verdict.OK, f"The credential {name} {where}; only its units can read it.")
