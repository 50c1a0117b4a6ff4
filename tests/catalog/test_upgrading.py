"""A catalogue of an older version: every table as it was, and brought up to this one's without a word lost."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest
from pysqlite3 import dbapi2

from bipro_sync.catalog import Catalogue, FileEntry, GdvIndex, Queries
from bipro_sync.catalog.schema import VERSION
from bipro_sync.model.kinds import Kind
from bipro_sync.model.states import ShipmentState

from .conftest import NOW, rows


CAME_AFTER = {
    1: ("gdv_to_do", "gdv_deliveries", "gdv_rows", "gdv_contents", "gdv_remarks", "gdv_foreign"),
    2: ("done", "handovers", "handover_troubles"),
}
"""The tables that each version has not, beside those that later ones have not."""


def stored(media_type):
    entry = rows("bestand.gdv", kind=Kind.GDV_PORTFOLIO)
    file = FileEntry(1, "01-File.gdv", "bestand.gdv", "ab" * 32, 4711, media_type, Kind.GDV_PORTFOLIO)
    return type(entry)(**{name: getattr(entry, name) for name in entry.__slots__} | {"files": [file]})


@pytest.fixture(params=CAME_AFTER)
def former(request, path, catalogue, ledger, shipment):
    """A catalogue of an older version: a GDV file, a ZIP file, a document, and one shipment in quarantine."""
    for number, media_type in enumerate(("application/x-gdv", "application/zip", "application/pdf"), start=1):
        listed = shipment(str(number))
        moved = ledger.move(listed, ShipmentState.FETCHING, NOW, path=PurePosixPath("shipments", "muster", str(number)))
        ledger.move(moved, ShipmentState.STORED, NOW, stored=stored(media_type))
    aside = ledger.move(shipment("4"), ShipmentState.FETCHING, NOW)
    ledger.move(
        aside,
        ShipmentState.QUARANTINED,
        NOW,
        path=PurePosixPath("quarantine", "muster", "4"),
        stored=stored("application/x-gdv"),
    )
    catalogue.close()
    connection = dbapi2.connect(str(path))
    for version, tables in CAME_AFTER.items():
        for table in tables if version >= request.param else ():
            connection.execute(f"DROP TABLE {table}")
    connection.execute(f"PRAGMA user_version = {request.param}")
    connection.commit()
    connection.close()
    return path


def test_a_catalogue_of_an_older_version_is_brought_up_and_loses_nothing(former):
    before = dbapi2.connect(str(former))
    tables = [
        name for (name,) in before.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'words'")
    ]
    said = {table: before.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    before.close()
    Catalogue.open(former, shipments_exist=True).close()
    after = dbapi2.connect(str(former))
    assert after.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert {table: after.execute(f"SELECT * FROM {table}").fetchall() for table in tables} == said
    after.close()


def test_what_was_stored_before_is_looked_at_if_it_may_hold_gdv_files_and_is_no_quarantine_s(former):
    catalogue = Catalogue.open(former, shipments_exist=True)
    assert Queries(catalogue).gdv.waiting() == {"muster": 2}
    first = GdvIndex(catalogue).to_do()
    assert (first.insurer, first.id) == ("muster", "1")
    assert datetime.fromisoformat(first.at) == NOW.astimezone(UTC)
    catalogue.close()


def test_an_upgraded_catalogue_has_the_tables_of_a_new_one(former, tmp_path):
    Catalogue.open(former, shipments_exist=True).close()
    Catalogue.open(tmp_path / "new.db", shipments_exist=False).close()
    tables = []
    for each in (former, tmp_path / "new.db"):
        connection = dbapi2.connect(str(each))
        tables.append(sorted(connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")))
        connection.close()
    assert tables[0] == tables[1]


def test_processes_that_open_it_at_once_bring_it_up_once(former):
    script = (
        "import sys; from pathlib import Path; from bipro_sync.catalog import Catalogue, Queries;"
        "opened = Catalogue.open(Path(sys.argv[1]), shipments_exist=True);"
        "print(Queries(opened).gdv.waiting()); opened.close()"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, former], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert {process.communicate()[0] for process in processes} == {"{'muster': 2}\n"}
