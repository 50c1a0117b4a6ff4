import pytest

from bipro_sync.insurers import Insurer, owner_objection, owner_warning


@pytest.fixture
def insurer(held):
    """An insurer with a certificate: of this profile, method, kind and owner."""

    def _insurer(profile="allianz", method="certificate", kind=None, owner=None):
        kind = f', kind = "{kind}"' if kind else ""
        owner = f', owner = "{owner}"' if owner else ""
        tgic = ', tgic = { url = "https://tgic.example/", service = "s", user = "u" }' if method == "tgic" else ""
        passphrase = 'passphrase = { env = "PASSPHRASE" }'
        certificate = f'certificate = {{ file = "/a.p12", {passphrase}{kind} }}'
        auth = f'{{ method = "{method}", {certificate}{owner}{tgic} }}'
        return held(one={"profile": f'"{profile}"', "auth": auth})["one"]

    return _insurer


@pytest.mark.parametrize(
    ("given", "personal"),
    [
        ({"profile": "allianz"}, True),
        ({"profile": "allianz", "method": "tls"}, True),
        ({"profile": "allianz", "kind": "house"}, False),
        ({"profile": "allianz", "method": "tgic"}, False),
        ({"profile": "allianz", "method": "tgic", "kind": "personal"}, True),
        ({"profile": "generic"}, False),
        ({"profile": "generic", "kind": "personal"}, True),
    ],
)
def test_a_personal_certificate_needs_an_owner(insurer, given, personal):
    found = insurer(**given)
    if personal:
        (problem,) = found.problems
        assert problem.startswith("[insurers.one.auth] owner: is missing; a personal certificate belongs to one of")
    else:
        assert isinstance(found, Insurer)
        assert not found.has_personal_certificate
    assert insurer(**given, owner="u001").has_personal_certificate is (personal or "kind" not in given)


def test_only_the_owner_may_use_a_personal_certificate(insurer):
    one = insurer(owner="u001")
    assert owner_objection(one, "u001", scheduled=False) is None
    assert owner_objection(one, "u002", scheduled=False) == (
        "The certificate of one is personal to u001, so u002 may not use it; nothing was sent."
    )
    assert "somebody who is not in [users]" in owner_objection(one, None, scheduled=False)


def test_a_schedule_may_use_it_and_is_warned_about(insurer):
    one = insurer(owner="u001")
    assert owner_objection(one, None, scheduled=True) is None
    assert "personal certificate of u001" in owner_warning(one, scheduled=True)
    assert owner_warning(one, scheduled=False) is None


def test_a_certificate_of_the_house_is_everybodys(insurer):
    one = insurer(kind="house", owner="u001")
    for principal in ("u001", "u002", None):
        assert owner_objection(one, principal, scheduled=False) is None
    assert owner_warning(one, scheduled=True) is None


def test_a_password_has_no_owner_to_speak_of(held):
    auth = '{ method = "password", username = "one", password = { env = "P" }, owner = "u001" }'
    one = held(one={"profile": '"allianz"', "auth": auth})["one"]
    assert owner_objection(one, "u002", scheduled=False) is None
    assert owner_warning(one, scheduled=True) is None


def test_a_personal_certificate_in_defaults_is_nothing_to_an_insurer_with_a_password(held):
    certificate = 'certificate = { file = "/a.p12", passphrase = { env = "P" }, kind = "personal" }'
    one = held(f"auth = {{ {certificate} }}", one={})["one"]
    assert isinstance(one, Insurer)
    assert not one.has_personal_certificate
