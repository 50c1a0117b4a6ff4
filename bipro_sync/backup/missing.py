"""What no backup holds, told in sentences: who restores one has to bring it from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..config import Config
from ..insurers import PROFILES_DIRECTORY, Insurer, effective
from ..model.secret import SecretRef, SecretSource


def missing_from(config: Config, secrets: Iterable[tuple[str, SecretRef]]) -> tuple[str, ...]:
    """
    Return what is not in a backup of the archive of *config*, which refers to these *secrets*, each at a place of it:
    names and places only, no secret.
    """
    return tuple(_missing(config, secrets))


def _missing(config: Config, secrets: Iterable[tuple[str, SecretRef]]) -> Iterator[str]:
    yield f"The configuration {config.path}, files that it names, and profiles of yours in {PROFILES_DIRECTORY}."
    yield "The units' drop-ins in /etc/systemd/system: what they load, where they may write, when they run."
    for place, reference in secrets:
        bound = "; systemd binds it to this machine" if reference.source is SecretSource.CREDENTIAL else ""
        yield f"{place} ({reference}{bound})."
    for name, insurer in effective(config).items():
        if not isinstance(insurer, Insurer):
            yield f"[insurers.{name}]: its secrets; the section has problems, so they cannot be told one by one."
        elif insurer.auth.certificate:
            yield f"[insurers.{name}] auth.certificate ({insurer.auth.certificate.file})."
    if config.audit.key is not None:
        yield f"The audit log's key ({config.audit.key}); keep no copy of it: a lost one is replaced."
    if config.backup.recipient:
        yield "The key that opens the backup; it was never on this machine."
    if config.archive.second_copy:
        yield f"The second copy {config.archive.second_copy}."
    yield "What was handed over to other systems, and pages of reports: both can be made again."
    yield "The catalogue: it is made again from files and audit log."
