import hashlib
import json
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime

import pytest

from bipro_sync.audit import AuditLog, RecordType, Session
from bipro_sync.audit.checkpoint import Checkpoint
from bipro_sync.audit.drawing_up import draw_up
from bipro_sync.audit.key_file import read_key
from bipro_sync.audit.merkle import Tree, leaf_hash
from bipro_sync.audit.verification import verify
from bipro_sync.catalog import Catalogue, Queries
from bipro_sync.config import load
from bipro_sync.model.rights import Verb
from bipro_sync.sync.audit_prune_plan import plan_audit_prune
from bipro_sync.sync.audit_pruning import execute_audit_prune
from bipro_sync.sync.prune_plan import plan_prune
from bipro_sync.sync.pruning import execute_prune
from bipro_sync.sync.workplace import open_site

from .conftest import TestClock
from .dying_prunes import today
from .lost_catalogue import lose, rebuild, shipments


LONG_AGO = datetime(2014, 3, 1, tzinfo=UTC)


def delivered(office, at, *names, **section):
    office.opens(*map(office.shipment, names), **section)
    return office.pull_at(TestClock(at))


def next_segment(office, at=LONG_AGO):
    """Fills the segment in use, so that the next record begins another."""
    session = Session("run-of-a-test", "person", None, None, None, None, "somebody", "bipro-sync 0")
    log = AuditLog(office.archive / "audit", session=session, clock=TestClock(at), segment_bytes=1)
    log.write(RecordType.READ, detail="the last of its segment, or the first")
    log.close()


@pytest.fixture
def old(office):
    """An archive with two segments of long ago, whose shipments have gone, and one of today."""
    delivered(office, LONG_AGO, "A", "B")
    office.run("insurers", "suspend", "muster", "--reason", "for the test")
    office.run("insurers", "resume", "muster", "--reason", "for the test")
    rewritten(office)
    return office


def rewritten(office):
    """Makes the log as if all in it had been written long ago, in two segments."""
    directory = office.archive / "audit"
    records = [record | {"ts": record["ts"].replace("2026", "2014")} for record in office.records()]
    for path in (*directory.glob("audit-*"), directory / ".head"):
        path.unlink(missing_ok=True)
    lines, before, insurers = [], "0" * 64, {}
    for record in records:
        record["prev"] = before
        if "insurer" in record:
            record["insurer_prev"] = insurers.get(record["insurer"], "0" * 64)
        line = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()
        before = hashlib.sha256(line).hexdigest()
        if "insurer" in record:
            insurers[record["insurer"]] = before
        lines.append(line + b"\n")
    half = len(lines) // 2
    (directory / "audit-000001.jsonl").write_bytes(b"".join(lines[:half]))
    (directory / "audit-000002.jsonl").write_bytes(b"".join(lines[half:]))
    next_segment(office, datetime.now(UTC))


def plan(office):
    code, document = office.ask("audit", "prune")
    assert code == 0, document
    return document


def prune(office, what="audit"):
    code, document = office.ask(what, "prune", "--execute", office.ask(what, "prune")[1]["plan"], *today())
    assert (code, document["executed"]) == (0, True), document
    return document


def segments(office):
    return sorted(path.name for path in (office.archive / "audit").glob("audit-*.jsonl"))


def test_what_proves_a_shipment_that_is_still_kept_stays(old):
    found = plan(old)
    assert found["segments"] == []
    assert "which is still kept" in found["stays"]
    prune(old, "archive")
    assert plan(old)["segments"] == [1, 2]


def test_what_is_not_ten_years_old_stays(office):
    delivered(office, datetime(2019, 3, 1, tzinfo=UTC), "A")
    next_segment(office, datetime(2019, 3, 1, tzinfo=UTC))
    prune(office, "archive")
    assert plan(office)["segments"] == []
    assert plan(office)["stays"].startswith("the next segment is kept until 20")


def test_a_pruned_log_verifies_is_read_and_goes_on(old):
    prune(old, "archive")
    before = old.records()
    cut = draw_up(old.archive / "audit", "test", None)
    prune(old)
    assert segments(old) == ["audit-000003.jsonl"]
    code, verdict = old.ask("audit", "verify")
    assert (code, verdict["bad_seq"]) == (0, None)
    left = old.records()
    assert left[0]["seq"] > 1
    assert left[: len(before) - left[0]["seq"] + 1] == before[left[0]["seq"] - 1 :]
    assert len(old.ask("audit", "list")[1]) == len(left)
    assert draw_up(old.archive / "audit", "test", cut.checkpoint) is not None, "the old checkpoint still fits"
    old.opens(old.shipment("C"))
    assert old.pull()["acknowledged"] == 1
    assert old.ask("audit", "verify")[0] == 0
    (announced,) = [each for each in old.records("prune") if each["outcome"] == "intended" and "shipment" not in each]
    pruned = (old.archive / "audit" / "pruned.json").read_bytes()
    assert hashlib.sha256(pruned).hexdigest() in announced["detail"]


def test_a_rebuild_after_it_gives_the_same(old):
    prune(old, "archive")
    prune(old)
    before = shipments(old)
    lose(old)
    rebuild(old)
    assert shipments(old) == before
    assert set(old.states().values()) == {"acknowledged"}
    assert old.ask("archive", "verify")[0] == 0, "the tombstones are still vouched for"
    assert old.pull()["acknowledged"] == 0


def test_what_is_kept_for_a_rebuild_names_nobody(old):
    prune(old, "archive")
    prune(old)
    (told,) = (old.archive / "audit").glob("told-*.jsonl")
    kept = [json.loads(line) for line in told.read_text().splitlines()]
    assert {each["os_user"] for each in kept if each["type"] != "config.changed"} == {"-"}
    assert {each["type"] for each in kept} >= {"call.intent", "call.outcome", "ack.decision", "operator.decision"}


@pytest.mark.parametrize("scope", [("--everything",), ("--insurer", "muster"), ("A",)])
def test_what_is_held_stays(old, scope):
    prune(old, "archive")
    old.run("archive", "keep", *scope, "--reason", "a lawsuit")
    found = plan(old)
    assert found["segments"] == []
    assert "a lawsuit" in found["stays"]


def test_a_plan_that_has_become_another_is_not_carried_out(old):
    prune(old, "archive")
    before = plan(old)["plan"]
    old.run("archive", "keep", "--everything", "--reason", "a tax audit")
    assert old.ask("audit", "prune", "--execute", before, *today())[0] == 2
    assert segments(old)[0] == "audit-000001.jsonl"


def test_segments_that_are_merely_gone_are_damage(old):
    (old.archive / "audit" / "audit-000001.jsonl").unlink()
    assert old.ask("audit", "verify")[0] == 15


@pytest.mark.parametrize(
    "forge",
    [
        lambda said: said | {"head": "0" * 64},
        lambda said: said | {"records": said["records"] + 1},
        lambda said: said | {"roots": [*said["roots"][:-1], "0" * 64]},
        lambda said: said | {"told_sha256": "0" * 64},
        lambda said: {},
    ],
)
def test_a_beginning_that_no_record_vouches_for_is_damage(old, forge):
    prune(old, "archive")
    prune(old)
    path = old.archive / "audit" / "pruned.json"
    path.chmod(0o600)
    path.write_text(json.dumps(forge(json.loads(path.read_text()))))
    assert verify(old.archive / "audit").damaged
    assert old.ask("audit", "verify")[0] == 15


def test_what_a_rebuild_needs_and_was_changed_is_refused(old):
    prune(old, "archive")
    prune(old)
    (told,) = (old.archive / "audit").glob("told-*.jsonl")
    told.chmod(0o600)
    told.write_bytes(told.read_bytes().replace(b'"ok"', b'"no"', 1))
    code, document = old.ask("archive", "rebuild")
    assert (code, "is not what was kept" in document["error"]["message"]) == (15, True)


def test_a_second_prune_goes_on_behind_the_first(old):
    prune(old, "archive")
    prune(old)
    old.opens(old.shipment("C"))
    old.pull()
    next_segment(old, datetime.now(UTC))
    config, later = load(old.config), TestClock(datetime(2040, 1, 1, tzinfo=UTC))
    with open_site(config, later, Verb.ARCHIVE_PRUNE, old.identity) as site:
        with closing(Catalogue.open(site.layout.catalogue, shipments_exist=True)) as catalogue:
            gone = plan_prune(site.layout, Queries(catalogue), config.terms, None, later.now())
        execute_prune(site, gone.id, today=later.now().date(), step=lambda _: None)
    before = shipments(old)
    with open_site(config, later, Verb.AUDIT_PRUNE, old.identity) as site:
        going = plan_audit_prune(site.layout, config.terms, later.now())
        assert (going.first, going.last) == (3, 3)
        execute_audit_prune(site, going.id, today=later.now().date())
    assert segments(old)[0] == "audit-000004.jsonl"
    assert len(list((old.archive / "audit").glob("told-*"))) == 1
    assert old.ask("audit", "verify")[0] == 0
    lose(old)
    rebuild(old)
    assert shipments(old) == before
    assert old.states() == dict.fromkeys("ABC", "acknowledged")


def test_an_interrupted_prune_is_finished(old):
    prune(old, "archive")
    kept = {path: path.read_bytes() for path in (old.archive / "audit").glob("audit-00000[12].jsonl")}
    prune(old)
    for path, data in kept.items():
        path.write_bytes(data)
    assert old.ask("audit", "verify")[0] == 0, "what is left of it is passed over"
    assert plan(old)["unfinished"] == ["audit-000001.jsonl", "audit-000002.jsonl"]
    prune(old)
    assert segments(old) == ["audit-000003.jsonl"]


def sign_the_beginning(office, signing, size):
    """A checkpoint of the log's first records, as it would have been signed then."""
    lines = (office.archive / "audit/audit-000001.jsonl").read_bytes().splitlines()[:size]
    records, digests = list(map(json.loads, lines)), [hashlib.sha256(line).hexdigest() for line in lines]
    checkpoint = Checkpoint(
        origin="bipro-sync",
        size=size,
        root=Tree(map(leaf_hash, lines)).root,
        time=records[-1]["ts"],
        head=digests[-1],
        insurers={
            record["insurer"]: (record["insurer_seq"], digest)
            for record, digest in zip(records, digests, strict=True)
            if "insurer" in record
        },
    )
    notes = office.archive / "audit/checkpoints"
    notes.mkdir(exist_ok=True)
    (notes / f"{size:012d}.note").write_bytes(read_key(signing).sign(checkpoint.text))


def test_a_pruned_log_still_answers_and_its_export_is_checked_elsewhere(old):
    signing = old.root / "signing-key"
    _, public, _ = old.run("audit", "key", "new", str(signing))
    old.head = f'[audit]\nkey = "{signing}"\nknown_keys = ["{public.strip()}"]\nanchors = "none"\n{old.head}'
    old.write_config()
    sign_the_beginning(old, signing, 3)
    assert old.run("audit", "checkpoint")[0] == 0
    prune(old, "archive")
    prune(old)
    assert old.run("audit", "checkpoint")[0] == 0
    code, verdict = old.ask("audit", "verify")
    assert (code, verdict["bad_seq"]) == (0, None)
    assert old.ask("audit", "who", "--at", "2026-11-21")[0] == 0
    assert old.ask("audit", "coverage")[1]["pruned"] > 0
    old.opens(old.shipment("C"))
    old.pull()
    out = old.root / "export"
    assert old.run("audit", "export", "--insurer", "muster", "--out", str(out))[0] == 0

    def checked(*anchors):
        words = [word for anchor in anchors for word in ("--anchor", anchor)]
        done = subprocess.run(
            [sys.executable, out / "verify_audit.py", out, "--key", public.strip(), *words],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    code, said = checked()
    assert (code, said.startswith("Chain intact, signed up to record ")) == (0, True), said
    # Of what is gone for its age only the tree's roots are left: to those older than that, no proof leads any more.
    gone = json.loads((old.archive / "audit/pruned.json").read_text())["records"]
    notes = {int(path.stem): path for path in (old.archive / "audit/checkpoints").glob("*.note")}
    assert {size < gone for size in notes} == {True, False}
    for size, note in notes.items():
        code, said = checked(note)
        if size < gone:
            assert (code, f"Not compared: the anchor of {size} records" in said, "not anchored" in said) == (
                3,
                True,
                True,
            )
        else:
            assert (code, f"complete up to the last anchored checkpoint (record {size}, " in said) == (0, True), said
    assert checked(*notes.values())[0] == 0
    # Here, too, nothing is called complete by an anchor that nothing could be held against.
    code, verdict = old.ask("audit", "verify", "--anchor", str(notes[3]))
    assert (code, verdict["anchored"], verdict["uncompared"]) == (0, None, 3)
    assert "The anchored checkpoint of 3 records is of records that are gone" in verdict["remarks"][0]
    code, verdict = old.ask("audit", "verify", "--anchor", str(notes[3]), "--anchor", str(notes[max(notes)]))
    assert (code, verdict["anchored"]["size"], verdict["uncompared"]) == (0, max(notes), None)
