import importlib.util
import os
import pickle
import sys
import time

import pytest

from bipro_sync.errors import CredentialMissingError, ExitCode
from bipro_sync.model.secret import SecretRef, SecretSource
from bipro_sync.secrets import read_secret_file, resolve


CANARY = "S3CR3T-canary"


def _refused(source, *argument, environment=None):
    with pytest.raises(CredentialMissingError) as caught:
        resolve(SecretRef(source, argument), environment=environment or {})
    error = caught.value
    assert error.exit_code is ExitCode.LOGIN
    assert CANARY not in f"{error!r} {error.hint} {error.__cause__!r}"
    return error


def _python(code):
    return SecretRef(SecretSource.COMMAND, (sys.executable, "-c", code))


@pytest.fixture
def secret_file(tmp_path):
    def _secret_file(content=b"S3CR3T-canary", mode=0o400):
        path = tmp_path / "secret"
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
        return path

    return _secret_file


def test_a_credential_is_read_from_systemds_directory(tmp_path):
    (tmp_path / "one.password").write_text(CANARY + "\n")
    reference = SecretRef(SecretSource.CREDENTIAL, ("one.password",))
    assert resolve(reference, environment={"CREDENTIALS_DIRECTORY": str(tmp_path)}).reveal() == CANARY


def test_a_credential_outside_the_unit_says_how_to_start_the_unit():
    error = _refused(SecretSource.CREDENTIAL, "one.password")
    assert "systemctl start bipro-sync-pull@NAME" in error.hint


def test_a_credential_that_is_not_there_is_refused(tmp_path):
    error = _refused(SecretSource.CREDENTIAL, "one.password", environment={"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert "cannot be read: No such file" in error.message


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_file_for_its_owner_only_is_read(secret_file, mode):
    reference = SecretRef(SecretSource.FILE, (str(secret_file(mode=mode)),))
    assert resolve(reference).reveal() == CANARY


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"word\n", "word"),
        (b"word\r\n", "word"),
        (b"word\n\n", "word\n"),
        (b" word ", " word "),
        ("schön".encode(), "schön"),
    ],
)
def test_one_line_break_at_the_end_is_not_part_of_the_secret(secret_file, content, text):
    assert resolve(SecretRef(SecretSource.FILE, (str(secret_file(content)),))).reveal() == text


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o420, 0o402, 0o410, 0o644, 0o666])
def test_a_file_open_to_others_is_refused(secret_file, mode):
    error = _refused(SecretSource.FILE, str(secret_file(mode=mode)))
    assert "open to others" in error.message
    assert "chmod 400" in error.hint


def test_a_file_that_is_none_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o400)
    assert "no regular file" in _refused(SecretSource.FILE, str(tmp_path / "pipe")).message
    assert "Is a directory" in _refused(SecretSource.FILE, str(tmp_path)).message
    assert "No such file" in _refused(SecretSource.FILE, str(tmp_path / "nowhere")).message


def test_a_file_that_is_no_text_is_refused(secret_file):
    assert "not UTF-8" in _refused(SecretSource.FILE, str(secret_file(CANARY.encode() + b"\xff"))).message


def test_a_file_of_bytes_is_read_as_it_is_up_to_one_mebibyte(secret_file):
    data = b"\xff\0\r\n" * (1 << 18)
    assert read_secret_file(secret_file(data)) == data
    with pytest.raises(CredentialMissingError, match="is larger than 1 MiB; nothing was sent"):
        read_secret_file(secret_file(data + b"\n"))


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o620])
def test_a_file_of_bytes_that_is_open_to_others_is_refused(secret_file, mode):
    with pytest.raises(CredentialMissingError, match="is open to others"):
        read_secret_file(secret_file(mode=mode))


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n"])
def test_an_empty_secret_is_refused(secret_file, content):
    assert "is empty" in _refused(SecretSource.FILE, str(secret_file(content))).message


def test_a_variable_is_read():
    reference = SecretRef(SecretSource.ENV, ("PASSWORD",))
    assert resolve(reference, environment={"PASSWORD": CANARY}).reveal() == CANARY


def test_a_missing_or_empty_variable_is_refused():
    assert "env: PASSWORD" in _refused(SecretSource.ENV, "PASSWORD").message
    assert "env: PASSWORD" in _refused(SecretSource.ENV, "PASSWORD", environment={"PASSWORD": ""}).message


def test_a_commands_output_is_the_secret():
    assert resolve(_python(f"print('{CANARY}')")).reveal() == CANARY


def test_a_commands_words_reach_no_shell():
    reference = SecretRef(SecretSource.COMMAND, (sys.executable, "-c", "import sys; print(sys.argv[1])", "$HOME;`id`"))
    assert resolve(reference).reveal() == "$HOME;`id`"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (f"import sys; print('{CANARY}'); sys.stderr.write('{CANARY}'); sys.exit(3)", "failed with exit code 3"),
        ("pass", "is empty"),
        (f"import sys; sys.stdout.buffer.write(b'{CANARY}\\xff')", "no UTF-8"),
    ],
)
def test_a_command_that_fails_is_refused_without_its_output(code, reason):
    assert reason in _refused(SecretSource.COMMAND, sys.executable, "-c", code).message


def test_a_command_that_is_not_there_is_refused(tmp_path):
    assert "cannot be run: No such file" in _refused(SecretSource.COMMAND, str(tmp_path / "nothing")).message


def test_a_command_that_asks_for_input_gets_none():
    began = time.monotonic()
    assert "failed" in _refused(SecretSource.COMMAND, sys.executable, "-c", "input()").message
    assert time.monotonic() - began < 20


def test_an_entry_is_read_from_the_keyring(monkeypatch, tmp_path):
    (tmp_path / "keyring").mkdir()
    (tmp_path / "keyring" / "__init__.py").write_text(
        "from .errors import KeyringError\n"
        "def get_password(service, entry):\n"
        "    if entry == 'locked':\n        raise KeyringError('S3CR3T-canary')\n"
        "    return {('bipro-sync', 'one'): 'S3CR3T-canary'}.get((service, entry))\n"
    )
    (tmp_path / "keyring" / "errors.py").write_text("class KeyringError(Exception):\n    pass\n")
    _without_keyring(monkeypatch)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert resolve(SecretRef(SecretSource.KEYRING, ("one",))).reveal() == CANARY
    assert "keyring: two" in _refused(SecretSource.KEYRING, "two").message
    assert "no entry locked" in _refused(SecretSource.KEYRING, "locked").message


def test_a_keyring_that_is_not_installed_says_how_to_install_it(monkeypatch):
    _without_keyring(monkeypatch)
    if importlib.util.find_spec("keyring"):
        monkeypatch.setitem(sys.modules, "keyring", None)
    assert "bipro-sync[keyring]" in _refused(SecretSource.KEYRING, "one").hint


def _without_keyring(monkeypatch):
    for name in [each for each in sys.modules if each.split(".")[0] == "keyring"]:
        monkeypatch.delitem(sys.modules, name)


def test_a_resolved_secret_says_nothing_of_itself():
    secret = resolve(_python(f"print('{CANARY}')"))
    assert CANARY not in f"{secret!r} {secret} {secret:>40}"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret)
