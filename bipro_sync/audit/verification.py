"""Checks the audit log from its bytes, and what bears witness to it; no log is called simply intact.

No code that writes the log is used; only the arithmetic of the tree and the form of a checkpoint are shared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from ..durable import is_directory, storage_error
from ..model.verifier import Verifier
from .contradictions import backdated, contradictions, gaps, without_lost
from .findings import ZEROS, DamageError, OpenIntent, Restored, SetBack
from .pruned import is_vouched
from .record import UNREADABLE
from .walking import Walk
from .witnesses import Witness, gather


@dataclass(frozen=True, slots=True)
class Anchored:
    """
    The last checkpoint that lies outside, too: how many records it knows, of what time, and where it lies.
    """

    size: int
    time: str
    path: str


@dataclass(frozen=True, slots=True)
class Verification:
    """
    What the check of a log found, up to the first damage.

    *insurers* holds each insurer's last number.  *bad_seq* is the first record that is not what it was, or not
    where it was, and *reason* says why; both are None where no damage shows.  *torn_bytes* behind the last record, of a
    line without its end or with lost bytes, are the trace of a crash or of a writer at work, not damage.

    *checkpoints* counts those beside the log, *signed* is the size of the last one that a known key (*keys*) vouches
    for.  *unanchored* counts the records behind the last *anchored* checkpoint; both are None without one.
    *uncompared* is the size of the newest anchored checkpoint where all are of records that are gone: nothing can be
    held against them.  *set_back* says where the clock was moved, *restored* where a backup was restored, and what that
    has cost.
    """

    records: int
    segments: int
    first_ts: str | None
    last_seq: int
    last_ts: str | None
    insurers: dict[str, int]
    open_intents: tuple[OpenIntent, ...]
    torn_bytes: int
    checkpoints: int
    signed: int | None
    keys: tuple[str, ...]
    anchored: Anchored | None
    unanchored: int | None
    uncompared: int | None
    set_back: tuple[SetBack, ...]
    restored: tuple[Restored, ...]
    bad_seq: int | None
    reason: str | None

    @property
    def damaged(self) -> bool:
        """
        Whether damage was found; that none was found says only what :attr:`headline` says.
        """
        return self.bad_seq is not None

    def of(self, insurer: str) -> Verification:
        """
        Return the same without what concerns other insurers.
        """
        return replace(
            self,
            insurers={name: number for name, number in self.insurers.items() if name == insurer},
            open_intents=tuple(each for each in self.open_intents if each.insurer == insurer),
        )

    def with_damage(self, damage: DamageError) -> Verification:
        """
        Return the same with a damage that was found elsewhere, unless one of an earlier record is known.
        """
        if self.bad_seq is not None and self.bad_seq <= damage.seq:
            return self
        return replace(self, bad_seq=damage.seq, reason=damage.reason)

    @property
    def headline(self) -> str:
        """
        The verdict in one sentence, with what it does not cover.
        """
        if self.damaged:
            return f"damaged at record {self.bad_seq}: {self.reason}"
        return "; ".join((self._verdict, *(str(each) for each in self.restored)))

    @property
    def _verdict(self) -> str:
        if self.anchored is not None:
            return (
                f"chain intact, complete up to the last anchored checkpoint (record {self.anchored.size}, "
                f"{self.anchored.time}), unanchored tail of {self.unanchored} records"
            )
        if self.signed is not None:
            return (
                f"chain intact, signed up to record {self.signed}, not anchored: a cut tail or old copy would not show"
            )
        return "chain intact, not anchored: a cut tail or a rewritten log would not show"

    @property
    def remarks(self) -> tuple[str, ...]:
        """
        What the verdict does not rest on, in sentences.
        """
        remarks = []
        if self.checkpoints and not self.keys:
            remarks.append("No key was known: whoever can write here may have made the checkpoints, too.")
        if not self.checkpoints:
            remarks.append("No checkpoint lies beside the log.")
        if self.uncompared is not None:
            remarks.append(
                f"The anchored checkpoint of {self.uncompared} records is of records that are gone for their age: "
                "nothing could be held against it."
            )
        remarks += [
            f"The clock was set back before record {each.seq}: from there on, times prove no order."
            for each in self.set_back
        ]
        return tuple(remarks)


def verify(directory: Path, *, known: Collection[Verifier] = (), anchors: Collection[Path] = ()) -> Verification:
    """
    Read the whole log and check every line: its form, its number, its two chains, its time, its segment's number; then
    hold it against its checkpoints and those in *anchors* (see :func:`~bipro_sync.audit.witnesses.gather`).

    A checkpoint is believed where a key *known* has signed it, or where it lies if none is.  What an anchor knows and
    the log lacks or contradicts is damage.  The note that a finished run left of the log's end is believed where it
    says more than the log.  Raises :class:`~bipro_sync.errors.StorageError` where a file cannot be read.
    """
    if not is_directory(directory):
        raise storage_error("read", directory, FileNotFoundError(2, "there is no such directory"))
    testimony = gather(directory, known, anchors)
    signed = max((each.checkpoint.size for each in testimony.witnesses if each.signed_by), default=None)
    walk = Walk(directory, {each.checkpoint.size for each in testimony.witnesses}, _noted_end(directory), signed or 0)
    broken = None
    try:
        walk.run()
        if not is_vouched(directory):
            raise DamageError(walk.begins_after + 1, "what was before it is gone, and no record here tells of a prune")
    except DamageError as error:
        broken = error
    testimony = without_lost(testimony, walk)
    damage = [*([broken] if broken else []), *contradictions(testimony, walk, broken), *gaps(testimony, walk)]
    # Only where nothing is wrong with the records themselves: no moved clock may hide that.
    damage = damage or list(backdated(testimony, walk))
    first = min(damage, key=lambda error: error.seq, default=None)
    # The log no longer shows what an older one knows; to call it complete up to there would rest on nothing.
    anchored = [each for each in testimony.anchored if each.checkpoint.size >= walk.begins_after][-1:]
    return Verification(
        records=walk.end.seq,
        segments=walk.segments,
        first_ts=walk.first_ts,
        last_seq=walk.end.seq,
        last_ts=walk.end.ts or None,
        insurers={insurer: number for insurer, (number, _) in sorted(walk.end.insurers.items())},
        open_intents=tuple(walk.open_intents.values()),
        torn_bytes=walk.torn_bytes,
        checkpoints=len(testimony.beside),
        signed=signed,
        keys=tuple(sorted({_named(key) for each in testimony.witnesses for key in each.signed_by})),
        anchored=next((_anchored(each) for each in anchored), None),
        unanchored=next((walk.end.seq - each.checkpoint.size for each in anchored), None),
        uncompared=None if anchored else next((each.checkpoint.size for each in testimony.anchored[::-1]), None),
        set_back=tuple(walk.set_back),
        restored=tuple(walk.restored),
        bad_seq=first.seq if first else None,
        reason=first.reason if first else None,
    )


def _anchored(witness: Witness) -> Anchored:
    return Anchored(witness.checkpoint.size, witness.checkpoint.time, str(witness.path))


def _named(key: Verifier) -> str:
    return f"{key.name}+{key.key_id.hex()}"


class _End(msgspec.Struct):
    seq: int
    prev: str


_ENDS = msgspec.json.Decoder(_End)


def _noted_end(directory: Path) -> tuple[int, str]:
    """
    Return number and hash of the last record of a finished run; 0 where there is no readable note.
    """
    path = directory / ".head"
    try:
        text, _, digest = path.read_bytes().partition(b"\n")
        if hashlib.sha256(text).hexdigest().encode() == digest:
            end = _ENDS.decode(text)
            return end.seq, end.prev
    except (FileNotFoundError, *UNREADABLE):
        pass
    except OSError as error:
        raise storage_error("read", path, error) from error
    return 0, ZEROS
