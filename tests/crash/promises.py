"""What must hold whatever died: looked up in the insurer's own log, in the files, and in what the program says."""

import hashlib
import json
import re
import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path

from pysqlite3 import dbapi2

from bipro_sync.model.states import STORED_BYTES


PLACES = ("shipments", "quarantine")
"""Where an archive, or its copy, keeps what came."""


LAID_OUT = re.compile(
    r"""
    catalog\.db(\.[0-9]{8}T[0-9]{6}\.[0-9]{6}Z(-wal|-shm)?)?
    | audit/(audit-[0-9]{6}\.jsonl|torn-[0-9a-f]{16}\.bin|\.head|\.lock|\.reserve)
    | state/(archive\.json|(catalogue|gdv)\.lock|locks/[a-z]+\.lock|(breakers|runs|suspensions)/[a-z]+\.json)
    | state/suspensions/\.(complete|lock)
    | state/second-copy/(card\.json|lock)
    | (shipments|quarantine)/[a-z]+/[0-9]{4}/[0-9]{2}/.*
    """,
    re.VERBOSE,
)
"""The files that may lie in an archive once nothing runs and nothing is owed."""

IN_THE_COPY = re.compile(
    r"bipro-sync-copy\.json|acknowledged/.*\.jsonl|(shipments|quarantine)/[a-z]+/[0-9]{4}/[0-9]{2}/.*"
)


def copy_of(office):
    """Where the office's second copy is, in stories that have one."""
    return office.root / "copy"


def facts(office):
    """All that a run with nothing to do must leave as it is: stored files, their copies, the rows about shipments."""
    copied = {path: (copy_of(office) / path).read_bytes() for path in files(copy_of(office))}
    return office.stored(), copied, catalogue(office)


def catalogue(office):
    """The rows about shipments, None without a catalogue; from a copy, so that a dead run's side files stay theirs."""
    if not (office.archive / "catalog.db").exists():
        return None
    place = office.root / "looked-at"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for file in office.archive.glob("catalog.db*"):
        if file.name in {"catalog.db", "catalog.db-wal"}:
            shutil.copy(file, place)
    with closing(dbapi2.connect(place / "catalog.db")) as connection:
        tables = ("shipments", "history", "files", "counts", "deliveries")
        return {table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in tables}


def stored_before_acknowledged(office, scenario):
    """Nothing the insurer has deleted is without its bytes in the archive, at this very moment."""
    for name in office.insurers:
        delivered = sent(office, name)
        deleted = {call["shipment"] for call in office.calls(name=name) if "acknowledged" in call["effects"]}
        for root in (office.archive, copy_of(office)) if scenario.copied else (office.archive,):
            found = [copy for copy in copies(root, name) if copy["place"] == "shipments"]
            stored = {(copy["shipment"], contents(copy)) for copy in found}
            for shipment in deleted:
                assert stored & {(shipment, each) for each in delivered[shipment]}, (
                    f"{shipment} is acknowledged, not stored in {root}"
                )


def decided_on_record(office):
    """What rows and the stop switch say that an operator decided stands in the log, too."""
    reasons = [reason or "" for *_, reason in (catalogue(office) or {"history": ()})["history"]]
    decided = {reason.partition(" by an operator")[0] for reason in reasons if " by an operator" in reason}
    if list((office.archive / "state" / "suspensions").glob("*.json")):
        decided.add("suspend")
    assert decided <= {record["outcome"] for record in office.records("operator.decision")}


def copied_in_the_end(office):
    """What is stored lies in the second copy, what is acknowledged is noted there, and nothing is owed."""
    copy = copy_of(office)
    assert {path for path in files(copy) if path.parts[0] in PLACES} == set(map(Path, office.stored()))
    for name in office.insurers:
        for each in copies(copy, name):
            own = [found for found in copies(office.archive, name) if found["shipment"] == each["shipment"]]
            assert contents(each) in map(contents, own)
    lines = b"".join(path.read_bytes() for path in (copy / "acknowledged").glob("*.jsonl")).splitlines()
    noted = {(line["insurer"], line["shipment"]) for line in map(json.loads, lines)}
    for name in office.insurers:
        deleted = {call["shipment"] for call in office.calls(name=name) if "acknowledged" in call["effects"]}
        assert {(name, shipment) for shipment in deleted} <= noted
    assert list((office.archive / "state" / "second-copy" / "owed").glob("*/*.json")) == []
    code, verdict = office.ask("archive", "compare")
    assert code == 0, verdict


def promises_kept(office, scenario):
    """What holds once a story has come to rest."""
    stored_before_acknowledged(office, scenario)
    for name in office.insurers:
        calls = office.calls(name=name)
        listed = {shipment for call in calls for shipment in call.get("listed") or ()}
        deleted = {call["shipment"] for call in calls if "acknowledged" in call["effects"]}
        kept = {copy["shipment"] for copy in copies(office.archive, name)}
        assert {each for each in listed if scenario.ends[each] in STORED_BYTES} == kept
        assert {each for each in listed if scenario.ends[each] == "acknowledged"} == deleted
        every = sent(office, name)
        for shipment in kept:
            own = [copy for copy in copies(office.archive, name) if copy["shipment"] == shipment]
            found = {contents(copy) for copy in own}
            assert found == every[shipment], f"{shipment}: other bytes than those that came"
            places = Counter((copy["place"], contents(copy)) for copy in own)
            assert set(places.values()) == {1}, f"{shipment}: the same bytes lie there twice"
        effects = Counter(effect for call in calls for effect in call["effects"])
        assert (effects["locked"], effects["refused"] <= 2) == (0, True), "one wrong login too many"
    nothing_left_over(office)
    code, verdict = office.ask("audit", "verify")
    assert code == 0, verdict
    code, verdict = office.ask("archive", "verify")
    assert code == 0, verdict
    if copy_of(office).exists():
        copied_in_the_end(office)
    said = Counter()
    for insurer in office.ask("status")[1]["insurers"]:
        said.update(insurer["states"])
    assert +said == Counter(scenario.ends.values()), "the summary has lost count"


def nothing_left_over(office):
    """Nothing of a dead run lies about: no draft, nothing half received."""
    for root, places in ((office.archive, LAID_OUT), (copy_of(office), IN_THE_COPY)):
        assert [str(path) for path in files(root) if not places.fullmatch(str(path))] == []
    assert (office.archive / "catalog.db").stat().st_nlink == 1, "the catalogue has a second name"
    spools = (office.archive / "spool", copy_of(office) / "drafts")
    assert [path for spool in spools for path in spool.glob("*/*")] == []


def copies(root, name):
    """The manifests of an insurer's shipments, stored and quarantined, after each file was compared with them."""
    for place in PLACES:
        for path in sorted((root / place / name).rglob("manifest.json")):
            manifest = json.loads(path.read_bytes())
            digests = {file["stored"]: file["sha256"] for file in manifest["files"]}
            digests["envelope.xml"] = manifest["envelope_sha256"]
            for file, digest in digests.items():
                assert hashlib.sha256(path.with_name(file).read_bytes()).hexdigest() == digest, path
            assert f"V-{manifest['shipment']}".encode() in path.with_name("envelope.xml").read_bytes()
            yield manifest | {"place": place}


def files(root):
    """The files below a directory, by their paths from there."""
    return {path.relative_to(root) for path in root.rglob("*") if path.is_file()}


def contents(copy):
    """The digests of a shipment's files."""
    return tuple(sorted(file["sha256"] for file in copy["files"]))


def sent(office, name):
    """What the insurer has sent whole under each id: the digests of its files, by its own log."""
    found = {}
    for call in office.calls("getShipment", name=name):
        if call["status"] == 200 and not call["fired"]:
            digests = tuple(sorted(file["sha256"] for file in call.get("files") or ()))
            found.setdefault(call["shipment"], set()).add(digests)
    return found


def refusal_noted(office):
    """Whether the log holds a refused login that nobody has forgiven yet."""
    last = [
        record["type"]
        for record in office.records("call.outcome", "breaker.closed")
        if record["type"] == "breaker.closed" or record.get("outcome") == "refused"
    ]
    return last[-1:] == ["call.outcome"]
