"""Whether systemd has the credentials that are referred to, and the running daemon has them as they are now."""

from __future__ import annotations

from collections.abc import Iterator
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
    Yield which of the insurer's systemd credentials lie nowhere, and which are newer than the daemon that is at work
    since *daemon_since*; nothing inside a unit, or where the *store* may not be looked at.
    """
    if credentials_are_here():
        return
    store = store or CredentialStore()
    units = (pull_unit(insurer.name), DAEMON)
    for _, reference in insurer.auth.references():
        if reference.source is not SecretSource.CREDENTIAL:
            continue
        name = reference.argument[0]
        try:
            place = store.place_of(name)
            loaded = place is not None or any(store.others(name, units))
            newer = place is not None and daemon_since is not None and stored_at(place) > daemon_since
        except StorageError:
            return
        if not loaded:
            sentence = f"The credential {name} lies neither in {store.encrypted} nor in {store.plain}."
            remedy = f"`bipro-sync credentials set {name}` stores it, as root."
            yield Check("secrets", insurer.name, Verdict.WARN, sentence, remedy)
        elif newer:
            sentence = f"The credential {name} is newer than the running daemon, which goes on with the old one."
            remedy = f"`systemctl restart {DAEMON}`: credentials do not change while a unit runs."
            yield Check("secrets", insurer.name, Verdict.WARN, sentence, remedy)
