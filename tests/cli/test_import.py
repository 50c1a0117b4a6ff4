import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ..sync.gdv_mail import HOME, HOUSE, MOTOR, dearer, history, portfolio, states, zipped
from ..sync.lost_catalogue import lose, rebuild, shipments


@pytest.fixture
def begun(office):
    """An office with one delivery and a folder of downloads."""
    office.opens(office.shipment("A"))
    office.pull()
    office.folder = office.root / "downloads"
    office.folder.mkdir()
    return office


def download(office, name, data):
    path = office.folder / name
    path.write_bytes(data)
    return str(path)


def bring_in(office, *files, kind="gdv-portfolio", more=(), code=0):
    ended, document = office.ask("import", "--insurer", "muster", "--kind", kind, *more, *files)
    assert ended == code, document
    return document


def test_a_download_is_archived_read_back_indexed_and_never_acknowledged(begun):
    path = download(begun, "Bestand März.gdv", portfolio(MOTOR))
    (file,) = bring_in(begun, path)["files"]
    assert (file["file"], file["outcome"], file["state"], file["kind"]) == (
        path,
        "imported",
        "imported",
        "gdv-portfolio",
    )
    shown = begun.ask("shipments", "show", file["id"])[1]
    assert [step["to"] for step in shown["history"]] == ["imported"]
    assert (shown["acknowledged_at"], shown["files"][0]["name"]) == (None, "Bestand März.gdv")
    manifest = json.loads((begun.archive / file["path"] / "manifest.json").read_text())
    assert (manifest["imported_by"], manifest["kind"]) == (begun.identity.os_user, "gdv-portfolio")
    assert begun.stored()[f"{file['path']}/{shown['files'][0]['path']}"] == shown["files"][0]["sha256"]
    assert [each.policy for each in states(begun)] == [MOTOR.number]
    begun.pull()
    assert [call["shipment"] for call in begun.calls("acknowledgeShipment")] == ["A"]
    assert begun.ask("archive", "verify")[0] == begun.ask("audit", "verify")[0] == 0


def test_the_log_has_who_archived_what_without_the_file_s_name(begun):
    bring_in(begun, download(begun, "Erika Erfunden.pdf", b"%PDF-1.7 x"), kind="mail")
    (record,) = begun.records("import")
    assert (record["insurer"], record["exchange"], record["count"], record["bytes"]) == ("muster", "mail", 1, 10)
    assert "Erika" not in str(begun.records())


def test_the_same_bytes_are_archived_once_however_they_came(begun):
    path = download(begun, "a.gdv", portfolio(MOTOR))
    before = bring_in(begun, path)["files"][0]["id"]
    stored = begun.stored()
    again = bring_in(begun, path, download(begun, "b.gdv", portfolio(MOTOR)))["files"]
    assert [(each["outcome"], each["id"]) for each in again] == [("known", before)] * 2
    police = next((begun.archive / "shipments").rglob("*.pdf")).read_bytes()
    (known,) = bring_in(begun, download(begun, "police.pdf", police), kind="mail")["files"]
    assert (known["outcome"], known["id"]) == ("known", "A")
    assert begun.stored() == stored
    assert len(begun.records("import")) == 1


def test_a_dry_run_says_what_would_be_done_and_does_nothing(begun):
    known = download(begun, "a.gdv", portfolio(MOTOR))
    bring_in(begun, known)
    stored, records = begun.stored(), begun.records()
    files = bring_in(begun, known, download(begun, "b.gdv", portfolio(HOME)), more=["--dry-run"])["files"]
    assert [each["outcome"] for each in files] == ["known", "would-import"]
    assert (begun.stored(), begun.records()) == (stored, records)
    assert (
        "would be archived"
        in begun.run("import", "--insurer", "muster", "--kind", "mail", "--dry-run", files[1]["file"])[1]
    )


def test_old_downloads_come_in_any_order_and_stand_in_their_own(begun):
    older = portfolio(MOTOR).replace(b"0103202601032026", b"0102202601022026")
    newer = zipped(portfolio(dearer(MOTOR)))
    bring_in(begun, download(begun, "new.zip", newer), download(begun, "old.gdv", older))
    assert [premium for _, _, premium in history(begun, MOTOR)] == ["48275", "48375"]
    posted = sorted(each["posted_at"] for each in begun.ask("shipments", "list")[1] if each["state"] == "imported")
    assert [datetime.fromisoformat(each) for each in posted] == [
        datetime(2026, 1, 31, 23, tzinfo=UTC),
        datetime(2026, 2, 28, 23, tzinfo=UTC),
    ]


def test_a_rebuilt_catalogue_knows_what_was_archived_by_hand(begun):
    bring_in(begun, download(begun, "a.gdv", portfolio(MOTOR)))
    before = shipments(begun)
    lose(begun)
    rebuild(begun)
    assert shipments(begun) == before
    begun.pull()
    assert [each.policy for each in states(begun)] == [MOTOR.number]
    assert len(begun.calls("acknowledgeShipment")) == 1


def test_what_was_archived_by_hand_is_no_delivery_of_the_insurer_s(begun):
    bring_in(begun, download(begun, "a.gdv", portfolio(MOTOR)))
    (insurer,) = begun.ask("status")[1]["insurers"]
    assert list(insurer["kinds"]) == ["mail"]
    lose(begun)
    rebuild(begun)
    assert list(begun.ask("status")[1]["insurers"][0]["kinds"]) == ["mail"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--insurer", "muster", "--kind", "mail", "/nowhere/file"], 2),
        (["--insurer", "muster", "--kind", "mail", "/"], 2),
        (["--insurer", "muster", "--kind", "letters", "FILE"], 2),
        (["--insurer", "another", "--kind", "mail", "FILE"], 2),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_archived(begun, words, code):
    path = download(begun, "a.gdv", portfolio(HOUSE))
    before = begun.stored()
    words = [path if word == "FILE" else word for word in words]
    assert begun.run("import", *words, path)[0] == code
    assert begun.stored() == before


KILLED = """
import os, sys
from bipro_sync.catalog import Ledger
from bipro_sync.cli.main import main
from tests.identities import at_a_terminal
Ledger.note_imported = lambda *_: os._exit(97)
main(["--config", *sys.argv[1:]], at_a_terminal())
"""


def test_an_import_that_dies_before_the_catalogue_knows_is_finished_by_repeating_it(begun):
    path = download(begun, "a.gdv", portfolio(MOTOR))
    words = [begun.config, "import", "--insurer", "muster", "--kind", "gdv-portfolio", path]
    died = subprocess.run([sys.executable, "-c", KILLED, *words], check=False, cwd=Path(__file__).parents[2])
    assert died.returncode == 97
    assert begun.ask("archive", "verify")[0] == 15
    assert bring_in(begun, path)["files"][0]["outcome"] == "imported"
    assert begun.ask("archive", "verify")[0] == 0
    assert [each.policy for each in states(begun)] == [MOTOR.number]


def test_nothing_is_imported_while_a_pull_holds_the_account(begun):
    path = download(begun, "a.gdv", portfolio(MOTOR))
    begun.opens(begun.shipment("B"), begun.fault("getShipment", "stall", seconds=5))
    child = begun.start("pull")
    begun.under_way("getShipment")
    assert begun.ask("import", "--insurer", "muster", "--kind", "gdv-portfolio", path)[0] == 11
    child.kill()
