"""How the audit log is signed and anchored, as far as it can be told without asking an anchor."""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path

from ..archive import Layout
from ..audit.anchoring import Anchoring
from ..config import Config, DirectoryAnchor
from ..durable import device, is_directory
from .check import Check, Verdict


_ID = "audit"
_REMEDY = "docs/audit-keys.md says how a log is signed, and where its checkpoints should lie."


def audit_checks(config: Config, *, leave: Container[Path] = ()) -> Iterator[Check]:
    """
    Yield how the log is anchored, what keeps it from it, and which anchors would be lost together with it; those to
    *leave* alone are not looked at.

    Raises :class:`~bipro_sync.errors.StorageError` where that cannot be told.
    """
    layout = Layout(config.archive.root)
    anchoring = Anchoring.of(config.audit, layout.audit)
    decided = anchoring.names is not None or config.environment == "test"
    is_open = bool(anchoring.names) and not anchoring.size
    verdict = Verdict.WARN if is_open or not decided else Verdict.OK
    yield Check(_ID, None, verdict, f"The audit log is {anchoring.headline}.", _REMEDY)
    for trouble in anchoring.troubles:
        yield Check(_ID, None, Verdict.WARN, trouble, "The next run tries again; `bipro-sync audit checkpoint` now.")
    for anchor in config.audit.anchors or ():
        if isinstance(anchor, DirectoryAnchor) and anchor.path not in leave and _share_a_disk(anchor.path, layout.root):
            sentence = f"The anchor {anchor.name} lies on the same disk as the archive."
            remedy = "Whoever may rewrite the log may rewrite it, too; another machine's disk is better."
            yield Check(_ID, None, Verdict.WARN, sentence, remedy)


def _share_a_disk(one: Path, other: Path) -> bool:
    return is_directory(one) and is_directory(other) and device(one) == device(other)
