"""Removing the audit log's oldest segments as planned: on record before, checkable after, with what a rebuild needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec

from ..audit import Record, RecordType, pruned_of
from ..audit.chain import segment_path
from ..audit.pruned import FORMAT, NAME, Pruned, announcement, retained
from ..durable import NewFile, remove_drafts, remove_file, replace, take_place
from ..errors import UsageError
from ..model.ports import Operation
from .audit_prune_plan import AuditPrunePlan, plan_audit_prune, unfinished
from .true_date import demand_true_date
from .workplace import Site


_NOT_NEEDED = frozenset(
    {
        RecordType.READ,
        RecordType.EXPORT,
        RecordType.VERIFY,
        RecordType.CHECKPOINT,
        RecordType.BACKUP,
        RecordType.RESTORE,
        RecordType.LOG_REPAIRED,
        RecordType.CONFIG_CHANGED,
    }
)
"""Records from which nothing is concluded about how things stand."""

_NOBODY = "-"
"""Who did it, in what is kept: nobody's name is needed to make a catalogue again."""

_ENCODER = msgspec.json.Encoder()
_RECORDS = msgspec.json.Decoder(Record)


def execute_audit_prune(site: Site, plan_id: str, *, today: date | None = None) -> AuditPrunePlan:
    """
    Remove the segments that the plan with this id names, and return the plan; durable when it returns.

    It is planned once more, and nothing is done where the plan has become another.  In this order: what a rebuild needs
    of the records is written; the log says what goes; `pruned.json` lets it begin behind that; the segments go.  A
    crash anywhere is finished by planning and executing once more.

    Raises :class:`~bipro_sync.errors.UsageError` where the plan is another, or nothing vouches for the date (see
    :func:`~bipro_sync.sync.true_date.demand_true_date`).
    """
    demand_true_date(site, today)
    directory = site.layout.audit
    plan = plan_audit_prune(site.layout, site.config.terms, site.clock.now())
    if plan.id != plan_id:
        raise UsageError(
            f"The plan is now {plan.id} and no longer {plan_id}; nothing was removed.",
            hint="Read the new plan: `bipro-sync audit prune`.",
        )
    if plan.goes:
        pruned = _pruned(plan, *_keep_told(directory, plan))
        site.audit.write(
            RecordType.PRUNE,
            count=plan.records - (before.records if (before := pruned_of(directory)) else 0),
            bytes=plan.bytes,
            outcome="intended",
            detail=f"{announcement(pruned.encode())}segments {plan.first} to {plan.last}; "
            f"records up to {plan.records}, {plan.first_ts} to {plan.latest}; the last {plan.head.prev}",
        )
        remove_drafts(directory, r"pruned\.json")
        replace(directory / NAME, pruned.encode(), 0o400)
    removed = unfinished(directory)
    for name in removed:
        remove_file(directory / name)
    site.audit.write(RecordType.PRUNE, count=len(removed), outcome="ok", detail="audit; files removed")
    return plan


def _pruned(plan: AuditPrunePlan, told: str, told_sha256: str) -> Pruned:
    return Pruned(
        format=FORMAT,
        segments=plan.last,
        records=plan.records,
        head=plan.head.prev,
        ts=plan.ts,
        first_ts=plan.first_ts,
        latest=plan.latest,
        insurers=dict(plan.head.insurers),
        roots=[root.hex() for root in plan.tree.roots],
        told=told,
        told_sha256=told_sha256,
    )


def _keep_told(directory: Path, plan: AuditPrunePlan) -> tuple[str, str]:
    """
    Write down what a rebuild needs of all records that are gone by then; return the file's name and its SHA-256.
    """
    name = f"told-{plan.records:012d}.jsonl"
    remove_drafts(directory, r"told-\d{12}\.jsonl")
    draft = directory / f".{name}.00000000"
    file = NewFile(draft, 0o400)
    try:
        for record in _told(directory, plan):
            file.write(_ENCODER.encode(record) + b"\n")
        digest = file.finish().sha256
    finally:
        file.abandon()
    take_place(draft, directory / name)
    return name, digest


def _told(directory: Path, plan: AuditPrunePlan) -> Iterator[Record]:
    configured: Record | None = None
    for record in retained(directory):
        if record.type is RecordType.CONFIG_CHANGED:
            configured = record
        else:
            yield record
    for number in range(plan.first, plan.last + 1):
        with segment_path(directory, number).open("rb") as lines:
            for line in lines:
                record = _RECORDS.decode(line)
                if record.type is RecordType.CONFIG_CHANGED:
                    configured = record
                elif record.type not in _NOT_NEEDED and record.operation != Operation.LIST:
                    yield _without_persons(record)
    if configured is not None:
        # Who might do what when the first record was written that is left.
        yield configured


def _without_persons(record: Record) -> Record:
    return msgspec.structs.replace(
        record,
        principal=None,
        principal_name=None,
        role=None,
        responsible=None,
        os_user=_NOBODY,
        insurer_seq=None,
        insurer_prev=None,
        request_sha256=None,
        response_sha256=None,
        endpoint=None,
        prev="",
    )
