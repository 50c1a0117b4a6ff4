"""Comparing the archive with its second copy, or with what a disaster left of it, and noting that it was done."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from ..archive import Comparison, Layout, compare
from ..audit import Identity, RecordType
from ..config import Config
from ..model.ports import Clock
from ..model.rights import Verb
from .acting import acting, demand_permitted


def compare_with(config: Config, clock: Clock, copy: Path, *, identity: Identity | None = None) -> Comparison:
    """
    Compare the archive of *config* with its second copy in the directory *copy*; only an archive can note it.

    Raises :class:`~bipro_sync.errors.NotPermittedError` for who may not do it, and as
    :func:`~bipro_sync.archive.compare`.
    """
    layout, verb = Layout(config.archive.root), Verb.ARCHIVE_COMPARE
    with ExitStack() as stack:
        log = None
        if layout.is_begun:
            log = stack.enter_context(acting(config, clock, verb, identity=identity))
        else:
            demand_permitted(config, clock, verb, identity=identity)
        found = compare(layout, copy)
        if log:
            log.write(
                RecordType.VERIFY,
                operation=verb,
                count=found.copies,
                bytes=found.bytes,
                outcome="damaged" if found.findings else "ok",
                detail=f"second copy; {len(found.findings)} finding(s), {len(found.uncopied)} not copied yet",
            )
    return found
