"""Where things lie below the archive root; nothing an insurer sent becomes a path unescaped."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from ..durable import children, errors, exists, is_directory, make_directory, names
from ..errors import StorageError


_PLAIN = frozenset(string.ascii_letters + string.digits + "._-")
_LONGEST = 120


def escape(shipment_id: str) -> str:
    """
    Return a directory name for a shipment id: letters, digits, `.`, `_` and `-` stay, every other byte of its
    UTF-8 form becomes `%XX`.

    Different ids give different names: names over 120 characters are cut and carry the id's SHA-256, and a
    leading dot or dash is escaped, so that no name is hidden, `.` or `..`, or taken for an option.
    """
    encoded = "".join(
        character if character in _PLAIN and not (index == 0 and character in ".-") else _percent(character)
        for index, character in enumerate(shipment_id)
    )
    if len(encoded) <= _LONGEST and encoded:
        return encoded
    digest = hashlib.sha256(shipment_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{encoded[: _LONGEST - len(digest) - 1]}~{digest}"


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class Layout:
    """
    The places below one archive root.
    """

    root: Path

    @property
    def shipments(self) -> Path:
        """
        Complete shipments: `<insurer>/<yyyy>/<mm>/<shipment>/`.
        """
        return self.root / "shipments"

    @property
    def quarantine(self) -> Path:
        """
        Shipments kept aside, in the same form, with the reason in the manifest.
        """
        return self.root / "quarantine"

    @property
    def tombstones(self) -> Path:
        """
        What stands for bytes erased by law: one file a shipment, under its path and `.json`.
        """
        return self.root / "tombstones"

    @property
    def audit(self) -> Path:
        """
        The audit log.
        """
        return self.root / "audit"

    @property
    def state(self) -> Path:
        """
        What must survive a lost catalogue: breakers, locks, the archive's own card.
        """
        return self.root / "state"

    @property
    def card(self) -> Path:
        """
        What the archive remembers of its configuration.
        """
        return self.state / "archive.json"

    @property
    def restoring(self) -> Path:
        """
        A file that is there while a backup is restored: what there is so far is no archive yet.
        """
        return self.root / "restoring.json"

    @property
    def locks(self) -> Path:
        """
        One file an account, locked by the kernel while a run works.
        """
        return self.state / "locks"

    @property
    def breakers(self) -> Path:
        """
        One file an account: its login attempts.
        """
        return self.state / "breakers"

    @property
    def runs(self) -> Path:
        """
        One file an insurer: what its runs remember beside the catalogue.
        """
        return self.state / "runs"

    @property
    def alerts(self) -> Path:
        """
        What people were told of already, and what they are still owed.
        """
        return self.state / "alerts.json"

    @property
    def backup(self) -> Path:
        """
        What is remembered of backups.
        """
        return self.state / "backup"

    @property
    def suspensions(self) -> Path:
        """
        One file for each insurer that is suspended.
        """
        return self.state / "suspensions"

    @property
    def spool(self) -> Path:
        """
        Work in progress; safe to delete when nothing runs.
        """
        return self.root / "spool"

    @property
    def catalogue(self) -> Path:
        """
        The SQLite index.
        """
        return self.root / "catalog.db"

    @property
    def texts(self) -> Path:
        """
        The index of what documents say, which can be made again.
        """
        return self.root / "texts.db"

    @property
    def is_begun(self) -> bool:
        """
        Whether there is an archive: one whose `state/` is lost is one, too.

        Raises :class:`~bipro_sync.errors.StorageError` where the root is something else than a directory.
        """
        if exists(self.root) and not is_directory(self.root):
            raise StorageError(
                f"The archive root {self.root} is no directory.",
                hint="Let [archive] root name a directory, or move away what lies there.",
            )
        return exists(self.state) or exists(self.catalogue)

    def belongs_to_another(self, user: int) -> bool:
        """
        Say whether there is an archive here that is not this *user*'s own, whom root may always stand for.
        """
        with errors("look at", self.root):
            return exists(self.root) and user not in {0, self.root.stat().st_uid}

    def prepare(self) -> None:
        """
        Make the directories that are missing, 0700 each.
        """
        work, kept = (self.spool, self.locks), (self.breakers, self.suspensions)
        for directory in (self.shipments, self.quarantine, self.audit, *kept, *work):
            make_directory(directory)

    def shipment_path(self, insurer: str, shipment_id: str, stored_first: datetime) -> PurePosixPath:
        """
        Return a shipment's path relative to the root, by the UTC month of its first storage.
        """
        return PurePosixPath("shipments", insurer, f"{stored_first:%Y}", f"{stored_first:%m}", escape(shipment_id))

    def months(self, insurer: str) -> list[Path]:
        """
        Return the months in which anything of this insurer was stored, oldest first.
        """
        return [month for year in children(self.shipments / insurer) for month in children(year)]

    def stored_path(self, insurer: str, shipment_id: str, months: Sequence[Path] | None = None) -> PurePosixPath | None:
        """
        Return where a shipment with this id lies, whatever the month; None where none does.

        Who asks for many gives the *months*, which need be read only once.
        """
        name = escape(shipment_id)
        among = self.months(insurer) if months is None else months
        found = next((month / name for month in among if exists(f"{month}/{name}")), None)
        return PurePosixPath(found.relative_to(self.root)) if found else None

    def quarantine_path(self, insurer: str, shipment_id: str, now: datetime) -> PurePosixPath:
        """
        Return a path for one more quarantined delivery of this shipment id, relative to the root.
        """
        name = f"{escape(shipment_id)}~{now:%Y%m%dT%H%M%S.%f}"
        return PurePosixPath("quarantine", insurer, f"{now:%Y}", f"{now:%m}", name)

    def quarantined_paths(self, insurer: str, shipment_id: str) -> list[PurePosixPath]:
        """
        Return where the quarantined deliveries of this shipment id lie, relative to the root, oldest first.
        """
        name = escape(shipment_id)
        months = (month for year in children(self.quarantine / insurer) for month in children(year))
        found = (month / each for month in months for each in names(month) if each.rpartition("~")[0] == name)
        return sorted(PurePosixPath(path.relative_to(self.root)) for path in found)

    def has_shipments(self) -> bool:
        """
        Say whether any shipment is stored or quarantined here.
        """
        return any(children(insurer) for place in (self.shipments, self.quarantine) for insurer in children(place))
