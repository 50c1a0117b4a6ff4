import stat
import subprocess
import sys

import pytest

from bipro_sync.audit.key_file import make_key, read_key
from bipro_sync.errors import ConfigurationError, UsageError


def test_a_new_key_is_its_owners_alone_and_signs_what_its_public_half_verifies(tmp_path):
    verifier = make_key(tmp_path / "audit.key", "bipro-sync")
    assert stat.S_IMODE((tmp_path / "audit.key").stat().st_mode) == 0o600
    signer = read_key(tmp_path / "audit.key")
    assert signer.verifier == verifier
    assert verifier.name == "bipro-sync"


def test_a_key_has_the_text_that_other_tools_of_transparency_logs_read(tmp_path):
    verifier = make_key(tmp_path / "audit.key", "bipro-sync")
    kind, algorithm, name, key_id, _ = (tmp_path / "audit.key").read_text().split("+", 4)
    assert (kind, algorithm, name, key_id) == ("PRIVATE", "KEY", "bipro-sync", verifier.key_id.hex())


def test_no_key_is_ever_overwritten(tmp_path):
    make_key(tmp_path / "audit.key", "bipro-sync")
    before = (tmp_path / "audit.key").read_bytes()
    with pytest.raises(UsageError, match="never overwritten"):
        make_key(tmp_path / "audit.key", "bipro-sync")
    assert (tmp_path / "audit.key").read_bytes() == before


@pytest.mark.parametrize("name", ["", "two words", "a+b"])
def test_a_name_that_no_note_can_bear_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="cannot be a key's name"):
        make_key(tmp_path / "audit.key", name)
    assert not (tmp_path / "audit.key").exists()


def test_a_directory_that_is_not_there_is_not_made_for_a_key(tmp_path):
    with pytest.raises(UsageError, match="no directory"):
        make_key(tmp_path / "keys/audit.key", "bipro-sync")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text.replace("PRIVATE", "PUBLIC"),
        lambda text: text[:-10],
        lambda text: text.replace("bipro-sync", "other"),
        lambda text: "\xe4",
    ],
    ids=["empty", "another kind", "cut", "another name", "not ASCII"],
)
def test_what_is_no_key_signs_nothing_and_is_not_repeated(tmp_path, change):
    path = tmp_path / "audit.key"
    make_key(path, "bipro-sync")
    text = path.read_text()
    path.write_text(change(text), "utf-8")
    with pytest.raises(ConfigurationError, match="holds no key") as caught:
        read_key(path)
    assert text.split("+")[-1][:8] not in str(caught.value)


def test_a_key_open_to_others_is_not_used(tmp_path):
    make_key(tmp_path / "audit.key", "bipro-sync")
    (tmp_path / "audit.key").chmod(0o640)
    with pytest.raises(ConfigurationError, match="open to others"):
        read_key(tmp_path / "audit.key")


def test_a_lost_key_is_told(tmp_path):
    with pytest.raises(ConfigurationError, match="No such file"):
        read_key(tmp_path / "audit.key")


READ = "import sys, pathlib; from bipro_sync.audit.key_file import read_key; print(read_key(pathlib.Path(sys.argv[1])))"


@pytest.mark.parametrize("where", ["audit.key", "keys/audit.key"])
def test_another_users_key_is_left_to_them(tmp_path, another_users, where):
    path = tmp_path / where
    path.parent.mkdir(exist_ok=True)
    make_key(path, "bipro-sync")
    words = another_users(path if path.parent == tmp_path else path.parent)
    done = subprocess.run([*words, sys.executable, "-c", READ, path], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("None\n", "")
