import json
import re
from pathlib import Path

import pytest

from bipro_sync.config import (
    HandoverSection,
    MailSection,
    MonitoringSection,
    ReportsSection,
    WebhookSection,
    sample,
    schema,
    warnings,
)
from bipro_sync.config.schema import (
    AlertsSection,
    ArchiveSection,
    AuditSection,
    AuthSection,
    CertificateSection,
    HubSection,
    InsurerSection,
    TgicSection,
    UserSection,
)
from bipro_sync.insurers import effective

from .conftest import PRODUCTION, TEST


OAUTH2 = "OAuth2 client credentials are not supported, because which service gives the token for which scope is not"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("scheduel = 1", "scheduel: is not a known key here; did you mean schedule?"),
        ('environment = "live"', "environment: must be 'production' or 'test'"),
        ('bipro_version = "2.6.1.1"', 'bipro_version: must be five numbers such as "2.6.1.1.0"'),
        ('bipro_version = "2.6.1.1.0000"', 'bipro_version: must be five numbers such as "2.6.1.1.0"'),
        ('bipro_version = "1.1.1.0"', "bipro_version: Release 1 is not supported, because its messages have"),
        ('bipro_version = "1.0.2.0.0"', "bipro_version: Release 1 is not supported, because its messages have"),
        (f'consumer_id = "{"x" * 51}"', "consumer_id: must be text of at most 50 characters"),
        ("confirmed_flag = true", "confirmed_flag: must be 'omit', 'false' or 'true'"),
        ('ca_file = "relative.pem"', "ca_file: must be an absolute path"),
        ("workers = 11", "workers: must be a whole number from 1 to 10"),
        ("workers = true", "workers: must be a whole number from 1 to 10"),
        ('workers = "2"', "workers: must be a whole number from 1 to 10"),
        ('acknowledge = "yes"', "acknowledge: must be 'auto' or 'manual'"),
        ('ack_after = "never"', "ack_after: must be 'stored' or 'second_copy'"),
        ("broker_numbers = 5", "broker_numbers: must be a list"),
        ('schedule = "daily"', "schedule: must be a cron line of five fields"),
        ('schedule = "0 15 6 * * mon"', "schedule: must be a cron line of five fields"),
        ('schedule = "0 25 * * *"', "schedule: is not a cron line: Bad hour"),
        ('timezone = "Berlin"', 'timezone: must be a time zone such as "Europe/Berlin"'),
        ('timezone = "Europe"', 'timezone: must be a time zone such as "Europe/Berlin"'),
        ("timezone = 1", 'timezone: must be a time zone such as "Europe/Berlin"'),
        ('contract_end = "2027-12-31"', "contract_end: must be a date such as 2027-12-31"),
        ('proxy = "proxy.example"', "proxy: must be a proxy's address such as"),
        ('proxy = { env = "PROXY" }', "proxy: must be a proxy's address such as"),
        ('calls_per_second = "2"', "calls_per_second: must be a number from 0 (no limit) to 100"),
        ("profile = 1", "profile: must be text"),
        ('account = "A"', "account: must be a label of small letters, digits and hyphens"),
        ("auth = 1", "auth: must be a table"),
    ],
)
def test_each_key_of_an_insurer_refuses_what_it_is_not(inside, line, problem):
    [found] = inside(line)
    assert found.startswith(f"[insurers.one] {problem}")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('deliveries = { post = "always" }', "[insurers.one.deliveries] post: must be a kind ("),
        ('deliveries = { "12" = "always" }', "[insurers.one.deliveries] 12: must be a kind ("),
        ('deliveries = { mail = "daily" }', "[insurers.one.deliveries] mail: must be 'always', 'weekly', 'monthly'"),
        ('expect = { "100" = "3 days" }', "[insurers.one.expect] 100: must be a kind:"),
        ('expect = { mail = "soon" }', "[insurers.one.expect] mail: must be a length of time"),
        ('auth = { method = "kerberos" }', "[insurers.one.auth] method: must be 'password', 'certificate'"),
        ("auth = { method = 1 }", "[insurers.one.auth] method: must be 'password', 'certificate'"),
        (
            'auth = { method = "vdg-ticket" }',
            "[insurers.one.auth] method: vdg-ticket is not supported, because its ticket comes out of an interactive",
        ),
        (
            'auth = { method = "otp" }',
            "[insurers.one.auth] method: otp is not supported, because where a one-time password stands",
        ),
        ('auth = { method = "password+otp" }', "[insurers.one.auth] method: password+otp is not supported, because"),
        ('auth = { username = "" }', "[insurers.one.auth] username: must not be empty"),
        ('auth = { certificate = { file = "/a.p12" } }', "[insurers.one.auth.certificate] passphrase: is missing"),
        (
            'auth = { certificate = { file = "/a.p12", passphrase = { env = "P" }, kind = "mine" } }',
            "[insurers.one.auth.certificate] kind: must be 'personal' or 'house'",
        ),
        (
            'auth = { tgic = { url = "https://tgic.example/", service = " x", user = "y" } }',
            "[insurers.one.auth.tgic] service: must be text that neither begins nor ends with a blank",
        ),
        (
            'auth = { tgic = { url = "https://tgic.example/", service = "x" } }',
            "[insurers.one.auth.tgic] user: is missing",
        ),
        ('auth = { hub = { url = "" } }', "[insurers.one.auth.hub] api_key: is missing"),
        *[
            (f"auth = {{ hub = {{ {keys} }} }}", f"[insurers.one.auth] hub: {OAUTH2}")
            for keys in (
                'client_id = "word", client_secret = { env = "S" }',
                'api_key = { env = "K" }, token_url = "https://hub.example/word"',
                'grant_type = "client_credentials"',
                'scope = "word"',
                'client_secret = "word"',
            )
        ],
        ('auth = { hub = { api_key = "word" } }', "[insurers.one.auth.hub] api_key: must be a reference such as"),
        (
            'auth = { hub = { api_key = { env = "K" }, url = "http://hub.example/" } }',
            "[insurers.one.auth.hub] url: must begin with https",
        ),
        ('broker_numbers = ["1", 2]', "[insurers.one] broker_numbers[1]: must be text"),
    ],
)
def test_a_problem_names_its_place_to_the_innermost_table(inside, line, problem):
    [found] = inside(line)
    assert found.startswith(problem)


def test_every_right_value_is_accepted(inside):
    assert not inside("""
        schedule = "15 6,12,18 * * mon-fri"
        deliveries = { gdv-portfolio = "weekly", "100" = "leave", "999010010" = "monthly", mail = "always" }
        expect = { mail = "3 working days" }
        broker_numbers = []
        ca_file = ""
        auth = { username = { env = "NAME" }, password = { command = ["pass", "one"] } }
    """)


@pytest.mark.parametrize(
    ("section", "line", "problem"),
    [
        ("[audit]", 'anchors = [{ kind = "pigeon", path = "/x" }]', "[audit.anchors[0]] kind: must be one of 'dir"),
        ("[audit]", 'anchors = "nowhere"', "[audit] anchors: must be a list"),
        ("[alerts]", 'none = "yes"', "[alerts] none: must be true or false"),
        (
            "[alerts]",
            'mail = { to = ["a@b.example"], smtp = "smtp://mail.example" }',
            "[alerts.mail] smtp: must begin with smtps",
        ),
        ("[archive]", 'second_copy = "relative"', "[archive] second_copy: must be an absolute path"),
    ],
)
def test_the_other_tables_refuse_as_clearly(refused, section, line, problem):
    tables = {"[archive]": 'root = "/x"\n', "[defaults]": 'environment = "test"\n'}
    tables[section] = tables.get(section, "") + line
    [found] = refused("".join(f"{name}\n{lines}\n" for name, lines in tables.items()))
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("mail = 5", "[retention] mail: must be 6 years or more; the law allows no shorter term"),
        ("commission = 6", "[retention] commission: must be 8 years or more; the law allows no shorter term"),
        ("audit = 6", "[retention] audit: must be 10 years or more; the law allows no shorter term"),
        ("mail = 0", "[retention] mail: must be a whole number of years up to 100"),
        ("mail = 6.5", "[retention] mail: must be a whole number of years up to 100"),
        ("letters = 6", "[retention] letters: must be one of mail, gdv-portfolio"),
    ],
)
def test_a_term_shorter_than_the_law_s_is_a_problem_and_so_is_what_is_no_term(refused, line, problem):
    [found] = refused(f"{TEST}[retention]\n{line}\n")
    assert found.startswith(problem)


def test_a_longer_term_counts_and_the_others_stay(loaded):
    terms = loaded(f"{TEST}[retention]\nmail = 12\n").terms
    assert [terms.years(kind) for kind in ("mail", "commission", "audit")] == [12, 8, 10]


def test_the_sample_shows_every_key():
    shown = set(re.findall(r"\b([a-z_]+) = ", sample()))
    sections = (ArchiveSection, AuditSection, UserSection, AlertsSection, InsurerSection, AuthSection)
    alerting = (MailSection, WebhookSection, MonitoringSection)
    out = (HandoverSection, ReportsSection)
    for section in (*sections, *alerting, *out, CertificateSection, TgicSection, HubSection):
        assert set(section.model_fields) - {"auth"} <= shown, section


def test_the_sample_at_the_top_is_the_shipped_one():
    assert (Path(__file__).parents[2] / "config.example.toml").read_text(encoding="utf-8") == sample()


def test_the_sample_loads_as_it_is(loaded):
    config = loaded(sample())
    assert config.environment == "production"
    assert not config.insurers["ruv"].problems


def test_the_sample_loads_in_the_test_environment(loaded):
    text = sample().replace('environment = "production"', 'environment = "test"')
    assert loaded(text, 0o644).environment == "test"


def _uncommented():
    return re.findall(r"^# ([a-z_]+) = (.*)$", sample(), re.MULTILINE)


def test_the_sample_has_commented_alternatives():
    assert {
        *("key", "anchors", "active_to", "mail", "webhook", "acknowledge", "password", "hub"),
        *("recipient", "passphrase"),
    } == {key for key, _ in _uncommented()}


@pytest.mark.parametrize(("key", "value"), _uncommented())
def test_every_commented_line_of_the_sample_holds_in_its_place(loaded, key, value):
    others = re.sub(
        rf"^({key}|{'none' if key in {'mail', 'webhook'} else key}) = .*\n", "", sample(), flags=re.MULTILINE
    )
    config = loaded(others.replace(f"# {key} = {value}", f"{key} = {value}"))
    assert not config.insurers["ruv"].problems


def test_the_sample_has_an_insurer_of_each_method_behind_comments(loaded):
    config = loaded(re.sub(r"^#(?=[\[a-z])", "", sample(), flags=re.MULTILINE))
    found = effective(config)
    assert [(each.name, each.auth.method) for each in found.values()] == [
        ("ruv", "password"),
        ("allianz", "certificate"),
        ("signed", "signature"),
        ("bare", "tls"),
        ("central", "tgic"),
    ]
    assert found["allianz"].has_personal_certificate


def test_the_schema_is_json_and_knows_every_insurers_key():
    document = json.loads(json.dumps(schema()))
    assert set(document["$defs"]["InsurerSection"]["properties"]) == set(InsurerSection.model_fields)
    assert document["additionalProperties"] is False


def test_what_nobody_has_decided_is_said_in_production_only(loaded):
    undecided = PRODUCTION.replace('anchors = "none"', "").replace("none = true", "")
    assert [sentence.split(":")[0] for sentence in warnings(loaded(undecided + "[insurers.one]\n"))] == [
        "[audit] anchors",
        "[alerts]",
    ]
    assert not warnings(loaded('[archive]\nroot = "/x"\n[insurers.one]\nenvironment = "test"\n'))
    assert not warnings(loaded(PRODUCTION + "[insurers.one]\n"))


@pytest.mark.parametrize("end", ["", "[insurers]\n"])
def test_a_configuration_without_insurers_is_said_to_do_nothing(loaded, end):
    assert warnings(loaded(PRODUCTION + end)) == ("[insurers]: no insurer is configured: a pull does nothing",)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("99 * * * *", 'Bad minute in "99 * * * *"'),
        ("0 6 * * mon-xun", "Bad day-of-week"),
        ("0 6 * * MON-FRI/0", 'Bad day-of-week in "0 6 * * MON-FRI/0"'),
        ("five words of a passphrase", "Bad minute"),
    ],
)
def test_a_wrong_cron_line_is_repeated_unless_it_could_be_a_secret(inside, line, shown):
    assert inside(f'schedule = "{line}"') == [f"[insurers.one] schedule: is not a cron line: {shown}"]
