"""What no backup holds, told in sentences: who restores one has to bring it from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from ..config import Config
from ..insurers import PROFILES_DIRECTORY, Insurer, effective
from ..model.secret import SecretSource


def missing_from(config: Config) -> tuple[str, ...]:
    """
    Return what is not in a backup of the archive of *config*: names and places only, no secret.
    """
    return tuple(_missing(config))


def _missing(config: Config) -> Iterator[str]:
    yield f"The configuration {config.path}, and profiles of yours in {PROFILES_DIRECTORY}."
    for name, insurer in effective(config).items():
        if not isinstance(insurer, Insurer):
            yield f"insurers.{name}: its secrets; the section has problems, so they cannot be told one by one."
            continue
        for key, reference in insurer.auth.references():
            bound = "; systemd binds it to this machine" if reference.source is SecretSource.CREDENTIAL else ""
            yield f"insurers.{name}.auth.{key} ({reference}{bound})."
        if insurer.auth.certificate:
            yield f"insurers.{name}.auth.certificate ({insurer.auth.certificate.file})."
    if config.audit.key is not None:
        yield f"The audit log's key ({config.audit.key}); keep no copy of it: a lost one is replaced."
    if config.backup.recipient:
        yield "The key that opens the backup; it was never on this machine."
    if config.backup.passphrase:
        yield f"The backup's passphrase ({config.backup.passphrase})."
    if config.archive.second_copy:
        yield f"The second copy {config.archive.second_copy}."
    yield "The catalogue: it is made again from files and audit log."
