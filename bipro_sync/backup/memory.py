"""What the archive remembers of its backups: the last one, and its listings, which spare reading all shipments again.

It is in no backup: after a restore everything is read once, and nothing that is there already is copied again.
"""

from __future__ import annotations

from collections.abc import Collection

from ..archive import LastBackup, Layout, keep_last_backup, last_backup
from ..durable import exists, make_directory, names, read_whole, remove_drafts, remove_file, replace
from ..errors import IntegrityError
from .index import BACKUPS, MONTHS, Backup, KeptShipment, read


class Memory:
    """
    The memory of the backups in the target called *target*; of another one it knows nothing.
    """

    def __init__(self, layout: Layout, target: str) -> None:
        self._layout, self._place = layout, layout.backup
        last = last_backup(layout)
        self._known = last is not None and last.target == target
        self.backup = self._read_backup() if self._known else None
        self._months = {each.path: each.object for each in self.backup.months} if self.backup else {}

    def month(self, path: str) -> dict[str, KeptShipment]:
        """
        Return what the last backup held of the month at *path*, by name.
        """
        listing = self._months.get(path)
        file = self._place / "months" / (listing or "")
        if listing is None or not exists(file):
            return {}
        try:
            return {each.name: each for each in read(read_whole(file), MONTHS)}
        except IntegrityError:
            return {}

    def keep_month(self, name: str, listing: bytes) -> None:
        """
        Remember the listing that is the object *name*.
        """
        make_directory(self._place / "months")
        if not exists(self._place / "months" / name):
            replace(self._place / "months" / name, listing)

    def keep(self, index: bytes, last: LastBackup, months: Collection[str]) -> None:
        """
        Remember a backup that is whole, and forget the listings of those before.
        """
        make_directory(self._place)
        remove_drafts(self._place, r"last\.json|index\.json")
        replace(self._place / "index.json", index)
        keep_last_backup(self._layout, last)
        for name in set(names(self._place / "months")) - set(months):
            remove_file(self._place / "months" / name)

    def _read_backup(self) -> Backup | None:
        path = self._place / "index.json"
        try:
            return read(read_whole(path), BACKUPS) if exists(path) else None
        except IntegrityError:
            return None


def forget_listings(layout: Layout) -> None:
    """
    Let the next backup look at everything anew, because the last one is not what was written.
    """
    path = layout.backup / "index.json"
    if exists(path):
        remove_file(path)
