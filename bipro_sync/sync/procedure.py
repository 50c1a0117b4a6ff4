"""The procedure documentation (GoBD, Verfahrensdokumentation), in German, from what is really configured and running.

It says nothing that is not so: tables come from the configuration, the table of rights, the terms and the audit log.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from ..archive import Layout
from ..audit import RecordType, all_told
from ..config import Config
from ..insurers import MisconfiguredInsurer, effective
from ..model.kinds import Kind
from ..model.retention import AUDIT, LEAST, law_of
from ..model.rights import RIGHTS, Role
from ..model.verifier import Verifier
from ..model.zone import BERLIN
from .keeping import holds_of
from .permission import SOFTWARE
from .procedure_texts import ACKNOWLEDGE, AUDIT_LAW, KINDS, parts


_LIBRARIES = ("cryptography", "httpx2", "lxml", "msgspec", "pydantic", "pysqlite3", "signxml")
"""Those that matter for what is kept and proved."""


@dataclass(frozen=True, slots=True)
class Part:
    """
    One part of the document: its heading, its paragraphs, and a table if there is one (the first row its heading).
    """

    title: str
    paragraphs: Sequence[str]
    table: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, slots=True)
class Procedure:
    """
    The document: of when, of which software, and its parts.
    """

    at: datetime
    software: str
    parts: tuple[Part, ...]


def procedure_of(config: Config, now: datetime) -> Procedure:
    """
    Return the procedure documentation of this installation as it is *now*.

    Raises as :func:`~bipro_sync.audit.telling.all_told`: its history of changes is the log's.
    """
    layout = Layout(config.archive.root)
    tables = {
        "system": _system(config),
        "insurers": list(_insurers(config)),
        "people": list(_people(config)),
        "rights": list(_rights()),
        "retention": list(_retention(config, now)),
        "holds": list(_holds(layout)),
        "keys": list(_keys(config)),
        "changes": list(_changes(layout)),
    }
    return Procedure(
        now,
        SOFTWARE,
        tuple(
            Part(f"{number}. {title}", paragraphs, tables[table] if table else ())
            for number, (title, table, paragraphs) in enumerate(parts(), start=1)
        ),
    )


def _system(config: Config) -> list[Sequence[str]]:
    copy = config.archive.second_copy
    return [
        ("Bestandteil", "Stand"),
        ("Programm", SOFTWARE),
        ("Python", platform.python_version()),
        ("Betriebssystem", f"{platform.system()} {platform.release()} ({sys.platform}, {platform.machine()})"),
        *((f"Bibliothek {name}", version(name)) for name in _LIBRARIES),
        ("Konfiguration", str(config.path)),
        ("SHA-256 der Konfiguration", config.sha256),
        ("Umgebung", "Produktion" if config.environment == "production" else "Test"),
        ("Archiv", str(config.archive.root)),
        ("Zweitkopie", copy or "keine"),
    ]


def _insurers(config: Config) -> Iterator[Sequence[str]]:
    yield ("Versicherer", "Profil", "Login-Dienst", "Transfer-Dienst", "Version", "Anmeldung", "Quittierung", "Abruf")
    for name, insurer in effective(config).items():
        if isinstance(insurer, MisconfiguredInsurer):
            yield (name, "nicht verwendbar konfiguriert", *[""] * 6)
            continue
        yield (
            name,
            insurer.profile.name,
            insurer.sts_url,
            insurer.transfer_url,
            insurer.bipro_version,
            str(insurer.auth.shown_method),
            ACKNOWLEDGE[insurer.acknowledge, insurer.ack_after],
            f"{insurer.schedule} ({insurer.timezone})",
        )


def _people(config: Config) -> Iterator[Sequence[str]]:
    yield ("Kürzel", "Name", "Anmeldename", "Rolle", "von", "bis")
    for key, user in config.users.items():
        until = f"{user.active_to:%d.%m.%Y}" if user.active_to else "unbefristet"
        yield (key, user.name, user.login, user.role, f"{user.active_from:%d.%m.%Y}", until)


def _rights() -> Iterator[Sequence[str]]:
    roles = list(Role)
    yield ("Tätigkeit", *roles)
    for verb, allowed in RIGHTS.items():
        yield (verb, *("ja" if role in allowed else "nein" for role in roles))


def _retention(config: Config, now: datetime) -> Iterator[Sequence[str]]:
    yield ("Art", "Jahre", "Mindestfrist", "Grundlage", "heute Gespeichertes frühestens löschbar ab")
    for kind in (*Kind, AUDIT):
        law = AUDIT_LAW if kind == AUDIT else law_of(kind)
        free_from = f"{config.terms.first_day(kind, now):%d.%m.%Y}"
        yield (KINDS[kind], str(config.terms.years(kind)), str(LEAST[kind]), law, free_from)


def _holds(layout: Layout) -> Iterator[Sequence[str]]:
    yield ("Sperre", "seit", "Umfang", "durch", "Grund")
    for hold in holds_of(layout):
        scope = "alles" if hold.insurer is None else f"{hold.insurer} {hold.shipment or '(alles)'}"
        yield (str(hold.number), _when(hold.since), scope, hold.by, hold.reason)


def _keys(config: Config) -> Iterator[Sequence[str]]:
    yield ("Name", "Kennung", "Öffentlicher Schlüssel")
    for text in config.audit.known_keys:
        verifier = Verifier.parse(str(text))
        yield (verifier.name, verifier.key_id.hex(), str(verifier))
    for anchor in config.audit.anchors or ():
        yield (anchor.name, f"Verankerung: {anchor.kind}", "")
    if not config.audit.anchors:
        yield ("-", "nicht verankert", "")


def _changes(layout: Layout) -> Iterator[Sequence[str]]:
    yield ("Nr.", "Zeitpunkt", "durch", "Konfiguration, Personen und Rollen ab da", "Programm")
    for record in all_told(layout.audit, types={RecordType.CONFIG_CHANGED}):
        who = record.principal_name or record.responsible or record.os_user
        yield (
            str(record.seq),
            _when(datetime.fromisoformat(record.ts)),
            who,
            record.detail or "",
            record.software,
        )


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(BERLIN):%d.%m.%Y %H:%M:%S}"
