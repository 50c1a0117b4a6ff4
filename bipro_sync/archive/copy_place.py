"""Whose second copy a directory is: a marker there, and a card in the archive that knows the marker.

An empty mount point has no marker, and so is never taken for the disk that should be mounted there.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..config import Config
from ..durable import FileLock, device, exists, is_directory, make_directory, read_whole, remove_drafts, replace
from ..errors import SecondCopyError, StorageError
from .layout import Layout
from .state_file import read_state


MARKER = "bipro-sync-copy.json"
"""The name of the marker in the copy's directory."""

_TAKE = "  `bipro-sync archive copy --take` makes it this archive's copy, if that is what you want."


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """
    What stands in the copy's directory: the copy's name, and for people the root of the archive it was begun for.
    """

    copy: str
    archive: str


class _Card(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the archive knows: the copy's name, and whether the marker was surely written.
    """

    copy: str
    marked: bool


_MARKERS = msgspec.json.Decoder(Marker)
_CARDS = msgspec.json.Decoder(_Card)


@contextmanager
def copy_errors() -> Iterator[None]:
    """
    Turn a storage error inside the block into the second copy's own, which stops no fetching.
    """
    try:
        yield
    except StorageError as error:
        raise SecondCopyError(f"The second copy failed: {error.message}") from error


@dataclass(frozen=True, slots=True)
class CopyPlace:
    """
    The directory *root* of an archive's second copy; outside the test environment it lies on another file system.
    """

    layout: Layout
    root: Path
    same_device: bool

    @classmethod
    def of(cls, config: Config) -> CopyPlace | None:
        """
        Return the place that the configuration names; None where it names none.
        """
        archive = config.archive
        if not archive.second_copy:
            return None
        return cls(Layout(archive.root), Path(archive.second_copy), same_device=config.environment == "test")

    @property
    def state(self) -> Path:
        """
        Where the archive keeps what it knows of its copy.
        """
        return self.layout.state / "second-copy"

    @property
    def lock(self) -> Path:
        """
        The file whose lock the one who writes about the copy holds.
        """
        return self.state / "lock"

    def demand(self) -> None:
        """
        Make sure that the directory is this archive's second copy now; the first use marks it, durably.

        Raises :class:`~bipro_sync.errors.SecondCopyError` where it is not there, not mounted, or another's.
        """
        if self.is_begun():
            return
        make_directory(self.state)
        with FileLock(self.lock):
            if not self.is_begun():
                # The card goes first: what a crash leaves between the two is finished, and never taken for another's.
                card = self._card() or _Card(copy=secrets.token_hex(16), marked=False)
                self._keep(card)
                self._mark(card.copy)
                self._keep(msgspec.structs.replace(card, marked=True))

    def is_begun(self) -> bool:
        """
        Say whether the directory carries this archive's marker; False before the first use.  Raises as :meth:`demand`.
        """
        self._demand_other_device()
        marker, card = read_marker(self.root), self._card()
        if marker and (card is None or marker.copy != card.copy):
            raise SecondCopyError(
                f"The second copy {self.root} is another archive's, or this archive was restored from a backup that "
                "is older than the copy.",
                hint=f"Nothing was copied there.{_TAKE}",
            )
        if marker is None and card and card.marked:
            raise SecondCopyError(
                f"The second copy {self.root} is not mounted, or is another disk: this archive's marker is not there.",
                hint=f"{SecondCopyError.hint}  A new disk?{_TAKE}",
            )
        return marker is not None and card is not None and card.marked

    def take(self) -> None:
        """
        Make the directory this archive's second copy, whatever was known before: an operator's decision.
        """
        self._demand_other_device()
        make_directory(self.state)
        with FileLock(self.lock):
            marker = read_marker(self.root)
            name = marker.copy if marker else secrets.token_hex(16)
            if marker is None:
                self._mark(name)
            self._keep(_Card(copy=name, marked=True))

    def _demand_other_device(self) -> None:
        ours = device(self.layout.root)
        with copy_errors():
            if not is_directory(self.root):
                raise SecondCopyError(f"The second copy {self.root} is not there, or is no directory.")
            same = device(self.root) == ours
        if same and not self.same_device:
            raise SecondCopyError(
                f"The second copy {self.root} lies on the same file system as the archive; a copy on the same disk is "
                "none."
            )

    def _mark(self, name: str) -> None:
        marker = Marker(copy=name, archive=str(self.layout.root))
        with copy_errors():
            remove_drafts(self.root, re.escape(MARKER))
            replace(self.root / MARKER, msgspec.json.encode(marker) + b"\n")

    def _card(self) -> _Card | None:
        path = self.state / "card.json"
        return read_state(
            path,
            _CARDS,
            problem=f"{path} cannot be read, so which second copy is this archive's cannot be told.",
            hint="Restore it from a backup, or remove it and type `bipro-sync archive copy --take`.",
        )

    def _keep(self, card: _Card) -> None:
        remove_drafts(self.state, r"card\.json")
        replace(self.state / "card.json", msgspec.json.encode(card))


def read_marker(root: Path) -> Marker | None:
    """
    Return the marker in a copy's directory; None where there is none.
    """
    path = root / MARKER
    with copy_errors():
        data = read_whole(path) if exists(path) else None
    if data is None:
        return None
    try:
        return _MARKERS.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SecondCopyError(
            f"{path} cannot be read, so whose copy this is cannot be told.",
            hint="If it is this archive's, remove that file and type `bipro-sync archive copy --take`.",
        ) from error
