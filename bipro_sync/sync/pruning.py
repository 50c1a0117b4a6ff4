"""Letting stored shipments give way to tombstones once their term is over, as planned and not otherwise."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import PurePosixPath

from ..archive import CopyPlace, Layout, SecondCopy, Tombstone, give_way, tombstone_at, tombstone_of, tombstone_paths
from ..archive.store import MANIFEST
from ..audit import RecordType, all_told
from ..catalog import Catalogue, Queries, erase_texts, erase_words
from ..durable import size_of
from ..errors import IntegrityError, UsageError
from ..model.retention import law_of
from .prune_plan import PrunePlan, plan_prune
from .true_date import demand_true_date
from .workplace import Site


def execute_prune(site: Site, plan_id: str, *, today: date | None = None, step: Callable[[str], None]) -> PrunePlan:
    """
    Let go what the plan with this id names, and return the plan; durable when it returns, here and on the second copy.

    It is planned once more, and nothing is done where the plan has become another.  The log knows of each shipment
    before anything of it goes.  A crash anywhere is finished by planning and executing once more.

    Raises :class:`~bipro_sync.errors.UsageError` where the plan is another, something is in its way or nothing
    vouches for the date (see :func:`~bipro_sync.sync.true_date.demand_true_date`),
    :class:`~bipro_sync.errors.SecondCopyError` where the second copy fails, before which nothing has gone here of
    what it still has.
    """
    demand_true_date(site, today)
    layout, copy = site.layout, CopyPlace.of(site.config)
    with closing(Catalogue.open(layout.catalogue, shipments_exist=layout.has_shipments())) as catalogue:
        plan = plan_prune(layout, Queries(catalogue), site.config.terms, copy, site.clock.now())
        _demand_executable(plan, plan_id)
        second = SecondCopy(copy) if copy else None
        if second:
            second.place.demand()
        tombstones = _announced(site, plan)
        try:
            # What documents say goes first: while anything lies here, the next plan still names the shipment.
            erase_texts(layout.texts, [(each.insurer, each.shipment) for each in plan.over])
            for tombstone in tombstones:
                _bury(layout, second, catalogue, tombstone)
                step("shipments")
            catalogue.compact()
        except BaseException:
            site.audit.write(RecordType.PRUNE, outcome="interrupted", detail=f"archive; plan {plan.id}")
            raise
        site.audit.write(
            RecordType.PRUNE, count=len(plan.over), bytes=plan.bytes, outcome="ok", detail=f"archive; plan {plan.id}"
        )
    return plan


def _demand_executable(plan: PrunePlan, plan_id: str) -> None:
    if plan.id != plan_id:
        raise UsageError(
            f"The plan is now {plan.id} and no longer {plan_id}; nothing was removed.",
            hint="Read the new plan: `bipro-sync archive prune`.",
        )
    if plan.in_the_way:
        raise UsageError(
            f"Nothing was removed: {'; '.join(plan.in_the_way)}.", hint="Remove it where it is no longer needed."
        )


def _announced(site: Site, plan: PrunePlan) -> list[Tombstone]:
    """
    Write into the log what is going to go, durably, and return what is to stand for it.
    """
    tombstones = []
    for each in plan.over:
        if each.tombstone:
            tombstones.append(each.tombstone)
            continue
        manifest, _ = site.archive.manifest(each.path)
        reason = f"the term of {site.config.terms.years(each.kind)} years is over since {each.free_from}"
        record = site.audit.write(
            RecordType.PRUNE,
            durable=False,
            insurer=each.insurer,
            account=manifest.account,
            shipment=each.shipment,
            outcome="intended",
            detail=f"{_announcement(each.manifest_sha256, each.path)}; {reason}",
        )
        tombstones.append(
            tombstone_of(
                manifest,
                each.manifest_sha256,
                size_of(site.layout.root / each.path / MANIFEST) or 0,
                path=each.path,
                reason=f"{law_of(each.kind)}: {reason}",
                by=record.principal or record.os_user,
                at=datetime.fromisoformat(record.ts),
                seq=record.seq,
            )
        )
    site.audit.settle()
    return tombstones


def _bury(layout: Layout, second: SecondCopy | None, catalogue: Catalogue, tombstone: Tombstone) -> None:
    # The copy first: while anything lies here, the next plan still names the shipment.
    if second:
        second.bury(tombstone)
    give_way(layout, tombstone)
    manifest, path = tombstone.manifest, PurePosixPath(tombstone.path)
    for entry in Queries(catalogue).find(manifest.shipment, manifest.insurer):
        if entry.path == path:
            erase_words(catalogue, entry)


def unvouched(layout: Layout) -> list[PurePosixPath]:
    """
    Return the tombstones of which the audit log says nothing: forged ones, or another archive's.
    """
    claims: dict[str, tuple[Tombstone, PurePosixPath]] = {}
    for path in tombstone_paths(layout):
        try:
            tombstone = tombstone_at(layout, path)
        except IntegrityError:
            continue  # a finding of its own
        if tombstone:
            claims[_announcement(tombstone.manifest_sha256, path)] = (tombstone, path)
    if claims:
        for record in all_told(layout.audit, types={RecordType.PRUNE}):
            said = (record.detail or "").rpartition("; ")[0]
            tombstone, _ = claims.get(said, (None, None))
            manifest = tombstone and tombstone.manifest
            if manifest and (record.insurer, record.shipment) == (manifest.insurer, manifest.shipment):
                del claims[said]
    return sorted(path for _, path in claims.values())


def _announcement(digest: str, path: PurePosixPath) -> str:
    """
    Return what the log says of a delivery before it goes; the reason follows.
    """
    return f"manifest {digest}; {path}"
