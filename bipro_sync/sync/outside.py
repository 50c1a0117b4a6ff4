"""Records of what was done outside of the archive: a secret stored, a certificate put in its place."""

from __future__ import annotations

from collections.abc import Iterable

from ..archive import Layout
from ..audit import Identity, RecordType
from ..config import Config
from ..model.ports import Clock
from ..model.rights import Verb
from .acting import acting


def record_outside(
    config: Config,
    clock: Clock,
    verb: Verb,
    insurers: Iterable[str | None],
    detail: str,
    *,
    certificate: str | None = None,
    identity: Identity | None = None,
) -> bool:
    """
    Record for each of *insurers* that *verb* gave it another secret or certificate; *detail* says which.

    False where there is no archive yet that could take it.
    The last thing that a command does: where root runs it, it goes on as the archive's owner.
    """
    if not Layout(config.archive.root).is_begun:
        return False
    with acting(config, clock, verb, identity=identity) as log:
        for insurer in insurers:
            log.write(
                RecordType.CREDENTIAL_CHANGED,
                operation=verb,
                insurer=insurer,
                certificate=certificate,
                detail=detail,
            )
    return True
