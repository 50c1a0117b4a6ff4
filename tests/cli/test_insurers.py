from .conftest import GOOD


BAD = '[insurers.bad]\nenvironment = "test"\nprofile = "vema"\n'


def test_list_shows_every_insurer_the_unusable_ones_too(call, configured):
    said = call("insurers", "list", "--json", "--config", configured(GOOD + BAD))
    assert said.code == 0
    good, bad = said.document
    assert good == {
        "insurer": "good",
        "logins": "none tried yet",
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
    assert "  must_understand = no" in lines
    assert "  sts_version = -" in lines
    assert not {"problems:", "contract_end: None"} & set(lines)
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
