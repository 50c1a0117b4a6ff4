import pytest

from bipro_sync.insurers import Insurer, warnings
from bipro_sync.model.secret import SecretRef, SecretSource


CERTIFICATE = 'certificate = { file = "/a.p12", passphrase = { env = "PASSPHRASE" } }'
TGIC = 'tgic = { url = "https://tgic.example/", service = "s", user = "u" }'
PASSWORD = 'password = { env = "P" }'
NAME = 'username = "one"'


def _auth(method, *lines):
    return "{ " + ", ".join((f'method = "{method}"', *lines)) + " }"


@pytest.mark.parametrize(
    ("method", "lines"),
    [
        ("password", (NAME, PASSWORD)),
        ("certificate", (CERTIFICATE,)),
        ("signature", (CERTIFICATE,)),
        ("tls", (CERTIFICATE,)),
        ("tgic", (TGIC, PASSWORD)),
        ("tgic", (TGIC, CERTIFICATE)),
    ],
)
@pytest.mark.parametrize("hub", [(), ('hub = { api_key = { env = "KEY" } }',)])
def test_each_method_is_content_with_what_it_needs(held, method, lines, hub):
    one = held(one={"auth": _auth(method, *lines, *hub)})["one"]
    assert isinstance(one, Insurer), one.problems
    assert one.auth.method == method


@pytest.mark.parametrize(
    ("auth", "places"),
    [
        (_auth("password"), ["username", "password"]),
        (_auth("password", NAME), ["password"]),
        (_auth("password", PASSWORD), ["username"]),
        (_auth("certificate"), ["certificate"]),
        (_auth("signature"), ["certificate"]),
        (_auth("tls"), ["certificate"]),
        (_auth("tgic", PASSWORD), ["tgic"]),
    ],
)
def test_what_a_method_lacks_is_said_key_by_key(problems, auth, places):
    found = problems(auth=auth)
    method = auth.split('"')[1]
    assert found == [f"[insurers.one.auth] {place}: is missing; the method {method} needs it" for place in places]


@pytest.mark.parametrize(
    ("auth", "places"),
    [
        (_auth("password", NAME, PASSWORD, CERTIFICATE, TGIC), ["certificate", "tgic"]),
        (_auth("certificate", NAME, PASSWORD, CERTIFICATE, TGIC), ["username", "password", "tgic"]),
        (_auth("tls", PASSWORD, CERTIFICATE), ["password"]),
        (_auth("tgic", NAME, PASSWORD, TGIC), ["username"]),
    ],
)
def test_what_a_method_has_no_use_for_is_said_key_by_key(problems, auth, places):
    found = problems(auth=auth)
    method = auth.split('"')[1]
    assert found == [
        f"[insurers.one.auth] {place}: is of no use to the method {method}; leave it out" for place in places
    ]


@pytest.mark.parametrize("lines", [(), (PASSWORD, CERTIFICATE)])
def test_tgic_needs_exactly_one_proof(problems, lines):
    assert problems(auth=_auth("tgic", TGIC, *lines)) == [
        "[insurers.one.auth] method: tgic needs exactly one of password and certificate"
    ]


def test_all_problems_of_a_login_are_said_at_once(problems):
    found = problems(auth=_auth("tgic", NAME, 'owner = "u002"'))
    assert [problem.split(": ")[0] for problem in found] == [
        "[insurers.one.auth] tgic",
        "[insurers.one.auth] username",
        "[insurers.one.auth] method",
        "[insurers.one.auth] owner",
    ]


def test_what_has_a_problem_of_its_own_is_neither_missing_nor_too_few(problems):
    assert [
        problem.split(": ")[0] for problem in problems(auth=_auth("tgic", 'tgic = { url = "x" }', 'password = "x"'))
    ] == [
        "[insurers.one.auth] password",
        "[insurers.one.auth.tgic] url",
        "[insurers.one.auth.tgic] service",
        "[insurers.one.auth.tgic] user",
    ]


@pytest.mark.parametrize("method", ["otp", "password+otp", "vdg-ticket"])
def test_a_login_that_needs_a_person_is_answered_and_nothing_else_is_guessed(problems, method):
    (problem,) = problems(auth=_auth(method))
    assert problem.startswith(f"[insurers.one.auth] method: {method} is not supported, because ")


def test_defaults_may_hold_the_keys_of_several_methods(held):
    defaults = f"auth = {{ {NAME}, {PASSWORD}, {CERTIFICATE} }}"
    found = held(defaults, one={"auth": None}, two={"auth": _auth("tls")})
    assert (found["one"].auth.method, found["one"].auth.certificate) == ("password", None)
    assert found["one"].auth.password == SecretRef(SecretSource.ENV, ("P",))
    assert (found["two"].auth.username, found["two"].auth.password) == (None, None)
    assert str(found["two"].auth.certificate.file) == "/a.p12"


@pytest.mark.parametrize("auth", [_auth("tls", CERTIFICATE), _auth("tgic", TGIC, PASSWORD)])
def test_a_login_without_sts_needs_no_address_of_one(held, auth):
    one = held(one={"sts_url": None, "auth": auth})["one"]
    assert isinstance(one, Insurer)
    assert one.sts_url == ""
    assert held(one={"auth": auth})["one"].sts_url == "https://one.example/sts"


@pytest.mark.parametrize(
    ("transfer_url", "hub_url"),
    [
        ("https://one.example/bipro/transfer", "https://one.example/bipro/login"),
        ("https://one.example/bipro/transfer?key=1", "https://one.example/bipro/login"),
        ("https://one.example/bipro/", "https://one.example/bipro/login"),
        ("https://one.example:8443", "https://one.example:8443/login"),
    ],
)
def test_a_hubs_address_follows_the_transfer_services(held, transfer_url, hub_url):
    hub = 'hub = { api_key = { env = "KEY" } }'
    section = {"transfer_url": f'"{transfer_url}"', "auth": _auth("password", NAME, PASSWORD, hub)}
    assert held(one=section)["one"].hub_url == hub_url


def test_a_hubs_own_address_wins_and_without_a_hub_there_is_none(held):
    hub = 'hub = { api_key = { env = "KEY" }, url = "https://hub.example/token" }'
    assert held(one={"auth": _auth("password", NAME, PASSWORD, hub)})["one"].hub_url == "https://hub.example/token"
    assert held(one={})["one"].hub_url is None


def test_the_secrets_of_a_login_are_named_by_their_keys(held):
    hub = 'hub = { api_key = { env = "KEY" } }'
    one = held(one={"auth": _auth("certificate", CERTIFICATE, hub)})["one"]
    assert dict(one.auth.references()) == {
        "certificate.passphrase": SecretRef(SecretSource.ENV, ("PASSPHRASE",)),
        "hub.api_key": SecretRef(SecretSource.ENV, ("KEY",)),
    }


def test_what_is_unproven_says_so(held, monkeypatch):
    monkeypatch.setenv("P", "word")
    section = {"auth": _auth("tgic", TGIC, PASSWORD), "acknowledge": '"auto"'}
    one = held(one=section)["one"]
    assert one.auth.shown_method == "tgic (unproven)"
    (said,) = warnings(one)
    assert said.startswith("[insurers.one.auth] method: tgic is unproven: ")


def test_a_profile_that_logs_in_by_certificate_may_be_told_another_way(held, problems):
    assert problems(profile='"allianz"')[0] == (
        "[insurers.one.auth] certificate: is missing; the method certificate needs it"
    )
    one = held(one={"profile": '"allianz"', "auth": _auth("password", NAME, PASSWORD)})["one"]
    assert any("is not known to be offered by Allianz" in warning for warning in warnings(one))


def test_an_owner_is_one_of_the_users(held, problems):
    auth = '{ username = "one", password = { env = "P" }, owner = "%s" }'
    assert problems(auth=auth % "u002") == ["[insurers.one.auth] owner: is not one of [users]"]
    assert held(one={"auth": auth % "u001"})["one"].auth.owner == "u001"
