import csv
import json
import shlex
import stat
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from bipro_sync.audit.key_file import read_key

from ..time_stamp_authority import Authority


WRITTEN = {"records.jsonl", "records.csv", "proof.json", "checkpoints.jsonl"}


@pytest.fixture
def house(office):
    """An office whose log is signed, after a pull from two insurers; returns it with its public key."""
    office.configure()
    key = office.ask("audit", "key", "new", str(office.root / "audit.key"))[1]["key"]
    office.head = f'[alerts]\nnone = true\n[audit]\nkey = "{office.root / "audit.key"}"\nanchors = "none"\n'
    office.opens(office.shipment("A"))
    office.opens(office.shipment("=1+1"), name="other")
    assert office.ask("pull")[0] == 0
    office.public = key
    return office


def checked(office, bundle, key=None):
    """The bundle's own file, elsewhere, with nothing of ours at hand."""
    done = subprocess.run(
        [sys.executable, "-I", bundle / "verify_audit.py", bundle, "--key", key or office.public],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    return done.returncode, done.stdout


def exported(office, *options):
    code, document = office.ask("audit", "export", "--out", str(office.root / "bundle"), *options)
    assert code == 0, document
    return office.root / "bundle", document


def test_one_insurers_records_are_complete_and_checked_by_the_bundles_own_file(house):
    bundle, document = exported(house, "--insurer", "muster", "--purpose", "question of the insurer")
    names = {path.name for path in bundle.iterdir()}
    assert names == {"checkpoint.note", "export.json", "index.html", "verify_audit.py", *WRITTEN}
    records = [json.loads(line) for line in (bundle / "records.jsonl").read_text().splitlines()]
    assert {record["insurer"] for record in records} == {"muster"}
    assert [record["insurer_seq"] for record in records] == list(range(1, len(records) + 1))
    assert (document["records"], document["unsigned"]) == (len(records), 0)
    code, said = checked(house, bundle)
    count = len(records)
    assert (code, f"numbers 1 to {count} of muster, without a gap; up to the checkpoint it has {count}." in said) == (
        0,
        True,
    )
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o500


def test_the_whole_log_proves_itself(house):
    bundle, document = exported(house)
    code, said = checked(house, bundle)
    size = document["checkpoint"]
    assert (code, f"numbers 1 to {size} of the log, without a gap; up to the checkpoint it has {size}." in said) == (
        0,
        True,
    )


def test_an_export_is_itself_recorded_with_what_for(house):
    exported(house, "--insurer", "muster", "--purpose", "question 17")
    record = house.records("export")[-1]
    assert (record["operation"], record["insurer"], record["outcome"]) == ("audit export", "muster", "ok")
    assert record["detail"].endswith("; question 17")


def test_what_was_not_signed_yet_is_left_out_and_said(house):
    house.run("audit", "who", "--at", "2026-11-21")
    code, _, err = house.run("audit", "export", "--out", str(house.root / "bundle"))
    assert code == 0
    assert "later records are not signed yet, and were left out." in err
    assert checked(house, house.root / "bundle")[0] == 0
    assert "sie sind noch nicht unterschrieben" in (house.root / "bundle/index.html").read_text()


def test_a_period_is_that_of_berlin_and_its_last_day_is_in_it(house):
    bundle, document = exported(house, "--from", "2026-01-01", "--to", "2099-12-31", "--insurer", "muster")
    assert document["records"] > 0
    about = json.loads((bundle / "export.json").read_text())
    assert (about["from"], about["to"]) == ("2025-12-31T23:00:00+00:00", "2099-12-31T23:00:00+00:00")


def test_a_time_without_records_exports_none_and_is_no_damage(house):
    bundle, document = exported(house, "--to", "2020-01-01", "--insurer", "muster")
    assert (document["records"], document["first_seq"]) == (0, None)
    code, said = checked(house, bundle)
    assert (code, "Exported: no record of muster" in said) == (0, True)


def test_the_table_opens_in_a_spreadsheet_and_holds_no_formula(house):
    bundle, _ = exported(house)
    data = (bundle / "records.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfseq;ts;type;")
    rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert [int(row["seq"]) for row in rows] == list(range(1, len(rows) + 1))
    assert "'=1+1" in {row["shipment"] for row in rows}
    assert not any((cell or "").startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


class Page(HTMLParser):
    """The texts of a page, and what it would load."""

    def __init__(self, html):
        super().__init__()
        self.texts = []
        self.loads = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.loads += [value for name, value in attrs if name in {"src", "href"}]
        assert tag != "script"

    def handle_data(self, data):
        self.texts.append(data)


def test_the_page_says_question_result_verdict_and_key_in_german_and_loads_nothing(house):
    bundle, _ = exported(house, "--insurer", "muster", "--purpose", "<b>Frage & Antwort</b>")
    html = (bundle / "index.html").read_text("utf-8")
    page = Page(html)
    assert page.loads == []
    assert "url(" not in html
    for expected in ("Frage", "Ergebnis", "Prüfergebnis", "So prüfen Sie selbst", "<b>Frage & Antwort</b>", "muster"):
        assert expected in page.texts
    name, key_id, _ = house.public.split("+", 2)
    assert f"{name}+{key_id}" in page.texts
    assert any("nicht außerhalb verankert" in text for text in page.texts)
    assert any(f"--key {house.public}" in text for text in page.texts)


def test_whatever_is_changed_in_a_bundle_is_damage(house):
    bundle, _ = exported(house, "--insurer", "muster")
    bundle.chmod(0o700)
    records = bundle / "records.jsonl"
    records.chmod(0o600)
    records.write_bytes(records.read_bytes().replace(b'"outcome":"ok"', b'"outcome":"no"', 1))
    code, said = checked(house, bundle)
    assert (code, said.startswith("DAMAGED: record ")) == (15, True)


def test_another_log_s_key_opens_nothing(house):
    bundle, _ = exported(house)
    other = house.ask("audit", "key", "new", str(house.root / "other.key"))[1]["key"]
    assert checked(house, bundle, other)[0] == 15


@pytest.fixture
def stamped(house):
    """An export with the time stamp of an authority, and the authority."""
    authority = Authority(house.root / "authority")
    anchor = f'[{{ kind = "rfc3161", url = "{authority.url}", ca_file = "{authority.ca_file}", name = "tsa" }}]'
    house.head = house.head.replace('"none"', anchor, 1)
    house.head = house.head.replace(f"none = {anchor}", "none = true")
    house.write_config()
    house.run("audit", "who", "--at", "2026-11-21")
    assert house.run("audit", "checkpoint")[0] == 0
    bundle, document = exported(house, "--insurer", "muster")
    yield bundle, document["checkpoint"], authority
    authority.close()


def test_the_newest_time_stamp_goes_along_and_openssl_checks_it_as_the_page_says(house, stamped):
    bundle, size, authority = stamped
    note, stamp = (f"{size:012d}.{suffix}" for suffix in ("note", "tsa.tsr"))
    beside = house.archive / "audit/checkpoints"
    assert {path.name for path in (bundle / "stamped").iterdir()} == {note, stamp}
    for name in (note, stamp):
        assert (bundle / "stamped" / name).read_bytes() == (beside / name).read_bytes()
    assert stat.S_IMODE((bundle / "stamped").stat().st_mode) == 0o500
    page = "\n".join(Page((bundle / "index.html").read_text("utf-8")).texts)
    [command] = [line for line in page.splitlines() if "ts -verify" in line]
    words = shlex.split(command.replace("STELLE.pem", str(authority.ca_file)))
    done = subprocess.run(words, cwd=bundle, capture_output=True, text=True, check=False)
    assert (done.returncode, "Verification: OK" in done.stdout + done.stderr) == (0, True)
    [command] = [line for line in page.splitlines() if "ts -reply" in line]
    done = subprocess.run(shlex.split(command), cwd=bundle, capture_output=True, text=True, check=True)
    assert "Time stamp: " in done.stdout
    code, said = checked(house, bundle)
    assert (code, f"Stamped: record {size} is in place" in said, "not anchored" in said) == (0, True, True)


def test_a_stamped_checkpoint_of_another_log_in_an_export_is_damage(house, stamped):
    bundle, size, _ = stamped
    note = bundle / f"stamped/{size:012d}.note"
    text = note.read_text("utf-8").rpartition("\n\n")[0].split("\n")
    text[2] = "A" * 43 + "="
    note.parent.chmod(0o700)
    note.chmod(0o600)
    note.write_bytes(read_key(house.root / "audit.key").sign("\n".join(text) + "\n"))
    code, said = checked(house, bundle)
    assert (code, said.startswith("DAMAGED: this is not the log bipro-sync whose first ")) == (15, True)


def test_a_damaged_log_is_not_exported(house):
    segment = house.archive / "audit/audit-000001.jsonl"
    segment.write_bytes(segment.read_bytes().replace(b'"type":"session.end"', b'"type":"session.enD"', 1))
    code, document = house.ask("audit", "export", "--out", str(house.root / "bundle"))
    assert (code, "nothing was exported" in document["error"]["message"]) == (15, True)
    assert not (house.root / "bundle").exists()


def test_nothing_is_overwritten_and_no_half_export_is_left(house):
    (house.root / "bundle").mkdir()
    before = sorted(house.root.iterdir())
    assert house.run("audit", "export", "--out", str(house.root / "bundle"))[0] == 2
    assert house.run("audit", "export", "--out", str(house.root / "nowhere/bundle"))[0] == 2
    assert sorted(house.root.iterdir()) == before


def test_an_export_that_dies_leaves_a_draft_and_nothing_that_looks_whole(house, traced):
    bundle = house.root / "bundle"
    # Bytecode that is written by the first run alone would be renamed, too.
    script = "import sys; sys.dont_write_bytecode = True; from bipro_sync.cli.main import main; main(sys.argv[1:])"
    call = "rename,renameat,renameat2"
    arguments = ("--config", str(house.config), "audit", "export", "--insurer", "muster", "--out")
    whole = traced(script, *arguments, f"{bundle}-before", options=["-e", f"trace={call}"])
    last = next(number for number, (*_, said, _) in enumerate(whole.calls, start=1) if f"{bundle}-before" in said)
    with pytest.raises(AssertionError):
        traced(script, *arguments, str(bundle), options=["-e", f"inject={call}:signal=SIGKILL:when={last}"])
    [draft] = house.root.glob(".bundle.*")
    assert {path.name for path in draft.iterdir()} >= WRITTEN
    assert not bundle.exists()


def test_without_a_signed_checkpoint_nothing_could_be_proved(office):
    office.opens(office.shipment("A"))
    assert office.pull()["exit_code"] == 0
    code, document = office.ask("audit", "export", "--out", str(office.root / "bundle"))
    assert (code, "no signed checkpoint" in document["error"]["message"]) == (10, True)
    assert "audit checkpoint" in document["error"]["hint"]
