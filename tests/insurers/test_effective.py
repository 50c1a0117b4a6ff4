import pytest

from bipro_sync.config import load, read
from bipro_sync.insurers import Insurer, MisconfiguredInsurer, effective, missing_files, warnings
from bipro_sync.model.secret import SecretRef, SecretSource


WHOLE = {
    "environment": '"test"',
    "sts_url": '"https://one.example/sts"',
    "transfer_url": '"https://one.example/transfer"',
    "bipro_version": '"2.6.1.1.0"',
    "auth": '{ username = "one", password = { env = "PASSWORD" } }',
}

HEAD = '[archive]\nroot = "/x"\n[users.u001]\nname = "A"\nlogin = "a"\nrole = "admin"\nactive_from = 2026-01-01\n'


@pytest.fixture
def held(tmp_path):
    """What holds for insurers with these sections (key = TOML value; None leaves a key out)."""

    def _held(defaults="", profiles=None, **sections):
        text = f"{HEAD}[defaults]\n{defaults}\n"
        for name, changed in sections.items():
            lines = {**WHOLE, **changed}
            text += f"[insurers.{name}]\n"
            text += "".join(f"{key} = {value}\n" for key, value in lines.items() if value is not None)
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return effective(load(path), profiles or tmp_path / "profiles.d")

    return _held


@pytest.fixture
def problems(held):
    def _problems(**changed):
        insurer = held(one=changed)["one"]
        assert isinstance(insurer, MisconfiguredInsurer)
        return list(insurer.problems)

    return _problems


def test_what_nobody_says_is_built_in(held):
    one = held(one={})["one"]
    assert isinstance(one, Insurer)
    assert (one.profile.name, one.account, one.confirmed_flag, one.workers) == ("generic", "one", "omit", 2)
    assert (one.acknowledge, one.ack_after, one.timezone) == (None, "stored", "Europe/Berlin")
    assert one.auth.method == "password"
    assert one.auth.password == SecretRef(SecretSource.ENV, ("PASSWORD",))
    assert one.origins["workers"] == "built-in"
    assert "acknowledge" not in one.origins


def test_an_insurers_section_wins_over_defaults_over_the_profile(held):
    defaults = 'workers = 5\nschedule = "0 6 * * *"\nacknowledge = "manual"'
    found = held(
        defaults,
        own={"profile": '"degenia"', "workers": "7"},
        shared={"profile": '"degenia"'},
    )
    assert [(each.workers, each.origins["workers"]) for each in found.values()] == [(7, "insurer"), (5, "defaults")]
    assert found["shared"].origins["schedule"] == "defaults"
    assert found["shared"].origins["expect"] == "profile"
    assert found["shared"].acknowledge == "manual"
    plain = held(one={"profile": '"degenia"', "bipro_version": None})["one"]
    assert (plain.workers, plain.origins["workers"]) == (1, "profile")
    assert (plain.bipro_version, plain.origins["bipro_version"]) == ("2.6.1.1.0", "profile")


def test_auth_is_merged_key_by_key_and_a_reference_as_a_whole(held):
    defaults = 'auth = { username = "both", password = { file = "/default" } }'
    one = held(defaults, one={"auth": '{ password = { env = "OWN" } }'})["one"]
    assert one.auth.username == "both"
    assert one.auth.password == SecretRef(SecretSource.ENV, ("OWN",))
    assert (one.origins["auth.username"], one.origins["auth.password"]) == ("defaults", "insurer")


def test_an_empty_value_is_a_value(held):
    one = held("broker_numbers = ['1']\nexpect = { mail = '3 days' }", one={"broker_numbers": "[]", "expect": "{}"})
    assert (one["one"].broker_numbers, one["one"].expect) == ((), {})


def test_a_profile_never_decides_to_acknowledge(held):
    for name in ("generic", "ruv", "docura", "degenia"):
        assert held(one={"profile": f'"{name}"'})["one"].acknowledge is None


def test_the_users_own_profile_holds(held, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "special.toml").write_text(
        'title = "S"\nsource = "s"\nreviewed_on = 2026-01-01\nauth_methods = ["password"]\nunlock_contact = "x"\n'
        'deliveries = { mail = "weekly" }\n[kinds]\n"300" = "commission"\n[wire]\nmust_understand = true\n'
    )
    one = held(profiles=own, one={"profile": '"special"'})["one"]
    assert one.form.must_understand
    assert one.kinds == {"300": "commission"}
    assert one.deliveries == {"mail": "weekly"}


@pytest.mark.parametrize(
    ("key", "unknown"),
    [
        ("sts_url", "no profile knows an address"),
        ("transfer_url", "no profile knows an address"),
        ("bipro_version", "the profile generic does not know it"),
    ],
)
def test_what_only_the_insurer_knows_must_be_said(problems, key, unknown):
    assert problems(**{key: None}) == [f"[insurers.one] {key}: is missing; {unknown}, the insurer does"]


def test_behind_an_unknown_profile_the_rest_is_checked_without_guessing(problems):
    found = problems(profile='"nobody"', sts_url=None, bipro_version=None, ca_file='"/nowhere.pem"', auth="{}")
    assert [problem.split(": ")[0] for problem in found] == [
        "[insurers.one] profile",
        "[insurers.one] sts_url",
        "[insurers.one] ca_file",
    ]


@pytest.mark.parametrize("content", ["", "garbage\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_ca_file_without_a_certificate_is_found(problems, tmp_path, content):
    (tmp_path / "ca.pem").write_text(content)
    [problem] = problems(ca_file=f'"{tmp_path / "ca.pem"}"')
    assert problem.startswith("[insurers.one] ca_file: holds no certificate that can be used")


def test_what_is_broken_in_defaults_is_not_said_to_be_missing(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(
        '[archive]\nroot = "/x"\n[defaults]\nenvironment = "test"\nsts_url = "nothing"\nca_file = "relative"\n'
        'bipro_version = "2.6.1.1.0"\nauth = { method = "otp", username = "one", password = "word" }\n'
        '[insurers.one]\n[insurers.two]\nca_file = "/nowhere.pem"\nauth = { method = "tls" }\n'
    )
    found = effective(read(path).config)
    assert [problem.split(": ")[0] for problem in found["one"].problems] == ["[insurers.one] transfer_url"]
    assert [problem.split(": ")[0] for problem in found["two"].problems] == [
        "[insurers.two] transfer_url",
        "[insurers.two] ca_file",
        "[insurers.two.auth] method",
    ]


@pytest.mark.parametrize("key", ["username", "password"])
def test_a_password_login_needs_both(problems, key):
    given = {"username": '"one"', "password": '{ env = "P" }'}
    del given[key]
    auth = "{" + ", ".join(f"{name} = {value}" for name, value in given.items()) + "}"
    assert problems(auth=auth) == [f"[insurers.one.auth] {key}: is missing; the method password needs it"]


@pytest.mark.parametrize("method", ["certificate", "signature", "tls", "tgic"])
def test_a_login_that_is_not_built_yet_says_so(problems, method):
    assert problems(auth=f'{{ method = "{method}" }}') == [
        f"[insurers.one.auth] method: {method} is not supported by this version yet; only password is"
    ]


def test_a_profile_that_logs_in_otherwise_is_refused_until_a_method_is_named(held, problems):
    assert "certificate is not supported" in problems(profile='"allianz"')[0]
    auth = '{ method = "password", username = "one", password = { env = "P" } }'
    one = held(one={"profile": '"allianz"', "auth": auth})["one"]
    assert any("is not known to be offered by Allianz" in warning for warning in warnings(one))


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("profile", '"nobody"', "[insurers.one] profile: must be the absolute path of a profile's file, or one of"),
        ("profile", '"/nowhere.toml"', "[insurers.one] profile: /nowhere.toml cannot be read: No such file"),
        ("profile", '"vema"', "[insurers.one] consumer_id: is missing; VEMA demands one"),
        ("ca_file", '"/nowhere.pem"', "[insurers.one] ca_file: is not there, or cannot be read"),
        ("ack_after", '"second_copy"', "[insurers.one] ack_after: second_copy is not supported by this version yet"),
    ],
)
def test_other_faults_are_that_insurers_own(held, key, value, problem):
    found = held(one={key: value}, other={})
    assert isinstance(found["other"], Insurer)
    assert found["one"].problems[0].startswith(problem)


def test_an_owner_is_one_of_the_users(held, problems):
    auth = '{ username = "one", password = { env = "P" }, owner = "%s" }'
    assert problems(auth=auth % "u002") == ["[insurers.one.auth] owner: is not one of [users]"]
    assert held(one={"auth": auth % "u001"})["one"].auth.owner == "u001"


def test_a_broken_section_is_searched_for_more(problems):
    found = problems(workers="0", sts_url='"nothing"', ca_file='"/nowhere.pem"', bipro_version=None)
    assert [problem.split(": ")[0] for problem in found] == [
        "[insurers.one] sts_url",
        "[insurers.one] workers",
        "[insurers.one] bipro_version",
        "[insurers.one] ca_file",
    ]


def test_a_broken_section_with_an_unknown_profile_says_both(problems):
    found = problems(workers="0", profile='"nobody"')
    assert [problem.split(": ")[0] for problem in found] == ["[insurers.one] workers", "[insurers.one] profile"]


def test_a_shared_account_needs_the_same_login(held):
    same = {"account": '"shared"'}
    assert all(isinstance(each, Insurer) for each in held(one=same, two=same).values())
    other_password = {**same, "auth": '{ username = "one", password = { env = "OTHER" } }'}
    found = held(one=same, two=other_password, apart={})
    assert found["one"].problems == (
        "[insurers.one] account: is shared with two, so sts_url and auth must be the same there",
    )
    assert isinstance(found["two"], MisconfiguredInsurer)
    assert isinstance(found["apart"], Insurer)
    assert isinstance(held(one=same, two={**same, "sts_url": '"https://two.example/"'})["one"], MisconfiguredInsurer)


def test_an_account_may_be_shared_by_anothers_name(held):
    found = held(one={}, two={"account": '"one"', "sts_url": '"https://two.example/"'})
    assert all(isinstance(each, MisconfiguredInsurer) for each in found.values())


def test_a_secrets_file_that_cannot_be_used_is_said(held, tmp_path):
    auth = f'{{ username = {{ file = "/nowhere" }}, password = {{ file = "{tmp_path / "secret"}" }} }}'
    (tmp_path / "secret").write_text("word")
    (tmp_path / "secret").chmod(0o644)
    found = list(missing_files(held(one={"auth": auth})["one"]))
    assert [problem.split(": ")[0] for problem in found] == [
        "[insurers.one.auth] username",
        "[insurers.one.auth] password",
    ]
    (tmp_path / "secret").chmod(0o400)
    assert len(list(missing_files(held(one={"auth": auth})["one"]))) == 1
    assert not list(missing_files(held(one={})["one"]))


@pytest.mark.parametrize("source", ["credential", "env"])
def test_a_secret_that_is_absent_here_is_a_note_and_no_problem(held, monkeypatch, tmp_path, source):
    monkeypatch.delenv("PASSWORD", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    auth = f'{{ username = "one", password = {{ {source} = "PASSWORD" }} }}'
    one = held(one={"auth": auth, "acknowledge": '"auto"'})["one"]
    (said,) = warnings(one)
    assert said.startswith("[insurers.one.auth] password: The ")
    assert not list(missing_files(one))
    (tmp_path / "PASSWORD").write_text("word")
    monkeypatch.setenv("PASSWORD", "word")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert not list(warnings(one))


def test_an_undecided_acknowledgement_is_said(held, monkeypatch):
    monkeypatch.setenv("PASSWORD", "word")
    assert list(warnings(held(one={})["one"])) == [
        "[insurers.one] acknowledge: is not set, so everything is stored and nothing acknowledged"
    ]
    assert not list(warnings(held(one={"acknowledge": '"auto"'})["one"]))


def test_workers_that_were_asked_for_are_said_to_wait(held, monkeypatch):
    monkeypatch.setenv("PASSWORD", "word")
    (warning,) = warnings(held(one={"acknowledge": '"auto"', "workers": "4"})["one"])
    assert "workers: is not used by this version yet" in warning
