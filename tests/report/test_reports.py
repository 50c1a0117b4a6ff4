"""Reports of real runs, as files and as people see them in a real browser."""

import csv
import io
import json
import os
from datetime import UTC, date, datetime, timedelta

import pytest

from bipro_sync.model.kinds import Kind
from bipro_sync.model.zone import BERLIN
from bipro_sync.report import Period

from ..browser import look
from ..certificates import PASSPHRASE, certified, packed


MAIL, COMMISSION, CRITICAL = (0x1F, 0x5F, 0xA8), (0x2E, 0x7D, 0x4F), (0xB3, 0x26, 0x1E)


@pytest.fixture
def house(office, tmp_path):
    office.folder = tmp_path / "reports"
    office.folder.mkdir()
    office.head += f'[reports]\ndirectory = "{office.folder}"\ninbox = true\n'
    office.opens(
        office.shipment("A", fields=', Versicherungsscheinnummer = "32-KANARIE"'),
        office.shipment("B", category="140012021"),
        office.shipment("C", category="999050000", file='document = "commission.gdv"'),
        office.shipment("D"),
        office.fault("getShipment", "missing-part", shipment="D"),
        expect={"gdv-portfolio": "1 day"},
    )
    office.opens(office.shipment("Z"), name="zweit")
    return office


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";"))


def month(day=None):
    return f"month-{day or datetime.now(BERLIN):%Y-%m}"


def test_after_a_run_the_day_the_month_and_the_worklist_are_written(house):
    house.run("pull")
    assert {"run.html", "run.csv", f"{month()}.html", f"{month()}.csv", "inbox.html"} <= {
        path.name for path in house.folder.iterdir()
    }
    delivered = [row for row in rows(house.folder / "run.csv") if row["figure"] == "delivered"]
    counted = {(row["insurer"], row["about"]): row["value"] for row in delivered}
    assert counted == {("muster", "mail"): "2", ("muster", "commission"): "1", ("zweit", "mail"): "1"}
    days = {row["day"] for row in rows(house.folder / f"{month()}.csv") if row["figure"] == "delivered"}
    assert days == {f"{datetime.now(BERLIN):%Y-%m-%d}"}
    assert {path.stat().st_mode & 0o007 for path in house.folder.iterdir()} == {0}
    exported = [(each["insurer"], each["count"], each["detail"]) for each in house.records("export")]
    assert exported == [("muster", 3, "worklist page"), ("zweit", 1, "worklist page")]
    assert "32-KANARIE" in (house.folder / "inbox.html").read_text()
    for name in ("run.html", f"{month()}.html", "run.csv"):
        assert "KANARIE" not in (house.folder / name).read_text(), "reports hold no customer's datum"


def test_the_month_s_report_in_a_browser_has_charts_figures_and_troubles_and_reaches_nobody(house, tmp_path):
    house.run("pull")
    house.run("pull", "--no-ack")
    for state in (house.archive / "state" / "runs").glob("muster*.json"):
        said = json.loads(state.read_text())
        said["first_run_at"] = (datetime.now(UTC) - timedelta(days=9)).isoformat()
        state.write_text(json.dumps(said))
    assert house.run("report", "month", "--month", f"{datetime.now(BERLIN):%Y-%m}")[0] == 0
    seen = look(house.folder / f"{month()}.html", tmp_path, height=1300)
    assert (seen.width, seen.height) == (900, 1300)
    for words in (
        "Monatsbericht",
        "muster",
        "zweit",
        "Abrechnung",
        "GDV-Bestand",
        "erreichbar, aber leer",
        "gescheitert",
        "1 Tag",
        "Prüfprotokoll",
        "nicht signiert, nicht verankert",
    ):
        assert words in seen.text, words
    assert seen.dom.count("<svg") == 3
    assert seen.dom.count("<rect") >= 3 + len(Kind) + len(Period.of_month(datetime.now(BERLIN).date()).days)
    assert seen.wanted == set()
    assert seen.share(*MAIL) > 0.002, "the bars are there, in their colours"
    assert seen.share(*COMMISSION) > 0.002
    assert seen.share(*CRITICAL) > 0.00005
    assert {row[-9:] for row in seen.rows} == {b"\xff" * 9}, "nothing runs over the edge"


def test_a_report_goes_where_it_is_told_to_or_says_that_it_knows_no_place(office, tmp_path):
    office.opens(office.shipment("A"))
    office.run("pull")
    code, _, err = office.run("report", "run")
    assert (code, "Where to?" in err) == (2, True)
    code, document = office.ask("report", "run", "--out", str(tmp_path))
    assert (code, document["shipments"], document["page"]) == (0, 1, str(tmp_path / "run.html"))
    code, document = office.ask("report", "month", "--out", str(tmp_path), "--month", "2020-02")
    assert (code, document["shipments"]) == (0, 0)
    assert "Monatsbericht 02/2020" in (tmp_path / "month-2020-02.html").read_text()


def test_the_csv_has_the_figures_of_the_page_and_the_head_is_the_log_s(house):
    house.run("pull")
    found = {
        (row["figure"], row["insurer"], row["about"]): row["value"]
        for row in rows(house.folder / "run.csv")
        if row["figure"] not in {"delivered", "to_see_to"}
    }
    assert found["reach", "muster", ""] == "reachable"
    assert found["failed", "muster", ""] == "1"
    assert found["quarantined", "muster", ""] == "0"
    assert found["foreign_gdv", "muster", ""] == "0"
    assert found["silent", "muster", "gdv-portfolio"] == "no"
    assert datetime.fromisoformat(found["last_success", "zweit", ""]).tzinfo is not None
    assert (found["audit_signed", "", ""], found["audit_anchored", "", ""]) == ("0", "0")
    number, sha256 = int(found["audit_records", "", ""]), found["audit_head", "", ""]
    lines = b"".join(path.read_bytes() for path in sorted((house.archive / "audit").glob("*.jsonl"))).splitlines()
    assert json.loads(lines[number])["prev"] == sha256, "the next record vouches for it"
    assert sha256 in (house.folder / "run.html").read_text()


def test_a_certificate_s_end_stands_in_the_report_of_the_run_that_has_read_it(house, tmp_path):
    end = datetime.now(UTC) + timedelta(days=14, hours=1)
    holder = certified("client", serial=0xCAFE01, end=end)
    path = tmp_path / "client.p12"
    path.write_bytes(packed(holder))
    path.chmod(0o600)
    auth = {"method": "certificate", "certificate": {"file": str(path), "passphrase": house.secret("p12", PASSPHRASE)}}
    house.configure("zweit", auth=auth)
    house.run("pull")
    for name in ("run.html", f"{month()}.html"):
        page = (house.folder / name).read_text()
        assert "Zertifikate" in page
        assert f"<td>CAFE01</td><td>der Firma</td><td>{end.astimezone(BERLIN):%d.%m.%Y}</td>" in page
        assert '<td class="number">14</td>' in page
    assert ("certificate_ends", "zweit", "CAFE01") in {
        (row["figure"], row["insurer"], row["about"]) for row in rows(house.folder / "run.csv")
    }


def test_a_report_that_cannot_be_written_is_no_failure_of_the_pull(house):
    house.folder.rename(house.folder.with_name("away"))
    code, out, _ = house.run("pull", "--insurer", "zweit", "--json")
    assert code == 0
    assert json.loads(out)["reports"]["warnings"]


def test_the_office_may_read_its_pages_though_the_service_keeps_everything_else_to_itself(house):
    child = house.start("pull", "--no-wait", preexec_fn=lambda: os.umask(0o077))
    _, err = child.communicate()
    assert child.returncode == 3, err
    assert {path.stat().st_mode & 0o777 for path in house.folder.iterdir()} == {0o640}


def test_nothing_is_written_after_a_dry_run(house):
    house.run("pull", "--dry-run")
    assert list(house.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("day", "first", "last", "hours"),
    [
        (date(2026, 2, 14), date(2026, 2, 1), date(2026, 2, 28), 28 * 24),
        (date(2028, 2, 29), date(2028, 2, 1), date(2028, 2, 29), 29 * 24),
        (date(2026, 3, 31), date(2026, 3, 1), date(2026, 3, 31), 31 * 24 - 1),
        (date(2026, 10, 1), date(2026, 10, 1), date(2026, 10, 31), 31 * 24 + 1),
        (date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31), 31 * 24),
    ],
)
def test_a_month_is_one_of_berlin_summer_time_included(day, first, last, hours):
    period = Period.of_month(day)
    assert (period.first, period.last, len(period.days)) == (first, last, last.day)
    assert (period.end.astimezone(UTC) - period.begin.astimezone(UTC)) == timedelta(hours=hours)
