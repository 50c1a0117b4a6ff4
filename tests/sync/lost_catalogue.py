"""A catalogue that gets lost and is made again, as several tests need it."""

from bipro_sync.audit import AuditLog, RecordType, Session
from bipro_sync.model.ports import SystemClock


MOMENTS = {"stored_at", "acknowledged_at"}
"""What manifest and log know a moment earlier than the ledger did."""


def lose(office, content=None):
    """Loses the catalogue, or puts this content in its place."""
    for path in office.archive.glob("catalog.db*"):
        path.unlink()
    if content is not None:
        (office.archive / "catalog.db").write_bytes(content)


def rebuild(office, *arguments, code=0):
    ended, document = office.ask("archive", "rebuild", *arguments)
    assert (ended, document["exit_code"]) == (code, code), document
    return document


def shipments(office):
    """What `shipments list` shows, by id; of moments only whether there is one."""
    return {
        each["id"]: {key: bool(value) if key in MOMENTS else value for key, value in each.items()}
        for each in office.ask("shipments", "list")[1]
    }


def status(office):
    (insurer,) = office.ask("status")[1]["insurers"]
    kinds = {kind: each["shipments"] for kind, each in insurer["kinds"].items()}
    told = {key: insurer[key] for key in ("last_outcome", "last_error", "states")}
    return told | {"kinds": kinds, "success": bool(insurer["last_success_at"])}


def found(office, *words):
    return {each["id"] for each in office.ask("documents", "search", *words)[1]}


def decide(office, verb, shipment, *, reason="as agreed on the telephone"):
    """The record that an operator's decision leaves."""
    session = Session("run-of-an-operator", "person", None, None, None, None, "somebody", "bipro-sync 0")
    log = AuditLog(office.archive / "audit", session=session, clock=SystemClock())
    log.write(
        RecordType.OPERATOR_DECISION,
        insurer="muster",
        account="muster",
        shipment=shipment,
        outcome=verb,
        detail=reason,
    )
    log.close()


def kept(office):
    return sorted(path.name for path in office.archive.glob("catalog.db.*"))
