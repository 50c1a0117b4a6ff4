import json
import os
import zipfile

import pytest

from ..conftest import PASSWORD


CUSTOMER = "Kanarienvogel"
NUMBER = "ERF-4711-0815"
PING = "kennung-4711"


@pytest.fixture
def troubled(office):
    """An office with a customer's name wherever one can come to stand, and something wrong."""
    office.head = (
        '[users.u001]\nname = "Erika Kanarie"\nlogin = "ekanarie"\nrole = "admin"\nactive_from = 2026-01-01\n'
        f"{office.head}"
    )
    target = office.root / "dms"
    target.mkdir()
    target.chmod(0o770)
    office.head += (
        f'[handover.dms]\ntarget = "{target}"\nscan = ["/bin/sh", "-c", "exit 7", "{CUSTOMER}"]\n'
        f'[reports]\ndirectory = "{office.root}"\n[monitoring]\nping_url = "https://ping.example/{PING}"\n'
    )
    portfolio = "".join(["0001", "Erfundene Versicherung", " " * 230, "\n", f"0100 {CUSTOMER}", " " * 240, "\n"])
    listed = f'further = {{ Betreff = "{CUSTOMER}" }}'
    text = f'text = "Sehr geehrter Herr {CUSTOMER}"\nmedia_type = "text/plain"'
    office.opens(
        office.shipment("A", fields=f', Freitext = "{CUSTOMER}"', more=listed, file=text),
        office.shipment("B"),
        office.shipment("G", category="999010010", file=f"text = {json.dumps(portfolio)}"),
        office.fault("getShipment", "other-id", shipment="B"),
        broker_numbers=[NUMBER],
    )
    office.pull()
    office.run("inbox", "done", "A")
    office.run("shipments", "retry", "B", "--reason", f"{CUSTOMER} has called")
    office.run("insurers", "suspend", "muster", "--reason", f"the portal of\n{CUSTOMER} is new")
    return office


def bundle_of(office, code=0):
    file = office.root / "bundle.zip"
    file.unlink(missing_ok=True)
    said = office.run("support-bundle", str(file), "--json")
    assert said[0] == code, said
    with zipfile.ZipFile(file) as bundle:
        return {name: json.loads(bundle.read(name)) for name in bundle.namelist()}


def test_it_holds_what_helps_and_no_secret_no_customer_and_no_person(troubled):
    parts = bundle_of(troubled)
    assert parts["versions.json"]["software"].startswith("bipro-sync ")
    assert parts["settings.json"]["insurers"]["muster"]["acknowledge"] == "auto"
    assert parts["archive.json"]["insurers"]["muster"]["states"]["acknowledged"] == 2
    (stands,) = parts["handover.json"].values()
    assert (stands["handed_over"], stands["infected"], stands["failing_since"] is None) == (0, 0, False)
    assert parts["settings.json"]["handover"]["dms"]["scan"] is True
    assert parts["settings.json"]["reports"] == {"directory": str(troubled.root), "inbox": False}
    assert parts["settings.json"]["daemon"] == {"jitter": "15 minutes", "longest_run": "6 hours"}
    assert parts["settings.json"]["monitoring"] == {"pings": True, "prometheus": ""}
    assert {each["id"] for each in parts["checks.json"]} >= {"archive", "suspension"}
    assert {"call.intent", "call.outcome", "session.end"} <= {each["type"] for each in parts["records.json"]}
    shipments = {each["shipment"] for each in parts["records.json"] if "shipment" in each}
    assert len(shipments) == 3, "one sign for each shipment"
    everything = (troubled.root / "bundle.zip").read_bytes() + json.dumps(parts, ensure_ascii=False).encode()
    for canary in (CUSTOMER, PASSWORD, NUMBER, PING, "MAKLER-0815", "Erika", "ekanarie", "has called", "Police"):
        assert canary.encode() not in everything, canary


def test_it_is_for_the_eyes_of_its_maker_and_replaces_nothing(troubled):
    bundle_of(troubled)
    file = troubled.root / "bundle.zip"
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    assert troubled.run("support-bundle", str(file))[0] == 14
    assert file.read_bytes() == before
    assert troubled.records("export")[0]["operation"] == "support-bundle"


def test_it_is_made_where_everything_is_broken(troubled):
    (troubled.archive / "catalog.db").write_bytes(CUSTOMER.encode() * 1000)
    parts = bundle_of(troubled)
    assert parts["archive.json"]["error"]["code"] == "catalogue-damaged"
    (troubled.archive / "state" / "archive.json").write_text("{")
    assert bundle_of(troubled)["versions.json"]
    segment = troubled.archive / "audit" / "audit-000001.jsonl"
    segment.write_bytes(CUSTOMER.encode() + segment.read_bytes())
    assert "error" in bundle_of(troubled)["records.json"]
    troubled.config.write_text(f'[archive]\nroot = "{CUSTOMER}"\n')
    parts = bundle_of(troubled)
    assert set(parts) == {"versions.json", "configuration.json"}
    assert CUSTOMER not in str(parts)


def test_of_the_journal_it_holds_our_errors_and_nothing_else(troubled, monkeypatch):
    place = troubled.root / "bin"
    place.mkdir()
    program = place / "journalctl"
    program.write_text(
        "#!/bin/sh\n"
        "echo '2026-11-22T03:00:00+0100 host bipro-sync[1]: error: Cannot log in as MAKLER-0815.'\n"
        f"echo '2026-11-22T03:00:00+0100 host bipro-sync[1]: {CUSTOMER}'\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}:{os.environ['PATH']}")
    (line,) = bundle_of(troubled)["journal.json"]
    assert line.endswith("error: Cannot log in as [removed].")
