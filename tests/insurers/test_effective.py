import pytest

from bipro_sync.config import read
from bipro_sync.insurers import Insurer, MisconfiguredInsurer, effective
from bipro_sync.model.kinds import Kind
from bipro_sync.model.secret import SecretRef, SecretSource


def test_what_nobody_says_is_built_in(held):
    one = held(one={})["one"]
    assert isinstance(one, Insurer)
    assert (one.profile.name, one.account, one.confirmed_flag, one.workers) == ("generic", "one", "omit", 2)
    assert (one.acknowledge, one.ack_after, one.timezone) == (None, "stored", "Europe/Berlin")
    assert (one.ca_file, one.proxy, one.calls_per_second) == ("", "", 0.0)
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
        "[insurers.two.auth] certificate",
    ]


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("profile", '"nobody"', "[insurers.one] profile: must be the absolute path of a profile's file, or one of"),
        ("profile", '"/nowhere.toml"', "[insurers.one] profile: /nowhere.toml cannot be read: No such file"),
        ("profile", '"vema"', "[insurers.one] consumer_id: is missing; VEMA demands one"),
        ("ca_file", '"/nowhere.pem"', "[insurers.one] ca_file: is not there, or cannot be read"),
        ("ack_after", '"second_copy"', "[insurers.one] ack_after: second_copy needs [archive] second_copy"),
    ],
)
def test_other_faults_are_that_insurers_own(held, key, value, problem):
    found = held(one={key: value}, other={})
    assert isinstance(found["other"], Insurer)
    assert found["one"].problems[0].startswith(problem)


@pytest.mark.parametrize("second_copy", ["/mnt/copy", "relative"])
def test_waiting_for_a_second_copy_is_fine_where_one_is_named_and_a_bad_name_is_told_once(tmp_path, second_copy):
    path = tmp_path / "config.toml"
    path.write_text(
        f'[archive]\nroot = "/x"\nsecond_copy = "{second_copy}"\n[insurers.one]\nenvironment = "test"\n'
        'ack_after = "second_copy"\n'
    )
    problems = effective(read(path).config)["one"].problems
    assert not any("ack_after" in problem for problem in problems)


@pytest.mark.parametrize("consumer_id", ["ABC_12345", "abc_defgh", "123_ABCDE"])
def test_a_consumer_id_of_the_profiles_form_is_taken(held, consumer_id):
    assert isinstance(held(one={"profile": '"vema"', "consumer_id": f'"{consumer_id}"'})["one"], Insurer)
    assert isinstance(held(one={"consumer_id": '"nonsense"'})["one"], Insurer), "generic demands no form"


@pytest.mark.parametrize(
    "consumer_id", ["nonsense", "ABC-12345", "ABC_1234", "ABC_123456", "AB__12345", "ABC_1234Ä", " BC_12345"]
)
def test_a_consumer_id_of_another_form_is_refused_without_repeating_it(problems, consumer_id):
    assert problems(profile='"vema"', consumer_id=f'"{consumer_id}"') == [
        "[insurers.one] consumer_id: must have the form XXX_XXXXX at VEMA, where X is a letter or a digit"
    ]


@pytest.mark.parametrize("flag", ["true", "false"])
def test_a_confirmed_flag_that_the_profile_excludes_is_refused(problems, flag):
    assert problems(profile='"vema"', consumer_id='"ABC_12345"', confirmed_flag=f'"{flag}"') == [
        '[insurers.one] confirmed_flag: must be "omit" at VEMA'
    ]


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


NAME, PASSWORD = 'username = "both"', 'password = { env = "PASSWORD" }'
HUB = 'hub = { api_key = { env = "KEY" }, url = "https://hub.example/login" }'
FILE = 'certificate = { file = "/c.p12", passphrase = { env = "P" }, kind = "house" }'
ELSEWHERE = {"sts_url": '"https://two.example/sts"', "transfer_url": '"https://two.example/transfer"'}
SAME_USER = "where the same user logs in at the same service; give them the same account"
SAME_KEY = "where the same key opens the same hub; give them the same account, or a key each where their logins differ"


def login(*keys, account=None, **section):
    return {"auth": f"{{ {', '.join(keys)} }}", "account": account and f'"{account}"', **section}


def tgic(user="U-1", service="one", url="https://tgic.example/"):
    return f'method = "tgic", tgic = {{ url = "{url}", service = "{service}", user = "{user}" }}'


def test_a_shared_account_needs_the_same_login(held):
    same = login(NAME, PASSWORD, account="shared")
    assert all(isinstance(each, Insurer) for each in held(one=same, two=same).values())
    other_password = login(NAME, 'password = { env = "OTHER" }', account="shared")
    found = held(one=same, two=other_password, apart={})
    assert found["one"].problems == (
        "[insurers.one] account: is shared with two, so sts_url and auth must be the same there",
    )
    assert isinstance(found["two"], MisconfiguredInsurer)
    assert isinstance(found["apart"], Insurer)
    assert isinstance(held(one=same, two={**same, "sts_url": '"https://two.example/"'})["one"], MisconfiguredInsurer)


def test_a_shared_account_needs_the_same_hub_too(held):
    same = login(NAME, PASSWORD, 'hub = { api_key = { env = "KEY" } }', account="shared")
    assert all(isinstance(each, Insurer) for each in held(one=same, two=same).values())
    elsewhere = {**same, "transfer_url": '"https://two.example/transfer"'}
    assert isinstance(held(one=same, two=elsewhere)["one"], MisconfiguredInsurer)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (login(NAME, PASSWORD), login(NAME, PASSWORD)),
        (login(NAME, PASSWORD), login(NAME, 'password = { env = "OTHER" }')),
        (login('username = { env = "NAME" }', PASSWORD), login('username = { env = "NAME" }', PASSWORD)),
        (login('method = "certificate"', FILE), login('method = "signature"', FILE)),
        (
            login('method = "tls"', FILE),
            login('method = "tls"', FILE, transfer_url='"https://one.example/gdv"', sts_url=None),
        ),
        (login(tgic(service="one"), PASSWORD), login(tgic(service="two"), FILE, **ELSEWHERE)),
    ],
)
def test_the_same_user_at_the_same_service_has_one_account(held, one, two):
    found = held(one=one, two=two, apart={})
    assert [found[name].problems for name in ("one", "two")] == [
        (f"[insurers.{name}] account: is not that of {other}, {SAME_USER}",)
        for name, other in (("one", "two"), ("two", "one"))
    ]
    assert isinstance(found["apart"], Insurer)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (login(NAME, PASSWORD), login('username = "other"', PASSWORD)),
        (login(NAME, PASSWORD), login(NAME, PASSWORD, **ELSEWHERE)),
        (login('method = "certificate"', FILE), login('method = "certificate"', FILE.replace("/c.", "/d."))),
        (login('method = "tls"', FILE), login('method = "tls"', FILE, **ELSEWHERE)),
        (login(tgic(), PASSWORD), login(tgic(user="U-2"), PASSWORD)),
        (login(tgic(), PASSWORD), login(tgic(url="https://ists.example/"), PASSWORD)),
        (login(NAME, PASSWORD, HUB), login('username = "other"', PASSWORD)),
    ],
)
def test_other_users_and_other_services_keep_accounts_of_their_own(held, one, two):
    assert all(isinstance(each, Insurer) for each in held(one=one, two=two).values())


def test_the_same_key_at_the_same_hub_has_one_account(held):
    found = held(one=login(NAME, PASSWORD, HUB), two=login('username = "other"', PASSWORD, HUB, **ELSEWHERE))
    assert found["one"].problems == (f"[insurers.one] account: is not that of two, {SAME_KEY}",)
    assert isinstance(found["two"], MisconfiguredInsurer)
    other_key = login('username = "other"', PASSWORD, HUB.replace("KEY", "OTHER"), **ELSEWHERE)
    assert all(isinstance(each, Insurer) for each in held(one=login(NAME, PASSWORD, HUB), two=other_key).values())


def test_one_user_of_the_central_service_has_one_account_for_all_insurers(held):
    one, two = (login(tgic(service=name), PASSWORD, account="tgic") for name in ("one", "two"))
    assert all(isinstance(each, Insurer) for each in held(one=one, two=two | ELSEWHERE | {"sts_url": None}).values())
    another = login(tgic(user="U-2"), PASSWORD, account="tgic")
    assert isinstance(held(one=one, two=another)["two"], MisconfiguredInsurer)


def test_proxy_and_rate_hold_for_one_insurer_with_their_origin(held):
    found = held(
        "calls_per_second = 5",
        one={"proxy": '"http://proxy.example:3128"', "calls_per_second": "0.5"},
        two={},
    )
    assert [(each.proxy, each.calls_per_second) for each in found.values()] == [
        ("http://proxy.example:3128", 0.5),
        ("", 5.0),
    ]
    assert [(each.origins["proxy"], each.origins["calls_per_second"]) for each in found.values()] == [
        ("insurer", "insurer"),
        ("built-in", "defaults"),
    ]


@pytest.mark.parametrize(("kind", "right"), [("commission", "view of the commission table"), ("mail", "document arch")])
def test_the_right_that_a_kind_needs_is_the_profiles(held, kind, right):
    one = held(one={"profile": '"ruv"'})["one"]
    assert one.right_for(Kind(kind)).startswith(right)
    assert held(one={})["one"].right_for(Kind(kind)) is None


def test_an_account_may_be_shared_by_anothers_name(held):
    found = held(one={}, two={"account": '"one"', "sts_url": '"https://two.example/"'})
    assert all(isinstance(each, MisconfiguredInsurer) for each in found.values())
