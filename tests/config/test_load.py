import os
import subprocess
import sys
from pathlib import Path

import pytest

from bipro_sync.config import find_config, load, read
from bipro_sync.errors import ConfigurationError, ExitCode

from .conftest import PRODUCTION, TEST


CANARY = "S3CR3T-canary"
NAMES = ("one", "two", "three")


def test_a_whole_production_file_loads(loaded):
    config = loaded(PRODUCTION + '[insurers.one]\nsts_url = "https://one.example/sts"\n')
    assert config.environment == "production"
    assert config.path.is_absolute()
    assert config.users["u001"].name == "First Last"
    assert config.insurers["one"].rest.sts_url == "https://one.example/sts"
    assert config.insurers["one"].rest.workers is None
    assert not config.insurers["one"].problems


def test_the_digest_is_that_of_the_files_bytes(write):
    path = write(TEST)
    assert load(path).sha256 == load(path).sha256
    before = load(path).sha256
    path.write_text(TEST + "\n", encoding="utf-8")
    assert load(path).sha256 != before


def test_all_problems_are_listed_at_once(refused):
    problems = refused("""
        colour = "red"
        [archive]
        root = "relative"
        reserve = "much"
        [audit]
        responsible = 5
        [users.u001]
        name = "First Last"
        role = "king"
        [insurers.one]
        workers = 0
        schedule = "99 * * * *"
        [insurers.two]
        sts_url = "http://two.example/sts"
    """)
    assert problems == [
        "[archive] root: must be an absolute path",
        '[archive] reserve: must be a size such as "2 GiB" or "64 MiB"',
        "[audit] responsible: must be text",
        "[users.u001] login: is missing",
        "[users.u001] role: must be 'admin', 'operator', 'reader', 'auditor' or 'dpo'",
        "[users.u001] active_from: is missing",
        "colour: is not a known key here",
        "[insurers.one] workers: must be a whole number from 1 to 10",
        '[insurers.one] schedule: is not a cron line: Bad minute in "99 * * * *"',
        "[insurers.two] sts_url: must begin with https://; http:// is for this machine itself only",
    ]


def test_a_problem_in_one_insurers_section_stays_there(loaded):
    config = loaded(TEST + '[insurers.good]\nworkers = 3\n[insurers.bad]\nworkers = 99\naccount = "shared"\n')
    assert not config.insurers["good"].problems
    bad = config.insurers["bad"]
    assert bad.problems == ("[insurers.bad] workers: must be a whole number from 1 to 10",)
    assert bad.broken == {"workers"}
    assert bad.rest.account == "shared"


@pytest.mark.parametrize("value", ['"text"', "3", "[]"])
def test_an_insurer_that_is_no_table_breaks_only_itself(loaded, value):
    config = loaded(f"{TEST}\n[insurers]\nbad = {value}\n[insurers.good]\n")
    assert config.insurers["bad"].problems == ("[insurers] bad: must be a table",)
    assert not config.insurers["good"].problems


@pytest.mark.parametrize("name", ["Upper", "a_b", "-x", '"../up"', '"a b"', '"ü"'])
def test_an_insurers_name_is_a_label(loaded, name):
    config = loaded(f"{TEST}\n[insurers.{name}]\n")
    [section] = config.insurers.values()
    assert "must be a label" in section.problems[0]


def test_insurers_must_be_a_table(refused):
    assert refused(f"insurers = 3\n{TEST}") == ["insurers: must be a table"]


def test_a_problem_in_defaults_concerns_the_whole_file(refused):
    assert refused(TEST + "workers = 0\n") == ["[defaults] workers: must be a whole number from 1 to 10"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = [\n", "end of document"),
        ('[archive]\nroot = "/x"\nroot = ,\n', "line 3, column"),
        ('[archive]\nroot = "/x"\nroot = "/y"\n', "line 3, column"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_with_the_place(write, text, place):
    with pytest.raises(ConfigurationError, match=place):
        load(write(text))


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "config.toml"
    path.write_bytes(b'[archive]\nroot = "/\xff"\n')
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load(path)


def test_a_missing_file_is_refused_with_its_name(tmp_path):
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml: No such file") as caught:
        load(tmp_path / "nowhere.toml")
    assert caught.value.exit_code is ExitCode.CONFIGURATION


def test_users_are_needed_outside_the_test_environment(refused):
    problems = refused('[archive]\nroot = "/x"\n[insurers.one]\n')
    assert any(problem.startswith("[users]: is missing") for problem in problems)
    assert any(problem.startswith("[audit] responsible: is missing") for problem in problems)


def test_users_are_not_needed_where_every_insurer_is_a_test(loaded):
    assert loaded(TEST + "[insurers.one]\n[insurers.two]\n").environment == "test"


def _off(said, configuration):
    return f"environment: is {said} while the configuration is {configuration}; they never share one archive"


@pytest.mark.parametrize(
    ("defaults", "said", "environment", "off"),
    [
        ("test", (None, "production", None), "test", {"two"}),
        ("production", ("test", "test", "test"), "production", {"one", "two", "three"}),
        (None, ("test", "test", None), "test", {"three"}),
        (None, ("test", None, "production"), "production", {"one"}),
        (None, ("test", None, "tset"), "production", {"one"}),
        (None, ("tset", "tset", "tset"), "production", set()),
    ],
)
def test_a_section_of_another_environment_is_switched_off_alone(loaded, defaults, said, environment, off):
    def line(value):
        return f'environment = "{value}"\n' if value else ""

    tables = "".join(f"[insurers.{name}]\n{line(value)}" for name, value in zip(NAMES, said, strict=True))
    config = loaded(f"{PRODUCTION}[defaults]\n{line(defaults)}{tables}")
    assert config.environment == environment
    other = {"test": "production", "production": "test"}[environment]
    problem = _off(other, environment)
    assert {name for name, each in config.insurers.items() if f"[insurers.{name}] {problem}" in each.problems} == off


def test_a_test_configuration_with_one_production_section_needs_no_users(loaded):
    config = loaded(f'{TEST}[insurers.one]\n[insurers.two]\nenvironment = "production"\n', 0o666)
    assert config.insurers["two"].problems == (f"[insurers.two] {_off('production', 'test')}",)
    assert not config.insurers["one"].problems


def test_a_file_with_problems_is_still_read_with_all_its_sections(write):
    reading = read(
        write("""
        [archive]
        root = "relative"
        [audit]
        responsible = "u001"
        colour = 5
        [users.u001]
        role = "admin"
        [alerts]
        none = 5
        [defaults]
        environment = "tset"
        workers = 3
        [insurers.one]
        ca_file = "/x.pem"
    """)
    )
    assert [problem.split(": ")[0] for problem in reading.problems] == [
        "[archive] root",
        "[audit] colour",
        "[users.u001] name",
        "[users.u001] login",
        "[users.u001] active_from",
        "[alerts] none",
        "[defaults] environment",
    ]
    assert reading.config.insurers["one"].rest.ca_file == "/x.pem"
    assert (reading.config.defaults.rest.workers, reading.config.defaults.broken) == (3, {"environment"})
    assert list(reading.config.users) == ["u001"]


def test_one_broken_key_of_auth_leaves_the_others(loaded):
    section = loaded(TEST + '[insurers.one.auth]\nmethod = "tls"\npassword = "x"\n').insurers["one"]
    assert section.rest.auth.method == "tls"
    assert section.doubts("auth.password")
    assert not section.doubts("auth.method")
    assert loaded(TEST + "[insurers.one]\nauth = 5\n").insurers["one"].doubts("auth.method")


def test_a_mistyped_environment_breaks_only_its_insurer(loaded):
    config = loaded(TEST + '[insurers.one]\nenvironment = "tset"\n[insurers.two]\n')
    assert config.environment == "test"
    assert config.insurers["one"].problems == ("[insurers.one] environment: must be 'production' or 'test'",)


def test_the_responsible_person_is_one_of_the_users(refused):
    assert refused(PRODUCTION.replace('responsible = "u001"', 'responsible = "u002"')) == [
        "[audit] responsible: is not one of [users]"
    ]


def test_a_login_belongs_to_one_person(refused):
    twin = '[users.u002]\nname = "Second Last"\nlogin = "flast"\nrole = "reader"\nactive_from = 2026-01-01\n'
    assert refused(PRODUCTION + twin) == ["[users] login: stands for two persons; each needs a login of their own"]


def test_alerts_are_either_none_or_somebody(refused):
    mail = 'mail = { to = ["it@broker.example"], smtp = "smtps://mail.broker.example" }\n'
    assert refused(PRODUCTION + mail) == ["[alerts] none: contradicts the rest of [alerts]"]


def test_only_auditors_are_those_of_one_insurer_and_that_one_must_exist(refused, loaded):
    limited = PRODUCTION.replace('role = "admin"', 'role = "auditor"\ninsurer = "ruv"') + "[insurers.ruv]\n"
    assert loaded(limited).users["u001"].insurer == "ruv"
    assert refused(limited.replace("[insurers.ruv]", "[insurers.vema]")) == [
        "[users.u001] insurer: is not one of [insurers]"
    ]
    [problem] = refused(limited.replace("auditor", "reader"))
    assert problem.startswith("[users.u001] insurer: is for auditors")


@pytest.mark.parametrize(
    "copy", ["/var/lib/bipro-sync", "/var/lib/bipro-sync/copy", "/var/lib", "/", "/mnt/../var/lib/bipro-sync/x"]
)
def test_archive_and_second_copy_lie_outside_of_each_other(refused, loaded, copy):
    def with_copy(path):
        return PRODUCTION.replace("[audit]", f'second_copy = "{path}"\n[audit]')

    assert refused(with_copy(copy)) == ["[archive] second_copy: must lie outside of root, and root outside of it"]
    assert loaded(with_copy("/var/lib/bipro-sync-copy")).archive.second_copy == "/var/lib/bipro-sync-copy"


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o620, 0o660, 0o666, 0o644])
def test_a_production_file_open_to_others_is_refused(refused, mode):
    [problem] = refused(PRODUCTION, mode)
    assert "must not be readable or writable by others" in problem


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_a_production_file_closed_to_others_is_accepted(loaded, mode):
    assert loaded(PRODUCTION, mode).environment == "production"


def test_a_test_file_may_be_open_to_others(loaded):
    assert loaded(TEST + "[insurers.one]\n", 0o666).environment == "test"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_production_file_of_somebody_else_is_refused(write):
    path = write(PRODUCTION)
    os.chown(path, 12345, -1)
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert [problem for problem in caught.value.problems if "must belong to root" in problem]


def test_a_pipe_or_a_terminal_is_no_configuration():
    read_end, write_end = os.pipe()
    os.write(write_end, TEST.encode())
    os.close(write_end)
    for path in (f"/dev/fd/{read_end}", "/dev/null"):
        with pytest.raises(ConfigurationError, match="is not a file"):
            load(Path(path))
    os.close(read_end)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_nobody_carries_out_what_another_user_s_file_names(write, ordinary_user):
    path = write(TEST + "[insurers.one]\n", 0o644)
    script = f"from pathlib import Path; from bipro_sync.config import load; load(Path({str(path)!r}))"
    words = [*ordinary_user, sys.executable, "-c", script]
    assert subprocess.run(words, check=False).returncode == 0
    os.chown(path, 12345, -1)
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "belongs to another user, so nothing in it was read" in done.stderr


@pytest.mark.parametrize(
    "lines",
    [
        f'[insurers.one.auth]\npassword = "{CANARY}"',
        f'[insurers.one.auth]\npassword = {{ credential = ["{CANARY}"] }}',
        f'[insurers.one.auth]\npassword = {{ literal = "{CANARY}" }}',
        f'[insurers.one.auth]\npassword = {{ env = "{CANARY}", file = "{CANARY}" }}',
        f'[insurers.one.auth]\npassphrase = "{CANARY}"',
        f'[insurers.one.auth]\npassword = ["{CANARY}"]',
        f'[insurers.one.auth]\nusername = 5\nmethod = "{CANARY}"',
        f'[insurers.one.auth.certificate]\nfile = "/x.p12"\npassphrase = "{CANARY}"',
        f'[insurers.one]\nsts_url = "https://user:{CANARY}@one.example/"',
        f'[insurers.one]\nsts_url = "{CANARY}"\nbipro_version = "{CANARY}"\nschedule = "{CANARY}"',
        f'[insurers.one]\npassword = "{CANARY}"\nworkers = "{CANARY}"\nca_file = "{CANARY}"\ncontract_end = "{CANARY}"',
        f'[insurers.one]\nack_after = "{CANARY}"\ntimezone = "{CANARY}"\nexpect = {{ mail = "{CANARY}" }}',
    ],
)
def test_a_literal_secret_is_refused_and_never_repeated(loaded, refused, lines):
    problems = loaded(f"{TEST}\n{lines}\n").insurers["one"].problems
    assert problems
    everywhere = lines.replace("insurers.one", "defaults").replace("[defaults]", "")
    whole = refused(f"{TEST}\n{everywhere}\n")
    assert whole
    assert CANARY not in repr((problems, whole))


def test_an_explicit_file_comes_first_then_the_environments(tmp_path):
    named = {"BIPRO_SYNC_CONFIG": "/from/environment.toml"}
    assert find_config(Path("/explicit.toml"), environment=named) == Path("/explicit.toml")
    assert find_config(None, environment=named) == Path("/from/environment.toml")


def test_the_systems_file_comes_before_the_users(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    own = tmp_path / "bipro-sync" / "config.toml"
    own.parent.mkdir()
    own.touch()
    system = tmp_path / "system.toml"
    assert find_config(None, environment={}, system=system) == own
    system.touch()
    assert find_config(None, environment={}, system=system) == system


def test_no_file_at_all_says_where_was_looked(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"neither .*system\.toml nor .*config\.toml exists") as caught:
        find_config(None, environment={}, system=tmp_path / "system.toml")
    assert "config sample" in caught.value.hint


FIND = """
import sys
from pathlib import Path
from bipro_sync.config import find_config
from bipro_sync.errors import BiproSyncError
try:
    print(find_config(None, environment={}, system=Path(sys.argv[1])))
except BiproSyncError as error:
    print(int(error.exit_code), error.message)
"""


def test_a_directory_that_may_not_be_searched_is_a_refusal_and_no_other_file_is_taken(tmp_path, ordinary_user):
    (tmp_path / "bipro-sync").mkdir()
    (tmp_path / "bipro-sync" / "config.toml").touch()
    system = tmp_path / "etc" / "config.toml"
    system.parent.mkdir(mode=0)
    done = subprocess.run(
        [*ordinary_user, sys.executable, "-c", FIND, system],
        env=os.environ | {"XDG_CONFIG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == f"10 Cannot tell whether the configuration {system} exists: Permission denied.\n", done.stderr
