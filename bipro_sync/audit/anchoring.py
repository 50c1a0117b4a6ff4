"""How the log is anchored, as far as this machine remembers: for headlines, never as a proof.

What whoever signs remembers lies beside the checkpoints, what whoever writes the log remembers beside the log; they may
be two users.  Either file may be lost or garbage: then it is as if nothing had been remembered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from ..config import AuditSection
from ..durable import exists, read_whole, replace
from .note_files import newest_size
from .record import UNREADABLE
from .unsigned_head import unsigned_size


class AnchorMemory(msgspec.Struct, frozen=True, kw_only=True):
    """
    The newest checkpoint that reached an anchor, of *size* records, and when; *error* is why the last try failed.

    *complete* says whether no older checkpoint is missing there.
    """

    size: int = 0
    at: datetime | None = None
    tried_at: datetime | None = None
    error: str | None = None
    complete: bool = False


class SigningMemory(msgspec.Struct, frozen=True, kw_only=True):
    """
    What whoever signs remembers: each anchor by its name, and what kept the last checkpoint from being signed.
    """

    anchors: dict[str, AnchorMemory] = {}
    error: str | None = None


class WritingMemory(msgspec.Struct, frozen=True, kw_only=True):
    """
    What whoever writes the log remembers: the size of the last checkpoint that has its record, and what went wrong
    since.

    *awaited* is the size of the first head that waits for its signer since *awaited_since*, *missed* the same where it
    waits for too long; 0 where none does.
    """

    recorded: int = 0
    awaited: int = 0
    awaited_since: datetime | None = None
    missed: int = 0
    error: str | None = None


_Memory = TypeVar("_Memory", SigningMemory, WritingMemory)
_SIGNING = msgspec.json.Decoder(SigningMemory)
_WRITING = msgspec.json.Decoder(WritingMemory)


def signing_memory(directory: Path) -> SigningMemory:
    """
    Return what whoever signs the log in *directory* remembers.
    """
    return _remembered(_signing_path(directory), _SIGNING) or SigningMemory()


def writing_memory(directory: Path) -> WritingMemory:
    """
    Return what whoever writes the log in *directory* remembers.
    """
    return _remembered(_writing_path(directory), _WRITING) or WritingMemory()


def remember_signing(directory: Path, memory: SigningMemory) -> None:
    """
    Remember it where everybody who may read the checkpoints may read it; nothing is written where nothing is new.
    """
    if memory != signing_memory(directory) and exists(_signing_path(directory).parent):
        replace(_signing_path(directory), msgspec.json.encode(memory), 0o644)


def remember_writing(directory: Path, memory: WritingMemory) -> None:
    """
    Remember it; nothing is written where nothing is new.
    """
    if memory != writing_memory(directory):
        replace(_writing_path(directory), msgspec.json.encode(memory))


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchoring:
    """
    How a log is anchored: the anchors' *names* (None: undecided, empty: none, in so many words), what each is known to
    have, the *signed* records, and those *waiting* to be signed by another user, of whom *missed* wait for too long.
    """

    names: tuple[str, ...] | None
    is_signed: bool
    signed: int
    waiting: int
    missed: int
    anchors: Mapping[str, AnchorMemory]
    errors: tuple[str, ...]

    @classmethod
    def of(cls, section: AuditSection, directory: Path) -> Anchoring:
        """
        Return how the log in *directory* is anchored, by the configuration's *section* and what is remembered.

        It reads some small files, and no checkpoint.
        """
        signing, writing = signing_memory(directory), writing_memory(directory)
        names = None if section.anchors is None else tuple(anchor.name for anchor in section.anchors)
        signed = newest_size(directory) if section.is_signed else 0
        return cls(
            names=names,
            is_signed=section.is_signed,
            signed=signed,
            waiting=max(unsigned_size(directory) - signed, 0) if section.is_signed else 0,
            missed=max(writing.missed - signed, 0),
            anchors={name: signing.anchors.get(name, AnchorMemory()) for name in names or ()},
            errors=tuple(each for each in (writing.error, signing.error) if each) if section.is_signed else (),
        )

    @property
    def size(self) -> int:
        """
        The number of records that the newest anchored checkpoint commits to; 0 where nothing is anchored.
        """
        return max((memory.size for memory in self.anchors.values()), default=0)

    @property
    def headline(self) -> str:
        """
        The state in one sentence without its full stop.
        """
        if self.size:
            name, newest = max(self.anchors.items(), key=lambda each: each[1].size)
            when = f", {newest.at:%Y-%m-%d %H:%M} UTC" if newest.at else ""
            return f"anchored up to record {self.size} ({name}{when})"
        return f"not anchored: {self._reason}"

    @property
    def _reason(self) -> str:
        unsigned = "" if self.is_signed else ", and nobody signs the log"
        if self.names is None:
            return f"[audit] anchors is not decided{unsigned}"
        if not self.names:
            return f'anchors = "none"{unsigned}'
        if not self.is_signed:
            return "nobody signs the log"
        return "no anchor was reached yet" if self.signed else "no checkpoint was signed yet"

    @property
    def troubles(self) -> tuple[str, ...]:
        """
        What somebody should see to, a sentence each.
        """
        return tuple(self._troubles())

    def _troubles(self) -> Iterator[str]:
        yield from self.errors
        if self.missed:
            yield f"{self.missed} record(s) that an earlier run left to be signed are not signed; does the signer run?"
        for name, memory in self.anchors.items():
            if memory.error:
                behind = f"; it has the checkpoint of {memory.size} records" if memory.size else ""
                yield f"The anchor {name} was not reached: {memory.error}{behind}."

    def as_json(self) -> dict[str, object]:
        """
        Return the `audit` object of `status --json`.
        """
        return {
            "headline": self.headline,
            "anchored": self.size,
            "signed": self.signed,
            "waiting": self.waiting,
            "anchors": {
                name: {"size": each.size, "at": each.at.isoformat() if each.at else None, "error": each.error}
                for name, each in self.anchors.items()
            },
            "troubles": list(self.troubles),
        }


def _signing_path(directory: Path) -> Path:
    return directory / "checkpoints" / "anchors.json"


def _writing_path(directory: Path) -> Path:
    return directory / "sealing.json"


def _remembered(path: Path, decoder: msgspec.json.Decoder[_Memory]) -> _Memory | None:
    try:
        return decoder.decode(read_whole(path)) if exists(path) else None
    except UNREADABLE:
        return None
