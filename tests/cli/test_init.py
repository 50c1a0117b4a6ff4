import stat
import subprocess
import sys
import tomllib

import pytest

from bipro_sync.config import read
from bipro_sync.insurers import Insurer, effective

from ..identities import logged_in
from ..typing_people import typed


BASIC = ("--name", "Erika Erfunden", "--login", "eerfunden", "--environment", "test")


@pytest.fixture
def begun(call, tmp_path):
    """A configuration that `init` has begun, for tests."""
    path = tmp_path / "etc" / "config.toml"
    said = call("--config", path, "init", "--root", tmp_path / "archive", *BASIC)
    assert said.code == 0, said.err
    return path


def add(call, path, name, *more):
    return call("--config", path, "insurers", "add", name, *more, "--json")


ADDRESSES = ("--sts-url", "https://sts.one.example/sts", "--transfer-url", "https://one.example/transfer", "--no-test")
PASSWORD = ("--method", "password", "--username", "MAKLER-1", "--bipro-version", "2.6.1.1.0")


def test_what_is_begun_is_valid_and_closed_to_others(begun, tmp_path):
    reading = read(begun)
    assert reading.problems == ()
    assert reading.config.archive.root == tmp_path / "archive"
    assert (reading.config.environment, reading.config.audit.responsible) == ("test", "u001")
    assert reading.config.users["u001"].login == "eerfunden"
    assert stat.S_IMODE(begun.stat().st_mode) == 0o640
    assert "#" in begun.read_text()


def test_production_with_an_anchor_and_somebody_to_write_to_is_valid(call, tmp_path):
    path = tmp_path / "config.toml"
    options = ("--anchor", "/mnt/nas/anchors", "--mail", "it@broker.example", "--smtp", "smtps://mail.broker.example")
    said = call("--config", path, "init", "--root", "/var/lib/x", *BASIC[:4], *options, "--json")
    assert (said.code, said.document["config"]) == (0, str(path))
    assert any("insurers add" in step for step in said.document["next"])
    reading = read(path)
    assert (reading.problems, reading.config.environment) == ((), "production")
    assert reading.config.audit.anchors[0].path.name == "anchors"


def test_nothing_is_ever_overwritten(begun, call, tmp_path):
    before = begun.read_bytes()
    said = call("--config", begun, "init", "--root", tmp_path / "other", *BASIC)
    assert (said.code, begun.read_bytes()) == (2, before)
    assert "never overwritten" in said.err
    assert sorted(path.name for path in begun.parent.iterdir()) == ["config.toml"]


@pytest.mark.parametrize(
    ("option", "answer", "says"),
    [
        ("--root", "relative", "--root must be an absolute path."),
        ("--environment", "earnest", "must be one of production, test"),
        ("--mail", "nobody", "mail address"),
        ("--key", "Ü", "must be a label"),
        ("--name", "  ", "must be text"),
    ],
)
def test_an_answer_that_is_none_is_refused_by_its_option(call, tmp_path, option, answer, says):
    said = call("--config", tmp_path / "config.toml", "init", *BASIC, "--root", "/x", option, answer)
    assert (said.code, says in said.err, list(tmp_path.iterdir())) == (2, True, [])


def test_a_question_that_nobody_can_answer_names_its_option(call, tmp_path):
    said = call("--config", tmp_path / "config.toml", "init")
    assert (said.code, "--name" in said.err) == (2, True)


def test_a_person_is_asked_and_asked_again(tmp_path):
    command = [sys.executable, "-m", "bipro_sync", "--config", str(tmp_path / "config.toml"), "init"]
    answers = ["nowhere", str(tmp_path / "archive"), "", 'Erika "E" Erfünden', "", "", "", ""]
    code, shown = typed(command, *answers)
    assert code == 0, shown
    assert "must be an absolute path" in shown
    assert "insurers add NAME" in shown
    document = tomllib.loads((tmp_path / "config.toml").read_text())
    assert document["users"]["u001"]["name"] == 'Erika "E" Erfünden'
    assert document["archive"]["root"] == str(tmp_path / "archive")


def test_who_could_write_nothing_is_asked_nothing(begun, call):
    said = call("--config", begun, "init")
    assert (said.code, "never overwritten" in said.err) == (2, True)
    assert add(call, begun, "one", *ADDRESSES, *PASSWORD).code == 0
    said = call("--config", begun, "insurers", "add", "one")
    assert (said.code, "never overwritten" in said.err) == (2, True)


def test_who_may_not_write_there_is_asked_nothing_either(begun, ordinary_user):
    begun.parent.chmod(0o500)
    program = [*ordinary_user, sys.executable, "-m", "bipro_sync", "--config"]
    for words in ([str(begun), "insurers", "add", "one"], [str(begun.with_name("other.toml")), "init"]):
        done = subprocess.run([*program, *words], capture_output=True, text=True, check=False)
        assert (done.returncode, "so nothing was asked" in done.stderr, "sudo" in done.stderr) == (14, True, True)


def test_each_next_step_names_the_configuration_and_can_be_taken(begun, call):
    steps = add(call, begun, "one", *ADDRESSES, *PASSWORD).document["next"]
    assert all(step.startswith(f"`bipro-sync --config {begun} ") for step in steps)
    assert "--via-unit" in steps[-1], "no pull by hand has a systemd credential"
    of_a_file = ("--username", "MAKLER-2", "--secret-file", "/etc/bipro-sync/pw")
    steps = add(call, begun, "two", *ADDRESSES, *PASSWORD, *of_a_file).document["next"]
    assert "--dry-run" in steps[-1]


def test_an_insurer_is_added_below_and_what_stood_there_stays(begun, call):
    begun.write_text(begun.read_text() + "\n# a remark of somebody's")
    before = begun.read_text()
    said = add(call, begun, "one", *ADDRESSES, *PASSWORD)
    assert said.code == 0, said.err
    assert begun.read_text().startswith(before)
    assert stat.S_IMODE(begun.stat().st_mode) == 0o640
    one = effective(read(begun).config)["one"]
    assert isinstance(one, Insurer)
    assert (one.acknowledge, str(one.auth.password)) == (None, "credential: one.password")
    assert any("credentials set one.password` stores its secret" in step for step in said.document["next"])
    assert add(call, begun, "one", *ADDRESSES, *PASSWORD).code == 2


@pytest.mark.parametrize(
    "more",
    [
        ("--profile", "allianz", "--owner", "u001", *ADDRESSES),
        ("--profile", "allianz", "--kind", "house", *ADDRESSES, "--secret-file", "/etc/bipro-sync/one.passphrase"),
        ("--method", "signature", "--bipro-version", "2.6.1.1.0", *ADDRESSES),
        ("--method", "tls", "--bipro-version", "2.6.1.1.0", *ADDRESSES[2:]),
        (
            *(
                "--method",
                "tgic",
                "--bipro-version",
                "2.6.1.1.0",
                *ADDRESSES[2:],
                "--tgic-url",
                "https://t.example/ists",
            ),
            *("--tgic-service", "http://tgic.example/one", "--tgic-user", "TGIC-1"),
        ),
        ("--profile", "ruv", "--username", "x", *ADDRESSES, "--proxy", "http://proxy.example:3128"),
    ],
)
def test_each_way_to_log_in_can_be_added(begun, call, more):
    said = add(call, begun, "one", *more)
    assert said.code == 0, said.err
    one = effective(read(begun).config)["one"]
    assert isinstance(one, Insurer), one.problems


def test_what_could_not_be_used_is_not_written(begun, call):
    before = begun.read_bytes()
    said = add(call, begun, "one", *ADDRESSES, "--profile", "allianz", "--owner", "u999")
    assert (said.code, begun.read_bytes()) == (10, before)
    assert "owner: is not one of [users]" in said.err
    assert add(call, begun, "Eins", *ADDRESSES, *PASSWORD).code == 2
    assert [path.name for path in begun.parent.iterdir()] == ["config.toml"]


def test_the_second_section_of_one_user_needs_the_first_one_s_account(begun, call):
    add(call, begun, "one", *ADDRESSES, *PASSWORD)
    said = add(call, begun, "two", *ADDRESSES, *PASSWORD)
    assert (said.code, "account" in said.err) == (10, True)
    assert add(call, begun, "two", *ADDRESSES, *PASSWORD, "--account", "one").code == 0


def test_its_machines_are_reached_without_a_login(office):
    office.opens()
    addresses = office.addresses()
    options = ("--sts-url", addresses["sts_url"], "--transfer-url", addresses["transfer_url"], *PASSWORD)
    code, document = office.ask(
        "insurers", "add", "zweite", *options, "--ca-file", addresses["ca_file"], "--environment", "test"
    )
    assert code == 0, document
    assert [each["trouble"] for each in document["endpoints"]] == [None, None]
    assert all(each["chain"] and each["ends"] for each in document["endpoints"])
    assert office.calls() == []


def test_who_is_not_trusted_is_told_of_and_added_all_the_same(office):
    office.opens()
    addresses = office.addresses()
    options = ("--sts-url", addresses["sts_url"], "--transfer-url", addresses["transfer_url"], *PASSWORD)
    code, _, err = office.run("insurers", "add", "zweite", *options, "--environment", "test")
    assert (code, "is not trusted" in err, "ca_file" in err) == (0, True, True)
    assert "[insurers.zweite]" in office.config.read_text()


def test_an_insurer_is_added_by_those_who_may(office):
    office.head += '[audit]\nresponsible = "boss"\n[users.boss]\nname = "B"\nlogin = "boss"\nrole = "reader"\n'
    office.head += "active_from = 2026-01-01\n"
    office.opens()
    office.identity = logged_in("boss")
    before = office.config.read_bytes()
    assert office.run("insurers", "add", "zweite", *ADDRESSES, *PASSWORD)[0] == 17
    assert office.config.read_bytes() == before
