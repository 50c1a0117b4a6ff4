import pytest

from ..certificates import NOW, PASSPHRASE, certified, packed
from .conftest import GOOD


BAD = '[insurers.bad]\nenvironment = "test"\nprofile = "vema"\n'


def test_list_shows_every_insurer_the_unusable_ones_too(call, configured):
    said = call("insurers", "list", "--json", "--config", configured(GOOD + BAD))
    assert said.code == 0
    good, bad = said.document
    assert good == {
        "insurer": "good",
        "logins": "none tried yet",
        "suspended": None,
        "profile": "generic",
        "account": "good",
        "environment": "test",
        "login": "password",
        "acknowledge": "manual",
        "problems": [],
    }
    assert bad["insurer"] == "bad"
    assert len(bad["problems"]) == 5


def test_list_is_readable_without_json(call, configured):
    lines = call("insurers", "list", "--config", configured(GOOD + BAD)).out.splitlines()
    assert lines[1].split() == ["good", "generic", "good", "test", "password", "manual", "-", "-"]
    assert lines[2].split()[0] == "bad"


def test_show_names_source_date_and_wire_form_and_only_the_secrets_reference(call, configured):
    text = GOOD.replace('environment = "test"', 'environment = "test"\nprofile = "degenia"')
    page = call("insurers", "show", "good", "--json", "--config", configured(text)).document
    assert page["title"] == "Degenia"
    assert page["profile_from"] == "bipro-sync"
    assert page["source"]
    assert page["reviewed_on"].startswith("20")
    assert page["wire"]["soap_action"] == "empty"
    assert page["password"] == "credential: good.password"
    assert page["unlock_contact"]


@pytest.fixture
def certificated(configured, tmp_path):
    """A configuration whose insurer is logged in to with a personal certificate; *auth* says by which method."""

    def _certificated(auth='method = "certificate"', passphrase=PASSPHRASE):
        (tmp_path / "a.p12").write_bytes(packed(certified("Erika Beispiel", serial=0xCAFE01)))
        (tmp_path / "passphrase").write_text(passphrase)
        for name in ("a.p12", "passphrase"):
            (tmp_path / name).chmod(0o400)
        source = f'{{ file = "{tmp_path / "passphrase"}" }}'
        certificate = f'certificate = {{ file = "{tmp_path / "a.p12"}", passphrase = {source}, kind = "personal" }}'
        user = '[users.u001]\nname = "A B"\nlogin = "ab"\nrole = "admin"\nactive_from = 2026-01-01\n'
        password = 'username = "BROKER-1", password = { credential = "good.password" }'
        return configured(GOOD.replace(password, f'{auth}, owner = "u001", {certificate}'), user)

    return _certificated


def test_show_tells_of_a_certificate_what_is_to_be_known_and_nothing_private(call, certificated, tmp_path):
    path = certificated()
    page = call("insurers", "show", "good", "--json", "--config", path).document
    begin, end = page["certificate"].pop("valid_from"), page["certificate"].pop("valid_until")
    assert end > NOW.isoformat() > begin
    assert page["certificate"] == {
        "file": str(tmp_path / "a.p12"),
        "passphrase": f"file: {tmp_path / 'passphrase'}",
        "kind": "personal",
        "owner": "u001",
        "serial": "CAFE01",
        "days_left": 89,
        "problem": None,
    }
    said = call("insurers", "show", "good", "--config", path)
    assert "certificate:\n" in said.out
    assert "  serial = CAFE01\n" in said.out
    assert "Erika" not in said.out + said.err + repr(page)
    assert PASSPHRASE not in said.out + said.err + repr(page)


def test_show_of_a_certificate_that_stays_locked_says_so_and_shows_the_rest(call, certificated):
    said = call("insurers", "show", "good", "--json", "--config", certificated(passphrase="S3CR3T-canary"))
    assert said.code == 0
    assert "does not open" in said.document["certificate"]["problem"]
    assert said.document["title"]
    assert "S3CR3T-canary" not in said.out


def test_the_unproven_login_is_marked_wherever_it_is_named(call, certificated):
    tgic = 'tgic = { url = "https://tgic.example/", service = "http://tgic.example/s/1", user = "TGIC-4711" }'
    path = certificated(f'method = "tgic", {tgic}')
    page = call("insurers", "show", "good", "--json", "--config", path).document
    assert page["login"] == "tgic (unproven)"
    assert page["tgic"] == {
        "remark": "unproven",
        "url": "https://tgic.example/",
        "service": "http://tgic.example/s/1",
        "user": "TGIC-4711",
    }
    assert "tgic (unproven)" in call("insurers", "list", "--config", path).out


def test_show_names_the_hub_and_the_rights_that_kinds_need(call, configured):
    text = GOOD.replace("auth = {", 'profile = "ruv"\nauth = { hub = { api_key = { env = "KEY" } },')
    page = call("insurers", "show", "good", "--json", "--config", configured(text)).document
    assert page["hub"] == {"url": "https://good.example/login", "api_key": "env: KEY"}
    assert page["rights_for"]["mail"] == "document archive (Dokumentenarchiv)"
    assert (page["proxy"], page["calls_per_second"]) == ("", 0.0)


def test_show_tells_a_profile_of_the_users(call, configured, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        'title = "Own"\nsource = "A letter"\nreviewed_on = 2026-02-03\n'
        'auth_methods = ["password"]\nunlock_contact = "x"\n'
    )
    text = GOOD.replace('environment = "test"', f'environment = "test"\nprofile = "{own}"')
    said = call("insurers", "show", "good", "--config", configured(text))
    assert f"profile_from: {own}\n" in said.out
    assert "source: A letter\n" in said.out


def test_show_begins_with_what_hurts_and_speaks_no_python(call, configured):
    said = call("insurers", "show", "good", "--config", configured(GOOD))
    lines = said.out.splitlines()
    assert lines[:2] == ["insurer: good", "logins: none tried yet"]
    assert "  missing_right_codes = 00920" in lines
    assert "  must_understand = no" in lines
    assert "  sts_version = -" in lines
    assert not {"problems:", "rights_for:", "contract_end: None"} & set(lines)
    said = call("insurers", "show", "bad", "--config", configured(GOOD + BAD))
    assert said.out.splitlines()[1:3] == ["logins: -", "problems:"]


def test_refused_and_blocked_logins_are_seen_in_the_list(office):
    def shown():
        (line,) = office.run("insurers", "list")[1].splitlines()[1:]
        return line.partition("auto")[2].split()

    office.opens()
    office.pull()
    assert shown() == ["-", "-"]
    office.password("falsch")
    assert office.pull()["error"]["code"] == "login-refused"
    assert shown() == ["new", "credential", "only", "-"]
    office.password("auch falsch")
    assert office.pull()["error"]["code"] == "login-refused"
    assert shown() == ["blocked", "-"]
    assert office.run("insurers", "show", "muster")[1].splitlines()[1].startswith("logins: blocked: 2 logins in a row")


def test_show_lists_an_unusable_insurers_problems_and_exits_10(call, configured):
    said = call("insurers", "show", "bad", "--config", configured(GOOD + BAD))
    assert said.code == 10
    assert "  - [insurers.bad] consumer_id: is missing; VEMA demands one" in said.out


def test_show_of_an_unknown_insurer_is_a_usage_error(call, configured):
    said = call("insurers", "show", "nobody", "--json", "--config", configured(GOOD))
    assert said.code == said.document["exit_code"] == 2
    assert "no insurer nobody" in said.document["error"]["message"]
