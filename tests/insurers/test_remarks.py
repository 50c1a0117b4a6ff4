from datetime import timedelta

import pytest

from bipro_sync.insurers import absent_here, certificate_remark, missing_files, warnings

from ..certificates import NOW, certified, packed


@pytest.fixture
def certificated(held, pkcs12):
    """An insurer that is logged in to with the certificate in that file."""

    def _certificated(source=None):
        auth = f'{{ method = "tls", certificate = {pkcs12.section(source=source)} }}'
        return held(one={"auth": auth, "acknowledge": '"auto"', "profile": '"generic"'})["one"]

    return _certificated


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
    (said,) = absent_here(one)
    assert said.startswith("[insurers.one.auth] password: The ")
    assert not list(missing_files(one))
    (tmp_path / "PASSWORD").write_text("word")
    monkeypatch.setenv("PASSWORD", "word")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert not list(absent_here(one))


def test_an_undecided_acknowledgement_is_said(held, monkeypatch):
    monkeypatch.setenv("PASSWORD", "word")
    assert list(warnings(held(one={})["one"])) == [
        "[insurers.one] acknowledge: is not set, so everything is stored and nothing acknowledged"
    ]
    assert not list(warnings(held(one={"acknowledge": '"auto"'})["one"]))


def test_a_right_certificate_is_nothing_to_speak_of(certificated):
    one = certificated()
    assert (list(missing_files(one)), certificate_remark(one, NOW), [*absent_here(one), *warnings(one)]) == (
        [],
        None,
        [],
    )


@pytest.mark.parametrize("mode", [0o440, 0o604])
def test_a_certificate_open_to_others_is_a_problem(certificated, pkcs12, mode):
    pkcs12.write(b"", mode)
    one = certificated()
    (said,) = missing_files(one)
    assert said.startswith("[insurers.one.auth.certificate] file: The secret's file ")
    assert "is open to others" in said
    assert certificate_remark(one, NOW) is None


@pytest.mark.parametrize(
    ("after", "sentence", "is_problem"),
    [
        (timedelta(days=-2), "the certificate CAFE01 is not valid before", True),
        (timedelta(days=29), None, None),
        (timedelta(days=30, seconds=1), "the certificate CAFE01 ends on", False),
        (timedelta(days=90, seconds=-1), "days left: 0", False),
        (timedelta(days=90), "the certificate CAFE01 ran out on", True),
    ],
)
def test_the_end_of_a_certificate_is_said_sixty_days_ahead(certificated, after, sentence, is_problem):
    remark = certificate_remark(certificated(), NOW + after)
    if sentence is None:
        assert remark is None
    else:
        assert remark.is_problem is is_problem
        assert remark.sentence.startswith("[insurers.one.auth.certificate] file: the certificate CAFE01 ")
        assert sentence in remark.sentence


def test_a_certificate_that_stays_locked_is_a_problem_without_the_passphrase(certificated, pkcs12):
    pkcs12.say("S3CR3T-canary")
    remark = certificate_remark(certificated(), NOW)
    assert remark.is_problem
    assert remark.sentence.startswith("[insurers.one.auth.certificate] file: The certificate's file does not open")
    assert "S3CR3T-canary" not in remark.sentence


@pytest.mark.parametrize("source", ['{ credential = "absent" }', '{ env = "ABSENT_PASSPHRASE" }'])
def test_a_certificate_whose_passphrase_is_absent_here_is_only_a_note(certificated, pkcs12, monkeypatch, source):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    pkcs12.write(packed(certified("broker", end=NOW)))
    one = certificated(source)
    assert certificate_remark(one, NOW) is None
    (said,) = absent_here(one)
    assert said.startswith("[insurers.one.auth.certificate] passphrase: The ")


def test_a_check_never_runs_the_command_of_a_passphrase(certificated, tmp_path):
    one = certificated(f'{{ command = ["/usr/bin/touch", "{tmp_path / "ran"}"] }}')
    assert certificate_remark(one, NOW) is None
    assert not list(missing_files(one))
    assert not [*absent_here(one), *warnings(one)]
    assert not (tmp_path / "ran").exists()


def test_a_password_has_no_certificate_to_speak_of(held):
    assert certificate_remark(held(one={})["one"], NOW) is None
