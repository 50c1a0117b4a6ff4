"""Seals the log: signs it as it is now, tells its anchors, records both; what another user signs is left to them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from ..audit import AuditLog, RecordType
from ..audit.anchoring import (
    Anchoring,
    remember_signing,
    remember_writing,
    signing_memory,
    writing_memory,
)
from ..audit.checkpoints import Checkpoints, Signed
from ..audit.key_file import read_key
from ..audit.note import Signer
from ..audit.note_files import newest_size
from ..audit.unsigned_head import leave_unsigned
from ..config import AuditSection
from ..errors import BiproSyncError, ConfigurationError, StorageError, unexpected
from ..model.ports import Clock
from ..model.verifier import Verifier
from .delivering import deliver


_PATIENCE = timedelta(minutes=10)
"""How long a signer may take before somebody should look at it."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """
    The newest checkpoint, if there is one, whether this process *signs*, and how the log is anchored now.
    """

    newest: Signed | None
    signs: bool
    anchoring: Anchoring

    def as_json(self) -> dict[str, Any]:
        """
        Return the document of `audit checkpoint --json`, without its exit code.
        """
        checkpoint = None
        if self.newest:
            checkpoint = {
                "size": self.newest.checkpoint.size,
                "root": self.newest.checkpoint.root.hex(),
                "time": self.newest.checkpoint.time,
                "key": str(self.newest.signed_by[0]),
            }
        return {"checkpoint": checkpoint, "signs": self.signs, "audit": self.anchoring.as_json()}


@dataclass(frozen=True, slots=True)
class Seal:
    """
    The seal of the log in *directory*.  *log* is None for a signer who may not write to it: whoever writes records the
    checkpoint later then.
    """

    section: AuditSection
    directory: Path
    clock: Clock
    log: AuditLog | None

    def put(self) -> Sealed:
        """
        Sign the log, and bring the checkpoint to its anchors; where the key is another user's, leave the head to them.

        Durable when it returns.  Anchors out of reach are remembered and no error.  Raises
        :class:`~bipro_sync.errors.IntegrityError` where the log contradicts its last checkpoint,
        :class:`~bipro_sync.errors.ConfigurationError` where the key cannot be used,
        :class:`~bipro_sync.errors.StorageError` where the log cannot be read.
        """
        try:
            sealed = self._put()
        except BiproSyncError as error:
            self._remember(error.message)
            raise
        self._remember(None)
        return sealed

    def after_a_run(self) -> Sequence[str]:
        """
        Do the same for a run that is over and must not suffer from it; return what somebody should see to.
        """
        try:
            self.put()
        except BiproSyncError as error:
            return (f"The audit log has no new checkpoint: {error.message}", error.hint)
        except Exception as error:  # noqa: BLE001 - the run was done, whatever is wrong with its seal
            return (f"The audit log has no new checkpoint: {unexpected(error).message}",)
        return Anchoring.of(self.section, self.directory).troubles

    def _put(self) -> Sealed:
        signer = read_key(self.section.key) if self.section.key else None
        if signer is None and self.log is None:
            raise ConfigurationError(
                "This user may neither write the audit log nor read its key, so nothing was signed.",
                hint="The signer's unit runs as the owner of [audit] key; `systemctl start bipro-sync-sign`.",
            )
        if signer is None:
            try:
                newest = self._record(self.section.known_keys)
            finally:
                self._leave()
            return Sealed(newest, False, Anchoring.of(self.section, self.directory))
        if signer.verifier.name != self.section.name:
            raise ConfigurationError(
                f"The key is of the log {signer.verifier.name}, and [audit] name is {self.section.name}; nothing was "
                "signed.",
                hint="A log keeps its name for good; make a key of that name.",
            )
        return self._sign(signer)

    def _sign(self, signer: Signer) -> Sealed:
        known = tuple(dict.fromkeys((*self.section.known_keys, signer.verifier)))
        if self.log is not None:
            self.log.settle()
        newest = Checkpoints(self.directory).add(signer, known)
        if newest is not None:
            deliver(self.section.anchors or (), self.directory, newest, self.clock)
            self._record(known)
        return Sealed(newest, True, Anchoring.of(self.section, self.directory))

    def _leave(self) -> None:
        memory, now = writing_memory(self.directory), self.clock.now()
        waits = memory.awaited > newest_size(self.directory)
        left = leave_unsigned(self.directory, self.section.name)
        awaited, since = memory.awaited, memory.awaited_since
        if not waits:
            awaited, since = left.size if left else 0, now
        late = waits and since is not None and now - since > _PATIENCE
        memory = msgspec.structs.replace(memory, awaited=awaited, awaited_since=since, missed=awaited if late else 0)
        remember_writing(self.directory, memory)

    def _record(self, known: Sequence[Verifier]) -> Signed | None:
        """
        Write the newest checkpoint's record, unless it has one, and return that checkpoint.
        """
        checkpoints = Checkpoints(self.directory)
        newest, memory = checkpoints.last(known), writing_memory(self.directory)
        if self.log is None or newest is None or newest.checkpoint.size <= memory.recorded:
            return newest
        # Not the one before: a process that died may have signed it with the new key, and recorded nothing.
        before = checkpoints.before(memory.recorded + 1 if memory.recorded else newest.checkpoint.size, known)
        last = before.signed_by[0] if before else None
        if last != newest.signed_by[0]:
            self.log.write(RecordType.KEY_CHANGED, detail=f"from {last or 'none'} to {newest.signed_by[0]}")
        size = newest.checkpoint.size
        has = signing_memory(self.directory).anchors
        reached = {each.name: each.name in has and has[each.name].size == size for each in self.section.anchors or ()}
        self.log.write(
            RecordType.CHECKPOINT,
            count=size,
            outcome="anchored" if any(reached.values()) else "signed",
            detail=_told(newest, reached),
        )
        remember_writing(self.directory, msgspec.structs.replace(memory, recorded=size))
        return newest

    def _remember(self, error: str | None) -> None:
        # What went wrong is said anyway; the memory of it is for `status`.
        with suppress(StorageError):
            if self.log is None:
                memory = signing_memory(self.directory)
                remember_signing(self.directory, msgspec.structs.replace(memory, error=error))
            else:
                written = writing_memory(self.directory)
                remember_writing(self.directory, msgspec.structs.replace(written, error=error))


def _told(newest: Signed, reached: Mapping[str, bool]) -> str:
    """
    Return what the record says of a checkpoint: its root, its key's id, and which anchors have it.
    """
    anchors = ", ".join(f"{name} {'reached' if yes else 'not reached'}" for name, yes in reached.items()) or "none"
    root = base64.b64encode(newest.checkpoint.root).decode("ascii")
    return f"root {root}; key {newest.signed_by[0].key_id.hex()}; anchors: {anchors}"
