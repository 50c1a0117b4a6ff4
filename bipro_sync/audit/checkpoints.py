"""The signed checkpoints beside the log, one file each and never rewritten; and what spares the next one work."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ..durable import exists, make_directory, read_whole, remove_drafts, replace
from ..errors import Family, IntegrityError
from ..model.verifier import Verifier
from .checkpoint import Checkpoint
from .drawing_up import DrawnUp, draw_up
from .note import Signer, opened
from .note_files import NOTE, note_name, note_names, size_in
from .stillness import standing_still


_TREE = ".tree"
_REPLACED = rf"{re.escape(_TREE)}|{NOTE.pattern}"
"""The names of the files that are written anew as a whole."""


@dataclass(frozen=True, slots=True)
class Signed:
    """
    A *checkpoint*, the *note* that says it, and the keys known that have signed it.
    """

    checkpoint: Checkpoint
    note: bytes
    signed_by: tuple[Verifier, ...]


class Checkpoints:
    """
    The checkpoints of the log in *directory*, which may be another user's: adding to them writes below
    `checkpoints/` alone.
    """

    def __init__(self, directory: Path) -> None:
        self._log = directory
        self.directory = directory / "checkpoints"
        self._kept = self.directory / _TREE

    def paths(self) -> list[Path]:
        """
        Return the notes' files, oldest first.
        """
        return [self.directory / name for name in note_names(self.directory)]

    def last(self, known: Collection[Verifier]) -> Signed | None:
        """
        Return the newest checkpoint, None where there is none yet.

        Raises :class:`~bipro_sync.errors.IntegrityError` where none of the keys *known* has signed it.
        """
        names = note_names(self.directory)
        return read_signed(self.directory / names[-1], known) if names else None

    def before(self, size: int, known: Collection[Verifier]) -> Signed | None:
        """
        Return the newest checkpoint of less than *size* records, None where there is none.  Raises as :meth:`last`.
        """
        earlier = [name for name in note_names(self.directory) if size_in(name) < size]
        return read_signed(self.directory / earlier[-1], known) if earlier else None

    def add(self, signer: Signer, known: Collection[Verifier]) -> Signed | None:
        """
        Sign the log as it is now; None where it has no records.  What has been signed already is not signed again.

        The log's name is the key's.  *known* are the keys that may have signed the checkpoint before, this one among
        them.  Durable when it returns.  Raises :class:`~bipro_sync.errors.IntegrityError` where the log contradicts
        that checkpoint: nothing is signed then.
        """
        with standing_still(self._log):
            last = self.last(known)
            kept = read_whole(self._kept) if exists(self._kept) else b""
            drawn_up = draw_up(self._log, signer.verifier.name, last.checkpoint if last else None, kept)
            if drawn_up is None or (last is not None and drawn_up.checkpoint == last.checkpoint):
                return last
            return self._sign(drawn_up, signer)

    def _sign(self, drawn_up: DrawnUp, signer: Signer) -> Signed:
        checkpoint = drawn_up.checkpoint
        note = signer.sign(checkpoint.text)
        make_directory(self.directory)
        remove_drafts(self.directory, _REPLACED)
        # By a rename: half a note would be one that nobody has signed, and no other could follow it.
        replace(self.directory / note_name(checkpoint.size), note, 0o444)
        # Only spares reading: where it is older than the note, or lost, the log is read from its beginning.
        replace(self._kept, drawn_up.kept)
        return Signed(checkpoint, note, (signer.verifier,))


def read_signed(path: Path, known: Collection[Verifier]) -> Signed:
    """
    Return the checkpoint in a file.

    Raises :class:`~bipro_sync.errors.IntegrityError` where it is none, or none of the keys *known* has signed it.
    """
    data = read_whole(path)
    note = opened(data, known)
    if not note.signed_by:
        raise IntegrityError(
            f"The checkpoint {path} bears no signature of a key that is known here, so nothing in it can be believed.",
            hint="Was the key changed?  The old public key belongs to the known ones, for as long as its checkpoints.",
            family=Family.AUDIT,
        )
    return Signed(Checkpoint.parse(note.text), data, note.signed_by)
