import json
from dataclasses import fields

import pytest

from bipro_sync.bipro import WireForm
from bipro_sync.config.profile_files import profile_names
from bipro_sync.errors import ConfigurationError
from bipro_sync.insurers import load_profile
from bipro_sync.model.kinds import Kind


OURS = ["allianz", "degenia", "docura", "generic", "ruv", "vema"]

OWN = """
title = "One"
source = "A letter"
reviewed_on = 2026-02-03
auth_methods = ["password"]
unlock_contact = "Somebody"
"""


@pytest.fixture
def own(tmp_path):
    def _own(more="", name="one"):
        (tmp_path / f"{name}.toml").write_text(OWN + more, encoding="utf-8")
        return load_profile(name, tmp_path)

    return _own


def test_ours_are_all_there(tmp_path):
    assert profile_names(tmp_path) == OURS


@pytest.mark.parametrize("name", OURS)
def test_each_of_ours_has_source_and_date_and_no_address(name, tmp_path):
    profile = load_profile(name, tmp_path)
    assert profile.path is None
    assert profile.facts.source
    assert profile.facts.reviewed_on.year >= 2026
    assert profile.facts.rights
    assert "://" not in repr(profile)
    assert "@" not in repr(profile)


def test_the_wire_forms_are_those_known_of_each(tmp_path):
    forms = {name: load_profile(name, tmp_path).facts.wire for name in OURS}
    assert forms["vema"].sts_form == "vema"
    assert forms["vema"].must_understand
    assert forms["degenia"].sts_version == "2.6.1.1.0"
    assert forms["degenia"].soap_action == "empty"
    allianz = forms["allianz"]
    assert (allianz.operations, allianz.version_namespace) == ("capital", "allgemein")
    assert (allianz.consumer_namespace, allianz.get_confirmed_flag) == ("transfer", True)
    assert forms["ruv"] == forms["generic"] == forms["docura"]
    assert not any(form.nok_04001_is_empty for form in forms.values())


def test_the_releases_and_logins_are_those_known_of_each(tmp_path):
    facts = {name: load_profile(name, tmp_path).facts for name in OURS}
    assert {name: (each.auth_methods[0], each.bipro_version) for name, each in facts.items()} == {
        "allianz": ("certificate", "2.1.1.2.0"),
        "degenia": ("password", "2.6.1.1.0"),
        "docura": ("password", None),
        "generic": ("password", None),
        "ruv": ("password", "2.6.2.1.0"),
        "vema": ("password", "2.6.1.1.0"),
    }
    assert [name for name, each in facts.items() if each.personal_certificate] == ["allianz"]
    for each in facts.values():
        assert "tgic" not in each.auth_methods or any("unproven" in note for note in each.notes)


@pytest.mark.parametrize("name", OURS)
def test_each_right_that_a_kind_needs_stands_among_the_rights(name, tmp_path):
    facts = load_profile(name, tmp_path).facts
    for right in facts.rights_for.values():
        assert any(each.startswith(right) for each in facts.rights)


def test_rights_are_known_of_the_insurers_that_grant_them_one_by_one(tmp_path):
    known = {name: load_profile(name, tmp_path).facts.rights_for for name in OURS}
    assert {name for name, rights in known.items() if rights} == {"allianz", "ruv"}
    assert "archive" in known["ruv"][Kind.MAIL]
    for rights in (known["ruv"], known["allianz"]):
        assert "portfolio data" in rights[Kind.GDV_PORTFOLIO]
        assert "commission" in rights[Kind.COMMISSION]


def test_what_a_consumer_id_looks_like_and_which_flags_are_taken_is_known_of_vema_alone(tmp_path):
    facts = {name: load_profile(name, tmp_path).facts for name in OURS}
    assert (facts["vema"].consumer_id_form, facts["vema"].confirmed_flags) == ("XXX_XXXXX", ("omit",))
    assert {name for name, each in facts.items() if each.consumer_id_form or len(each.confirmed_flags) < 3} == {"vema"}


def test_every_key_of_the_wires_form_may_stand_in_a_profile(own):
    form = WireForm(
        sts_form="vema",
        sts_version="2.1.4.1.0",
        sts_version_namespace="allgemein",
        sts_soap_action="",
        must_understand=True,
        actor="next",
        operations="capital",
        version_namespace="allgemein",
        consumer_namespace="transfer",
        soap_action="empty",
        nok_04001_is_empty=True,
        get_confirmed_flag=True,
        missing_right_codes=("00920", "09999"),
        sts_cancels=True,
    )
    keys = {field.name: getattr(form, field.name) for field in fields(WireForm)}
    assert not [key for key, value in keys.items() if value == getattr(WireForm(), key)], "a key was forgotten here"
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
    assert own(f"[wire]\n{lines}").facts.wire == form


def test_a_profile_of_the_users_is_found_by_name(own, tmp_path):
    profile = own('[kinds]\n"300001000" = "commission"\n[wire]\nsoap_action = "empty"\n')
    assert profile.path == tmp_path / "one.toml"
    assert profile.facts.kinds == {"300001000": Kind.COMMISSION}
    assert profile.facts.wire.soap_action == "empty"
    assert profile_names(tmp_path) == sorted([*OURS, "one"])


def test_a_profile_of_the_users_wins_over_ours(own, tmp_path):
    assert own(name="ruv").facts.title == "One"
    assert load_profile("ruv", tmp_path / "elsewhere").facts.title.startswith("R+V")


def test_a_profile_is_found_by_its_path(tmp_path):
    (tmp_path / "here.toml").write_text(OWN)
    profile = load_profile(str(tmp_path / "here.toml"))
    assert (profile.name, profile.path) == ("here", tmp_path / "here.toml")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ('colour = "red"', "colour: is not a known key here"),
        ('acknowledge = "auto"', "acknowledge: is not a known key here"),
        ('password = "x"', "password: is not a known key here"),
        ('sts_url = "https://one.example/"', "sts_url: is not a known key here"),
        ('bipro_version = "2.6"', "bipro_version: must be five numbers"),
        ('schedule = "daily"', "schedule: must be a cron line"),
        ('confirmed_flag = "maybe"', "confirmed_flag: must be 'omit'"),
        ('[kinds]\n"12" = "mail"', "[kinds] 12: must be the first 3, 6 or 9 digits"),
        ('[kinds]\n"120" = "post"', "[kinds] 120: must be a kind"),
        ('[rights_for]\npost = "x"', "[rights_for] post: must be a kind"),
        ("calls_per_second = -1", "calls_per_second: must be a number from 0"),
        ('proxy = "http://proxy.example"', "proxy: is not a known key here"),
        ("[wire]\nsts_cancels = 5", "[wire] sts_cancels: must be"),
        ('[wire]\nsoap_aktion = "urn"', "wire: has keys that are not known: soap_aktion"),
        *[
            (f"[wire]\nsts_soap_action = {json.dumps(action)}", "wire: sts_soap_action must be printable ASCII")
            for action in ("urn:Ä", "urn:a\nb", "urn:\u007f", 'urn:"a"', "urn:\\a")
        ],
        ('[wire]\nsoap_action = "none"', "[wire] soap_action: must be 'urn' or 'empty'"),
    ],
)
def test_a_profile_with_a_fault_is_refused(own, more, problem):
    with pytest.raises(ConfigurationError) as caught:
        own(more)
    [found] = caught.value.problems
    assert problem in found
    assert "one.toml: " in found


def test_all_faults_of_a_profile_are_listed(tmp_path):
    (tmp_path / "one.toml").write_text("workers = 0\nauth_methods = []\n")
    with pytest.raises(ConfigurationError) as caught:
        load_profile("one", tmp_path)
    places = {problem.split(": ")[1] for problem in caught.value.problems}
    assert places == {"title", "source", "reviewed_on", "unlock_contact", "workers", "auth_methods"}


@pytest.mark.parametrize("name", ["nowhere", "", "../ruv", "ruv.toml", "profiles/ruv"])
def test_a_name_that_is_no_profile_is_refused(name, tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        load_profile(name, tmp_path)
    assert "one of allianz, degenia" in caught.value.problems[0]


@pytest.mark.parametrize(
    ("content", "problem"), [(b"a = [", "is not TOML"), (b'a = "\xff"', "is not UTF-8"), (None, "cannot be read")]
)
def test_a_file_that_cannot_be_read_as_a_profile_is_refused(tmp_path, content, problem):
    path = tmp_path / "one.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        load_profile(str(path))
    assert problem in caught.value.problems[0]
