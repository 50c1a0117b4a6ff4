import pytest

from bipro_sync.insurers import load_profile, profile_names


@pytest.mark.parametrize("name", profile_names())
def test_there_is_a_letter_to_each_insurer_that_is_known(call, name):
    said = call("insurers", "letter", name)
    assert (said.code, said.err) == (0, "")
    assert "Sehr geehrte Damen und Herren" in said.out
    assert "$" not in said.out
    assert all(len(line) <= 140 for line in said.out.splitlines())
    if name != "generic":
        addressed = said.out.partition("An\n")[2].partition("\n")[0]
        assert load_profile(name).facts.title.startswith(addressed)
        assert "(" not in addressed, "what a title adds in brackets is English, and for us"


def test_it_asks_for_the_rights_by_the_insurer_s_own_words(call):
    said = call("insurers", "letter", "ruv")
    assert "  - Dokumentenarchiv\n" in said.out
    assert "technischen Benutzers" in said.out
    assert "2.6.2.1.0" in said.out


@pytest.mark.parametrize(
    ("method", "says"), [("certificate", "auf unser Haus"), ("tgic", "TGIC-Kennung"), ("signature", "signiert")]
)
def test_it_asks_for_the_login_that_is_wanted(call, method, says):
    assert says in call("insurers", "letter", "allianz", "--method", method).out


def test_who_is_not_known_is_answered_with_those_who_are(call):
    said = call("insurers", "letter", "nobody")
    assert (said.code, "generic" in said.err) == (2, True)
    assert call("insurers", "letter", "generic", "--method", "otp").code == 2
