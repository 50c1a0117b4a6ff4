"""Each command of the program, found in the program itself, and what a person's role lets them do with it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from bipro_sync.cli.main import app
from bipro_sync.model.rights import Verb

from ..identities import logged_in, scheduled


FOR_EVERYBODY = {
    *("status", "check", "schedule", "doctor", "init", "demo", "sandbox serve"),
    *("insurers letter", "insurers list", "insurers show", "credentials list", "certs list", "certs check"),
    *("config check", "config show", "config sample", "config schema"),
    *("audit key new", "audit key show"),
    *("gdv info", "gdv records", "gdv check", "gdv export", "gdv diff"),
    *("completion bash", "completion zsh", "completion fish", "completion words", "docs man"),
}
"""What monitoring runs, or what has nothing to do with the configured archive; docs/roles.md tells people."""

THE_SAME = {"documents show": Verb.SHIPMENTS_SHOW}

NEEDS = {
    "shipments show": ["A"],
    "documents show": ["A"],
    "documents search": ["Police"],
    "credentials set": ["muster.password"],
    "certs import": ["/nowhere.p12", "--insurer", "muster"],
    "insurers add": ["third"],
    "insurers unblock": ["muster", "--reason", "mended"],
    "insurers suspend": ["muster", "--reason", "they move house"],
    "insurers resume": ["muster", "--reason", "they have moved"],
    "archive compare": ["--directory", "/nowhere"],
    "archive keep": ["--everything", "--reason", "a tax audit"],
    "archive let-go": ["1", "--reason", "the audit is over"],
    "audit who": ["--at", "2026-11-21T10:00"],
    "audit export": ["--out", "/nowhere/export"],
    "contracts show": ["4711"],
    "contracts history": ["4711"],
    "contracts diff": ["A", "B"],
    "import": ["--insurer", "muster", "--kind", "mail", "/nowhere/file"],
    "inbox done": ["A"],
    "inbox reopen": ["A"],
    "documents export": ["--out", "/nowhere/export"],
    "alert unit-failed": ["bipro-sync-pull@muster.service"],
    "support-bundle": ["/nowhere/bundle.zip"],
} | {f"shipments {decision}": ["A", "--reason", "looked at"] for decision in ("hold", "release", "retry")}
READ_ONLY = """
set -e
mount --bind "$1" "$1"
mount -o remount,ro,bind "$1"
shift
exec "$@"
"""

NEEDS["shipments ack"] = ["A", "--reason", "looked at", "--yes"]


def leaves(group, *words):
    for name in group.list_commands(None):
        command = group.get_command(typer.Context(group), name)
        if hasattr(command, "list_commands"):
            yield from leaves(command, *words, name)
        else:
            yield " ".join((*words, name))


COMMANDS = sorted(leaves(typer.main.get_command(app)))
GUARDED = {command: THE_SAME.get(command) or Verb(command) for command in COMMANDS if command not in FOR_EVERYBODY}


@pytest.fixture
def house(office):
    """An office in earnest with an admin, a reader, and an auditor of one of its two insurers."""
    people = {"boss": 'role = "admin"', "clerk": 'role = "reader"', "guest": 'role = "auditor"\ninsurer = "muster"'}
    office.head = '[audit]\nresponsible = "boss"\nanchors = "none"\n[alerts]\nnone = true\n' + "".join(
        f'[users.{key}]\nname = "Erika Erfunden"\nlogin = "{key}"\nactive_from = 2026-01-01\n{lines}\n'
        for key, lines in people.items()
    )
    office.opens(office.shipment("A"), environment="production")
    office.opens(office.shipment("B"), name="other", environment="production")
    office.identity = logged_in("boss")
    assert office.ask("pull")[0] == 0
    return office


@pytest.mark.parametrize("command", GUARDED)
def test_no_command_does_anything_for_a_stranger(house, command):
    before, calls = house.stored(), len(house.calls())
    house.head = f'second_copy = "/nowhere"\n{house.head}'
    house.write_config()
    house.identity = logged_in("stranger")
    code, document = house.ask(*command.split(), *NEEDS.get(command, []))
    assert (code, document["error"]["code"]) == (17, "not-permitted"), document
    record = house.records()[-1]
    asked = "shipments list --json" if command == "shipments list" else GUARDED[command]
    assert (record["type"], record["operation"], record["os_user"]) == ("access.refused", asked, "stranger")
    assert (house.stored(), len(house.calls())) == (before, calls)


@pytest.mark.parametrize("command", ["status", "check", "doctor", "insurers list", "config check"])
def test_what_monitoring_runs_needs_no_person_and_leaves_no_record(house, command):
    before = house.records()
    house.identity = logged_in("stranger")
    assert house.ask(*command.split())[0] == 0
    assert house.records() == before


@pytest.mark.parametrize(
    ("command", "shipment"),
    [
        (("documents", "list"), "A"),
        (("documents", "search", "Police"), "A"),
        (("documents", "show", "A"), "A"),
        (("shipments", "show", "A"), "A"),
        (("shipments", "list", "--json"), "A"),
    ],
)
def test_who_looks_at_customers_data_is_on_record_with_the_purpose(house, command, shipment):
    house.identity = logged_in("clerk")
    before = len(house.records())
    code, _, err = house.run(*command)
    assert (code, "--purpose" in err) == (2, True)
    assert len(house.records()) == before
    one = () if "show" in command else ("--insurer", "muster")
    assert house.run(*command, *one, "--purpose", "claim 4711")[0] == 0
    (record,) = house.records()[before:]
    assert (record["type"], record["principal"], record["detail"]) == ("read", "clerk", "claim 4711")
    assert (record["insurer"], record["shipment"], record["count"]) == ("muster", shipment, 1)


def test_each_insurer_s_chain_knows_who_looked_at_its_shipments_and_no_words_that_were_looked_for(house):
    house.identity = logged_in("clerk")
    before = len(house.records())
    assert house.run("documents", "list", "--purpose", "claim 4711")[0] == 0
    assert {record["insurer"] for record in house.records()[before:]} == {"muster", "other"}
    assert house.run("documents", "search", "Kanarienvogel", "--purpose", "claim 4711")[0] == 0
    record = house.records()[-1]
    assert (record["count"], "insurer" in record) == (0, False)
    assert "Kanarienvogel" not in str(house.records())


def test_the_ledger_without_names_needs_no_purpose_and_leaves_no_record(house):
    house.identity = logged_in("clerk")
    before = house.records()
    code, out, _ = house.run("shipments", "list")
    assert (code, "Police" in out) == (0, False)
    assert house.records() == before


def test_an_auditor_of_one_insurer_sees_that_one_only(house):
    house.identity = logged_in("guest")
    code, listed = house.ask("audit", "list")
    assert (code, {record.get("insurer") for record in listed}) == (0, {"muster"})
    code, out, _ = house.run("shipments", "list")
    assert (code, "muster" in out, "other" in out) == (0, True, False)
    for command in (("audit", "list", "--insurer", "other"), ("shipments", "list", "--insurer", "other")):
        assert house.run(*command)[0] == 17
    assert house.run("shipments", "list", "--json")[0] == 17
    code, document = house.ask("audit", "verify")
    assert (code, list(document["insurers"])) == (0, ["muster"])


def test_the_log_s_own_directory_is_no_way_around_the_roles(house):
    for place in (house.archive, house.archive / "audit"):
        house.identity = logged_in("clerk")
        before = len(house.records())
        assert house.run("audit", "list", "--directory", str(place))[0] == 17
        assert house.records()[before]["type"] == "access.refused"
        house.identity = logged_in("guest")
        _, listed = house.ask("audit", "list", "--directory", str(place))
        assert {record.get("insurer") for record in listed} == {"muster"}


def test_a_copy_of_the_log_elsewhere_is_everybody_s_who_can_read_it(house, tmp_path):
    house.identity = logged_in("stranger")
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in (house.archive / "audit").glob("audit-*.jsonl"):
        (copy / path.name).write_bytes(path.read_bytes())
    assert house.run("audit", "verify", "--directory", str(copy))[0] == 0


def test_verifying_the_configured_archive_is_on_record(house):
    house.identity = scheduled()
    for command in ("audit verify", "archive verify"):
        assert house.run(*command.split())[0] == 0
        record = house.records()[-1]
        assert (record["type"], record["operation"], record["outcome"]) == ("verify", command, "ok")
        assert (record["actor"], record["responsible"]) == ("schedule", "boss")


def test_a_damaged_log_is_called_so_though_it_may_take_no_record_of_that(house):
    house.identity = logged_in("boss")
    segment = next((house.archive / "audit").glob("audit-*.jsonl"))
    segment.write_bytes(segment.read_bytes()[:-200])
    code, document = house.ask("audit", "verify")
    assert (code, document["exit_code"]) == (15, 15)
    assert document["bad_seq"]


def test_a_log_on_a_disk_that_takes_no_more_can_still_be_checked_and_says_what_is_not_on_record(house):
    house.identity = logged_in("boss")
    segment = next((house.archive / "audit").glob("audit-*.jsonl"))
    alone = ["unshare", "--map-root-user", "--mount", "sh", "-c", READ_ONLY, "sh", house.archive, sys.executable]
    script = (
        "import sys; from bipro_sync.cli.main import main; from tests.identities import logged_in;"
        "sys.exit(main(['--config', sys.argv[1], *sys.argv[2:], '--json'], logged_in('boss')))"
    )
    words = [*alone, "-c", script, house.config]
    before = segment.read_bytes()
    root = Path(__file__).parents[2]
    checked = subprocess.run([*words, "audit", "verify"], capture_output=True, text=True, check=False, cwd=root)
    if "permitted" in checked.stderr or "mount" in checked.stderr:
        pytest.skip(f"no file system may be mounted anew here: {checked.stderr.strip()}")
    document = json.loads(checked.stdout)
    assert (checked.returncode, document["exit_code"], document["bad_seq"]) == (14, 14, None)
    assert "Read-only file system" in checked.stderr
    assert "not on record" in checked.stderr
    shown = ["documents", "list", "--purpose", "claim 4711"]
    refused = subprocess.run([*words, *shown], capture_output=True, text=True, check=False, cwd=root)
    assert (refused.returncode, json.loads(refused.stdout)["error"]["code"]) == (14, "storage")
    assert segment.read_bytes() == before
