"""Whole runs against a practice insurer, and what another system of the house was given of them."""

import csv
import hashlib
import io
import json
import os
import stat
from datetime import datetime

import pytest

from bipro_sync.model.zone import BERLIN

from ..sync.lost_catalogue import lose, rebuild


def today():
    return f"{datetime.now(BERLIN):%Y-%m-%d}"


def side_cars(found):
    return {path: json.loads(data) for path, data in found.items() if path.endswith(".json")}


def index_of(house, insurer="muster"):
    text = (house.target / "index" / insurer / f"{today()}.csv").read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def handed(house):
    return [(each["shipment"], each["outcome"]) for each in house.records("handover")]


def test_a_pull_hands_over_files_with_side_cars_and_an_index(house):
    house.opens(
        house.shipment(
            "A",
            fields=', Versicherungsscheinnummer = "32-123 456/789", VorgangsnummerVM = "H-7"'
            ', Erstelldatum = "2026-02-28T23:59:00"',
        )
    )
    assert house.run("pull")[0] == 0
    found = house.lying()
    path = next(each for each in found if each.endswith(".pdf"))
    assert path.startswith(f"muster/{today()}/mail/A_01-")
    stored = next(house.archive.glob("shipments/muster/*/*/A/*.pdf"))
    assert found[path] == stored.read_bytes()
    said = json.loads(found[f"{path}.json"])
    assert (said["shipment"], said["category"], said["category_meaning"]) == ("A", "100007000", "Antrag")
    assert said["policy_numbers"] == [{"sent": "32-123 456/789", "normalised": "32123456789"}]
    assert said["process_numbers_broker"] == ["H-7"]
    assert said["file"]["path"] == path
    assert said["file"]["sha256"] == hashlib.sha256(found[path]).hexdigest()
    [row] = index_of(house)
    assert (row["path"], row["sha256"]) == (path, said["file"]["sha256"])
    assert (row["policy_number"], row["policy_number_normalised"]) == ("32-123 456/789", "32123456789")
    assert row["process_number_broker"] == "H-7"
    assert (said["document_dates"], row["document_date"]) == (["2026-02-28"], "2026-02-28")
    assert handed(house) == [("A", "ok")]


def test_data_only_shipments_go_as_their_xml_and_a_page_for_people(house):
    house.opens(house.shipment("A", file=None, fields=', Freitext = "<b>&Zeichen"'))
    house.run("pull")
    found = house.lying()
    data, page = (next(each for each in found if each.endswith(end)) for end in ("A_data.xml", "A_page.html"))
    assert data.startswith(f"muster/{today()}/event/")
    assert found[data] == next(house.archive.glob("shipments/muster/*/*/A/envelope.xml")).read_bytes()
    text = found[page].decode()
    assert "&lt;b&gt;&amp;Zeichen" in text
    assert "V-A" in text
    assert {each["path"] for each in index_of(house)} == {data, page}


def test_gdv_and_commission_lie_in_folders_of_their_own(house):
    house.opens(
        house.shipment("A"),
        house.shipment("G", category="999010010", file='document = "portfolio.gdv"'),
        house.shipment("C", category="999050000", file='document = "commission.gdv"'),
    )
    house.run("pull")
    folders = {path.split("/")[2] for path in house.lying() if not path.startswith("index/")}
    assert folders == {"mail", "gdv-portfolio", "commission"}


def test_nothing_is_handed_over_twice_and_what_is_new_joins_the_day_s_index(house):
    house.opens(house.shipment("A"))
    house.run("pull")
    before = {path: (house.target / path).stat().st_mtime_ns for path in house.lying()}
    house.run("pull")
    assert {path: (house.target / path).stat().st_mtime_ns for path in house.lying()} == before
    for path in house.lying():
        if not path.startswith("index"):
            (house.target / path).unlink()  # the other system has taken it
    house.opens(house.shipment("B"))
    house.run("pull")
    assert {path.split("/")[-1][0] for path in house.lying() if not path.startswith("index")} == {"B"}
    assert [each["shipment"] for each in index_of(house)] == ["A", "B"]
    assert handed(house) == [("A", "ok"), ("B", "ok")]


def test_marks_survive_a_lost_catalogue(house):
    house.opens(house.shipment("A"), house.shipment("B"))
    house.run("pull")
    for path in house.lying():
        (house.target / path).unlink()
    lose(house)
    rebuild(house)
    house.run("pull")
    assert house.lying() == {}
    assert house.ask("handover", "list")[1][0]["handed_over"] == 2


def test_only_the_kinds_and_days_that_are_wanted_are_handed_over(house):
    house.hands_over(kinds=["event"])
    house.opens(house.shipment("A"), house.shipment("B", file=None))
    house.run("pull")
    assert {each["shipment"] for each in side_cars(house.lying()).values()} == {"B"}
    house.hands_over(name="other")
    house.head += "since = 2099-01-01\n"
    house.write_config()
    house.run("handover", "run")
    assert handed(house) == [("B", "ok")]


def test_a_bare_target_gets_no_side_cars(house):
    house.hands_over(format="bare", names="{insurer}_{shipment}/{kind}/{file}")
    house.opens(house.shipment("A"))
    house.run("pull")
    assert [path.rpartition(".")[2] for path in house.lying()] == ["csv", "pdf"]


def test_foreign_data_are_never_handed_over(house):
    foreign = ', Vermittler = { Vermittlernummer = "9999" }'
    house.opens(house.shipment("A"), house.shipment("F", fields=foreign), broker_numbers=["4711"])
    house.run("pull")
    assert handed(house) == [("A", "ok")]
    code, _, err = house.run("handover", "run", "--shipment", "F")
    assert (code, "No shipment F" in err) == (2, True)
    assert handed(house) == [("A", "ok")]


def test_what_is_quarantined_for_its_checksum_is_handed_over_and_once_more_when_it_came_right(house):
    wrong = house.fault("getShipment", "wrong-checksum", shipment="A")
    house.opens(house.shipment("A"), wrong)
    for _ in range(3):
        house.run("pull", "--retry-failed")
    assert house.states() == {"A": "quarantined"}
    assert handed(house) == [("A", "ok")]
    house.opens(house.shipment("A"))
    house.run("shipments", "retry", "A", "--reason", "they have mended it")
    house.run("pull")
    assert house.states() == {"A": "acknowledged"}
    assert handed(house) == [("A", "ok"), ("A", "ok")]


def test_names_that_insurers_send_become_no_paths(house):
    evil = "..%2F..%2Fetc/pass wd"
    house.opens(house.shipment("../../etc/passwd", category="../../x").replace('"Police.pdf"', f'"{evil}"'))
    house.run("pull")
    found = house.lying()
    assert not any("passwd/" in path or "/etc/" in path for path in found)
    assert any("%2E%2E%2F..%2Fetc%2Fpasswd" in path or "%2E.%2F..%2Fetc%2Fpasswd" in path for path in found)
    assert not (house.target.parent / "etc").exists()
    assert next(iter(side_cars(found).values()))["file"]["name"] == evil


@pytest.fixture
def scanner(tmp_path):
    """A scan whose verdict on each shipment's bytes the test decides: by the words in them."""
    script = tmp_path / "scan"
    script.write_text('#!/bin/sh\ncat "$@" | grep -q MALWARE && exit 1\ncat "$@" | grep -q PUZZLE && exit 2\nexit 0\n')
    script.chmod(0o700)
    return script


def letter(house, name, word):
    return house.shipment(name, file=f'text = "{word}"\nmedia_type = "text/plain"')


def test_the_scan_s_verdict_counts(house, scanner):
    house.hands_over(scan=[str(scanner)])
    house.opens(letter(house, "A", "clean"), letter(house, "M", "MALWARE"), letter(house, "P", "PUZZLE"))
    code, _, err = house.run("pull")
    assert code == 0
    assert "dms: muster/M is infected, and was not handed over." in err
    assert "muster/P: the scan" in err
    assert "ended with 2" in err
    assert handed(house) == [("A", "ok"), ("M", "infected")]
    assert {each["shipment"] for each in side_cars(house.lying()).values()} == {"A"}
    [target] = house.ask("handover", "list")[1]
    assert (target["handed_over"], target["infected"]) == (1, 1)
    assert target["failing_since"]

    scanner.write_text("#!/bin/sh\nexit 0\n")
    assert house.run("handover", "run")[0] == 0
    assert handed(house)[2:] == [("P", "ok")], "what is infected is not tried again by itself"
    assert house.run("handover", "run", "--shipment", "M")[0] == 0
    assert handed(house)[3:] == [("M", "ok")]
    [target] = house.ask("handover", "list")[1]
    assert (target["handed_over"], target["infected"], target["failing_since"]) == (3, 0, None)


def test_a_run_that_dies_before_its_marks_is_repeated_under_the_same_names(house, scanner):
    scanner.write_text('#!/bin/sh\ncat "$@" | grep -q SECOND && kill -9 $PPID\nexit 0\n')
    house.hands_over(scan=[str(scanner)])
    house.opens(letter(house, "A", "FIRST"), letter(house, "B", "SECOND"))
    child = house.start("pull", "--no-wait")
    child.communicate()
    assert child.returncode == -9
    before = house.lying()
    assert [each["shipment"] for each in side_cars(before).values()] == ["A"]
    assert handed(house) == []
    scanner.write_text("#!/bin/sh\nexit 0\n")
    assert house.run("pull")[0] == 0
    after = house.lying()
    assert {path: after[path] for path in before} == before
    assert [each["shipment"] for each in index_of(house)] == ["A", "B"]
    assert handed(house) == [("A", "ok"), ("B", "ok")]


def test_a_scan_that_is_not_there_is_asked_a_few_times_and_everything_stays_owed(house, tmp_path):
    house.hands_over(scan=[str(tmp_path / "nothing")])
    house.opens(*(letter(house, name, "clean") for name in "ABCDE"))
    code, _, err = house.run("pull")
    assert (code, err.count("cannot be run")) == (0, 3)
    assert (handed(house), house.lying()) == ([], {})
    house.hands_over()
    house.run("handover", "run")
    assert len(handed(house)) == 5


@pytest.mark.parametrize("missing", ["gone", "open", "another"])
def test_a_target_that_is_not_the_one_takes_nothing_and_is_told_of(house, missing):
    house.opens(house.shipment("A"))
    house.run("pull")
    if missing == "gone":
        house.target.rename(house.target.with_name("away"))
    elif missing == "open":
        house.target.chmod(0o777)
    else:
        house.target.rename(house.target.with_name("away"))
        house.target.mkdir(mode=0o700)
    house.opens(house.shipment("B"))
    code, out, err = house.run("pull", "--json")
    assert code == 0
    assert "dms: the target" in err
    assert json.loads(out)["handover"]["warnings"]
    assert handed(house) == [("A", "ok")]
    code, out, _ = house.run("check")
    assert (code, "The hand-over to dms is not complete" in out) == (1, True)


def test_files_are_as_open_as_the_target_and_never_to_others(house):
    house.opens(house.shipment("A"))
    child = house.start("pull", preexec_fn=lambda: os.umask(0o077))
    _, err = child.communicate()
    assert child.returncode == 0, err
    modes = {
        path.is_dir(): stat.S_IMODE(path.stat().st_mode)
        for path in house.target.rglob("*")
        if path.name != ".bipro-sync"
    }
    assert modes == {True: 0o770, False: 0o640}


def test_bytes_that_are_not_those_received_are_not_handed_over(house):
    house.hands_over(since="2099-01-01")
    house.head = house.head.replace('"2099-01-01"', "2099-01-01")
    house.opens(house.shipment("A"), house.shipment("B"))
    house.run("pull")
    stored = next(house.archive.glob("shipments/muster/*/*/A/*.pdf"))
    stored.chmod(0o600)
    stored.write_bytes(b"%PDF-other")
    house.hands_over()
    code, _, err = house.run("handover", "run")
    assert (code, "does not hold the bytes" in err) == (3, True)
    assert handed(house) == [("B", "ok")]
    assert not any("A_01" in path for path in house.lying())


def test_what_a_dead_run_left_half_written_is_removed_and_nothing_else(house):
    (house.target / ".bipro-sync").mkdir()
    (house.target / ".bipro-sync" / "0123456789abcdef.part").write_bytes(b"half")
    (house.target / ".bipro-sync" / "theirs.txt").write_bytes(b"whole")
    house.opens(house.shipment("A"))
    house.run("pull")
    assert [path.name for path in (house.target / ".bipro-sync").iterdir()] == ["theirs.txt"]


def test_a_dry_run_hands_over_nothing(house):
    house.opens(house.shipment("A"))
    house.run("pull", "--dry-run")
    assert house.lying() == {}


def test_a_target_that_nobody_configured_is_said_to_be_unknown(house):
    house.opens(house.shipment("A"))
    house.run("pull")
    code, _, err = house.run("handover", "run", "archive")
    assert (code, "The configuration has no target archive; it has dms." in err) == (2, True)


def test_what_goes_once_more_goes_only_where_its_kind_is_taken(house, tmp_path):
    (tmp_path / "gdv").mkdir(mode=0o700)
    house.hands_over(kinds=["mail"])
    house.head += f'[handover.gdv]\ntarget = "{tmp_path / "gdv"}"\nkinds = ["gdv-portfolio"]\n'
    house.opens(house.shipment("A"), house.shipment("E", file=None))
    house.run("pull")
    code, document = house.ask("handover", "run", "--shipment", "A")
    assert (code, [(each["target"], each["shipments"]) for each in document["targets"]]) == (0, [("dms", 1)])
    assert not house.lying(tmp_path / "gdv")
    code, _, err = house.run("handover", "run", "--shipment", "E")
    assert (code, "No target takes shipment E: it is of the kind event." in err) == (2, True)


def test_what_goes_once_more_does_not_hide_what_is_owed(house):
    house.opens(house.shipment("A"))
    house.run("pull")
    house.target.chmod(0o777)
    house.opens(house.shipment("A"), house.shipment("B"))
    house.run("pull")
    house.target.chmod(0o770)
    assert house.run("handover", "run", "--shipment", "A")[0] == 0
    [state] = house.ask("handover", "list")[1]
    assert state["failing_since"] is not None
    assert house.run("handover", "run")[0] == 0
    [state] = house.ask("handover", "list")[1]
    assert (state["failing_since"], state["handed_over"]) == (None, 2)
