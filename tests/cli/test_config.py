import json
from datetime import timedelta

import pytest

from bipro_sync.config import sample

from ..certificates import NOW, PASSPHRASE, certified, packed
from .conftest import GOOD


CANARY = "S3CR3T-canary"


@pytest.fixture
def credential(monkeypatch, tmp_path):
    """Puts the good insurer's credential where systemd would."""
    (tmp_path / "good.password").write_text("word")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))


def test_check_finds_nothing_wrong_with_a_right_file(call, configured, credential):
    path = configured(GOOD)
    said = call("config", "check", "--config", path)
    assert (said.code, said.err) == (0, "")
    assert said.out == f"{path}: no problems\n"


def test_check_lists_the_problems_of_single_insurers_and_exits_10(call, configured):
    path = configured(GOOD + '[insurers.bad]\nenvironment = "test"\nworkers = 0\nca_file = "/nowhere.pem"\n')
    said = call("config", "check", "--config", path)
    assert said.code == 10
    assert "problem: [insurers.bad] workers: must be a whole number from 1 to 10\n" in said.out
    assert "problem: [insurers.bad] ca_file: is not there, or cannot be read\n" in said.out
    assert "problem: [insurers.bad] sts_url: is missing" in said.out
    assert "7 problems" in said.out
    assert "problem: [insurers.good" not in said.out


def test_check_says_that_nothing_will_be_acknowledged(call, configured, credential):
    said = call("config", "check", "--json", "--config", configured(GOOD.replace('acknowledge = "manual"', "")))
    assert said.code == 0
    assert said.document["warnings"] == [
        "[insurers.good] acknowledge: is not set, so everything is stored and nothing acknowledged"
    ]


def test_check_finds_a_secrets_file_that_is_not_there(call, configured):
    text = GOOD.replace('credential = "good.password"', 'file = "/nowhere"')
    said = call("config", "check", "--json", "--config", configured(text))
    assert said.code == said.document["exit_code"] == 10
    [problem] = said.document["problems"]
    assert problem.startswith("[insurers.good.auth] password: The secret's file /nowhere cannot be read")


def test_check_lists_the_whole_files_problems_and_those_of_every_insurer(call, configured):
    bad = (
        '[insurers.bad]\nenvironment = "test"\nworkers = 0\nca_file = "/nowhere.pem"\nauth = { method = "tls" }\n'
        '[insurers.worse]\nenvironment = "test"\nprofile = "nobody"\n[audit]\ninsurers2 = 3\n'
    )
    path = configured(GOOD + bad, head='colour = "red"\nreserve = 5')
    said = call("config", "check", "--config", path, "--json")
    assert said.code == said.document["exit_code"] == 10
    assert [problem.split(": ")[0] for problem in said.document["problems"]] == [
        "[archive] reserve",
        "[archive] colour",
        "[audit] insurers2",
        "[insurers.bad] workers",
        "[insurers.bad] transfer_url",
        "[insurers.bad] bipro_version",
        "[insurers.bad] ca_file",
        "[insurers.bad.auth] certificate",
        "[insurers.worse] profile",
        "[insurers.worse] sts_url",
        "[insurers.worse] transfer_url",
    ]


@pytest.fixture
def certificated(configured, tmp_path):
    """A configuration whose insurer is logged in to with a certificate that is valid from some days ahead to others."""

    def _certificated(begin, end, auth='method = "tls"'):
        holder = certified("Erika Beispiel", serial=0xCAFE01, begin=NOW + begin, end=NOW + end)
        for name, data in (("a.p12", packed(holder)), ("passphrase", PASSPHRASE.encode())):
            (tmp_path / name).write_bytes(data)
            (tmp_path / name).chmod(0o400)
        source = f'{{ file = "{tmp_path / "passphrase"}" }}'
        return configured(
            GOOD.replace(
                'username = "BROKER-1", password = { credential = "good.password" }',
                f'{auth}, certificate = {{ file = "{tmp_path / "a.p12"}", passphrase = {source} }}',
            )
        )

    return _certificated


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("valid", "code", "said"),
    [
        ((-DAY, 90 * DAY), 0, ""),
        ((-DAY, 29 * DAY), 0, "note:    [insurers.good.auth.certificate] file: the certificate CAFE01 ends on"),
        ((-2 * DAY, -DAY), 10, "problem: [insurers.good.auth.certificate] file: the certificate CAFE01 ran out on"),
        (
            (DAY, 90 * DAY),
            10,
            "problem: [insurers.good.auth.certificate] file: the certificate CAFE01 is not valid before",
        ),
    ],
)
def test_check_tells_the_end_of_a_certificate_and_never_whose_it_is(call, certificated, valid, code, said):
    found = call("config", "check", "--config", certificated(*valid))
    assert found.code == code
    assert said in found.out
    assert ("CAFE01" in found.out) is bool(said)
    assert "Erika" not in found.out + found.err
    assert PASSPHRASE not in found.out + found.err


def test_check_marks_the_unproven_login(call, certificated):
    tgic = 'method = "tgic", tgic = { url = "https://tgic.example/", service = "s", user = "u" }'
    found = call("config", "check", "--json", "--config", certificated(-DAY, 90 * DAY, tgic))
    assert found.code == 0
    assert any("method: tgic is unproven" in warning for warning in found.document["warnings"])


@pytest.mark.parametrize("method", ["vdg-ticket", "otp", "password+otp"])
def test_check_answers_for_the_logins_that_no_program_can_do(call, configured, method):
    text = GOOD.replace("auth = {", f'auth = {{ method = "{method}",')
    found = call("config", "check", "--json", "--config", configured(text))
    assert found.code == 10
    (problem,) = found.document["problems"]
    assert problem.startswith(f"[insurers.good.auth] method: {method} is not supported, because ")


def test_show_tells_the_login_of_a_certificate_with_its_origins_and_no_secret(call, certificated, tmp_path):
    lines = call("config", "show", "--config", certificated(-DAY, 90 * DAY)).out.splitlines()
    certificate = {"file": f"{tmp_path / 'a.p12'}", "passphrase": f"file: {tmp_path / 'passphrase'}", "kind": None}
    for line in (
        'auth.method = "tls"  # insurer',
        f"auth.certificate = {json.dumps(certificate)}  # insurer",
        "auth.password = null  # unset",
        'proxy = ""  # built-in',
        "calls_per_second = 0.0  # built-in",
    ):
        assert line in lines


def test_check_says_that_no_insurer_is_configured(call, configured):
    said = call("config", "check", "--config", configured("[insurers]", head='[defaults]\nenvironment = "test"'))
    assert said.code == 0
    assert "note:    [insurers]: no insurer is configured: a pull does nothing\n" in said.out


def test_a_file_open_to_others_is_refused_by_every_command(call, tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(sample(), encoding="utf-8")
    path.chmod(0o644)
    said = call("config", "check", "--config", path)
    assert said.code == 10
    assert "must not be readable or writable by others" in said.out
    for command in (("config", "show"), ("insurers", "list"), ("pull",), ("status",)):
        said = call(*command, "--config", path)
        assert (said.code, said.out) == (10, "")
        assert "must not be readable or writable by others" in said.err


def test_show_names_each_values_origin_and_hides_the_secret(call, configured):
    said = call("config", "show", "--config", configured(GOOD, head='[defaults]\nschedule = "0 6 * * *"'))
    assert said.code == 0
    for line in (
        'sts_url = "https://good.example/sts"  # insurer',
        'schedule = "0 6 * * *"  # defaults',
        "workers = 2  # built-in",
        "contract_end = null  # unset",
        'auth.method = "password"  # profile',
        'auth.password = "credential: good.password"  # insurer',
        "reserve = 2147483648  # built-in",
    ):
        assert line in said.out.splitlines()


def test_show_json_is_one_document_with_the_same_values(call, configured):
    said = call("--json", "config", "show", "--config", configured(GOOD))
    values = said.document["values"]
    assert values["insurers.good"]["acknowledge"] == {"value": "manual", "origin": "insurer"}
    assert values["archive"]["second_copy"] == {"value": "", "origin": "built-in"}


def test_show_shows_an_unusable_insurers_problems(call, configured):
    said = call("config", "show", "--json", "--config", configured(GOOD + '[insurers.bad]\nenvironment = "test"\n'))
    assert said.code == 0
    assert len(said.document["values"]["insurers.bad"]["problems"]["value"]) == 5


@pytest.mark.parametrize("command", [("config", "check"), ("config", "show"), ("insurers", "list"), ("pull",)])
@pytest.mark.parametrize("flags", [(), ("--json",), ("-v",), ("-vv", "--json")])
def test_a_literal_secret_is_never_repeated(call, configured, command, flags):
    bad = (
        f'[insurers.bad]\nenvironment = "test"\nsts_url = "https://u:{CANARY}@bad.example/"\n'
        f'auth = {{ password = "{CANARY}" }}\n'
    )
    said = call(*command, *flags, "--config", configured(bad))
    assert CANARY not in said.out + said.err
    whole = call(*command, *flags, "--config", configured(GOOD, head=f'[defaults]\nauth = {{ password = "{CANARY}" }}'))
    assert whole.code == 10
    assert CANARY not in whole.out + whole.err


def test_sample_is_the_shipped_file(call):
    assert call("config", "sample").out == sample()
    assert call("config", "sample", "--json").document == {"sample": sample()}


def test_schema_is_one_json_document_either_way(call):
    plain, document = call("config", "schema"), call("--json", "config", "schema")
    assert plain.out == document.out
    assert json.loads(plain.out)["title"] == "ConfigurationFile"


def test_no_configuration_at_all_says_how_to_begin(call, monkeypatch, tmp_path):
    monkeypatch.setenv("BIPRO_SYNC_CONFIG", str(tmp_path / "nowhere.toml"))
    said = call("config", "check", "--json")
    assert said.code == 10
    assert "nowhere.toml: No such file" in said.document["error"]["message"]


def test_the_environment_names_the_file(call, configured, monkeypatch):
    monkeypatch.setenv("BIPRO_SYNC_CONFIG", str(configured(GOOD)))
    assert call("config", "check").code == 0
