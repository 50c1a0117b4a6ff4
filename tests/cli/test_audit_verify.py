import json
import shutil
import subprocess

import pytest

from ..time_stamp_authority import Authority


@pytest.fixture
def house(office):
    """An office whose log is signed and anchored, after a pull; its public key, its anchor, and a copy of its log."""
    office.nas, office.copy = office.root / "nas", office.root / "copy"
    office.nas.mkdir()
    office.configure()
    office.public = office.ask("audit", "key", "new", str(office.root / "audit.key"))[1]["key"]
    office.head = (
        f'[alerts]\nnone = true\n[audit]\nkey = "{office.root / "audit.key"}"\n'
        f'anchors = [{{ kind = "directory", path = "{office.nas}" }}]\n'
    )
    office.opens(office.shipment("A"))
    assert office.pull()["exit_code"] == 0
    shutil.copytree(office.archive / "audit", office.copy)
    return office


def test_the_configured_log_is_held_against_its_own_key_and_anchor_and_that_is_recorded(house):
    code, found = house.ask("audit", "verify")
    assert (code, found["headline"].split(",")[:2]) == (
        0,
        ["chain intact", " complete up to the last anchored checkpoint (record " + str(found["anchored"]["size"])],
    )
    assert found["unanchored"] == found["records"] - found["anchored"]["size"]
    assert [key.partition("+")[0] for key in found["keys"]] == ["bipro-sync"]
    record = house.records("verify")[-1]
    assert (record["count"], record["outcome"], record["detail"]) == (
        found["records"],
        "ok",
        f"audit log; {found['headline']}",
    )


def test_a_copy_elsewhere_is_checked_with_key_and_anchor_and_no_configuration(house):
    house.config.unlink()
    code, found = house.ask("audit", "verify", "--directory", str(house.copy))
    assert (code, found["anchored"], found["keys"], found["remarks"]) == (
        0,
        None,
        [],
        ["No key was known: whoever can write here may have made the checkpoints, too."],
    )
    keys = house.root / "keys"
    keys.write_text(f"{house.public}\n")
    for key in (house.public, str(keys)):
        arguments = ("--directory", str(house.copy), "--pubkey", key, "--anchor", str(house.nas))
        code, found = house.ask("audit", "verify", *arguments)
        assert (code, found["unanchored"]) == (0, found["records"] - found["anchored"]["size"])
    [note] = house.nas.iterdir()
    assert house.ask("audit", "verify", "--directory", str(house.copy), "--anchor", str(note))[1]["anchored"]


def test_a_cut_tail_of_a_copy_is_exit_15_against_the_anchor_with_the_first_missing_record(house):
    for name in (".head", "sealing.json"):
        (house.copy / name).unlink(missing_ok=True)
    shutil.rmtree(house.copy / "checkpoints")
    segment = house.copy / "audit-000001.jsonl"
    segment.write_bytes(b"".join(segment.read_bytes().splitlines(keepends=True)[:3]))
    assert house.ask("audit", "verify", "--directory", str(house.copy))[0] == 0
    code, found = house.ask("audit", "verify", "--directory", str(house.copy), "--anchor", str(house.nas))
    assert (code, found["bad_seq"]) == (15, 4)
    out = house.run("audit", "verify", "--directory", str(house.copy), "--anchor", str(house.nas))[1]
    assert out.startswith("Audit log: damaged at record 4: it is missing; the anchored checkpoint of ")


def test_a_damaged_log_is_told_though_it_can_take_no_record(house):
    segment = house.archive / "audit/audit-000001.jsonl"
    segment.write_bytes(segment.read_bytes()[:-5] + b"xxxx\n")
    code, found = house.ask("audit", "verify")
    assert (code, found["exit_code"]) == (15, 15)
    assert found["bad_seq"]


def test_an_anchor_that_is_not_there_is_told_and_the_log_not_called_anchored(house):
    house.nas.rename(house.root / "away")
    code, out, err = house.run("audit", "verify", "-v")
    assert (code, "not anchored: a cut tail" in out) == (0, True)
    assert f"The anchor {house.nas} is not there, so nothing was held against it." in err


@pytest.mark.parametrize("options", [["--pubkey", "nonsense"], ["--pubkey", "a+00000000+AAAA"]])
def test_what_is_no_key_is_a_usage_error(house, options):
    code, document = house.ask("audit", "verify", *options)
    assert (code, "is no public key" in document["error"]["message"]) == (2, True)


@pytest.fixture
def authority(house):
    """A time stamp authority that the office is anchored with, beside its directory."""
    found = Authority(house.root / "authority")
    house.head = house.head.replace(
        "anchors = [",
        f'anchors = [{{ kind = "rfc3161", url = "{found.url}", ca_file = "{found.ca_file}", name = "tsa" }}, ',
    )
    house.write_config()
    yield found
    found.close()


def test_a_time_stamp_is_told_of_by_itself_and_makes_nothing_complete(house, authority):
    assert house.ask("audit", "verify")[1]["remarks"] == ["No time stamp of tsa lies beside the log."]
    assert house.run("audit", "checkpoint")[0] == 0
    house.nas.rename(house.root / "away")
    code, found = house.ask("audit", "verify")
    [stamp] = found["stamped"]
    assert (code, stamp["anchor"], stamp["size"], found["remarks"]) == (0, "tsa", found["signed"], [])
    assert stamp["time"].endswith("+00:00")
    assert "not anchored: a cut tail" in found["headline"]
    out = house.run("audit", "verify", "-v")[1]
    assert f"Time stamp of tsa: record {stamp['size']} existed at {stamp['time'][:10]} " in out
    authority.ca_file.write_text("")
    code, found = house.ask("audit", "verify")
    assert (code, found["stamped"]) == (0, [])
    assert found["remarks"][0].startswith(f"The time stamp of tsa up to record {stamp['size']} shows nothing: ")


def test_a_time_stamp_over_something_else_is_exit_15_with_its_record_and_nothing_is_exported(house, authority):
    assert house.run("audit", "checkpoint")[0] == 0
    notes = house.archive / "audit/checkpoints"
    [stamp] = notes.glob("*.tsr")
    size = int(stamp.name[:12])
    stamp.unlink()
    other = authority.answer(
        subprocess.run(
            ["openssl", "ts", "-query", "-data", house.config, "-sha256", "-cert"], capture_output=True, check=True
        ).stdout
    )
    stamp.write_bytes(other)
    code, found = house.ask("audit", "verify")
    assert (code, found["bad_seq"], "was given to another one" in found["reason"]) == (15, size, True)
    assert house.run("audit", "verify")[1].startswith(f"Audit log: damaged at record {size}: the time stamp of tsa ")
    assert house.records("verify")[-1]["outcome"] == "damaged"
    assert house.run("audit", "export", "--out", str(house.root / "bundle"))[0] == 15


def test_an_anchor_with_several_logs_wants_the_key_named(house):
    [note] = house.nas.iterdir()
    other = house.root / "other"
    shutil.copytree(house.archive / "audit", other)
    shutil.rmtree(other / "checkpoints")
    (house.nas / note.name.replace("bipro-sync", "another")).write_bytes(
        note.read_bytes().replace(b"bipro-sync", b"another")
    )
    arguments = ("audit", "verify", "--directory", str(house.copy), "--anchor", str(house.nas))
    code, document = house.ask(*arguments)
    assert (code, "several logs: another, bipro-sync" in document["error"]["message"]) == (2, True)
    assert house.ask(*arguments, "--pubkey", house.public)[0] == 0


def test_coverage_tells_segments_checkpoints_anchors_and_until_when_the_log_must_be_kept(house):
    code, found = house.ask("audit", "coverage")
    year = int(house.records()[0]["ts"][:4])
    assert (code, found["whole"]["first_seq"], found["whole"]["records"]) == (0, 1, len(house.records()))
    assert found["deletable_from"] in {f"{year + 11}-01-01", f"{year + 12}-01-01"}
    assert (found["checkpoints"], found["anchors"], found["missing"]) == (1, ["directory"], [])
    out = house.run("audit", "coverage")[1]
    assert "audit-000001.jsonl" in out
    assert "Checkpoints: 1, up to record" in out


def test_selftest_shows_that_a_change_is_noticed_and_leaves_the_log_alone(house):
    before = (house.archive / "audit/audit-000001.jsonl").read_bytes()
    code, found = house.ask("audit", "selftest")
    assert (code, found["noticed"]) == (0, True)
    assert found["after"].startswith(f"damaged at record {found['changed_seq']}: ")
    assert (house.archive / "audit/audit-000001.jsonl").read_bytes() == before
    assert "The change was noticed." in house.run("audit", "selftest")[1]


def test_records_are_listed_by_person_and_by_kind_of_exchange(house):
    login = house.records()[0]["os_user"]
    listed = house.ask("audit", "list", "--user", login, "--kind", "ack")[1]
    assert {record["exchange"] for record in listed} == {"ack"}
    assert len(listed) == len([record for record in house.records() if record.get("exchange") == "ack"])
    assert house.ask("audit", "list", "--user", "nobody-known")[1] == []
    assert json.dumps(listed)
