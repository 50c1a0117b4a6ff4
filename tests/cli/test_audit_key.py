import re
import stat

from .conftest import GOOD


PUBLIC = r"bipro-sync\+[0-9a-f]{8}\+[0-9A-Za-z+/=]{44}\n"


def test_a_new_key_shows_its_public_half_only(call, tmp_path):
    path = tmp_path / "audit.key"
    said = call("audit", "key", "new", path)
    assert (said.code, said.err) == (0, "")
    assert re.fullmatch(PUBLIC, said.out)
    assert path.read_text().strip().rpartition("+")[2] not in said.out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert call("audit", "key", "show", path).out == said.out


def test_a_key_is_never_overwritten(call, tmp_path):
    path = tmp_path / "audit.key"
    call("audit", "key", "new", path)
    before = path.read_bytes()
    said = call("audit", "key", "new", path)
    assert (said.code, path.read_bytes()) == (2, before)
    assert "never overwritten" in said.err


def test_a_key_has_the_name_of_its_log(call, tmp_path):
    said = call("audit", "key", "new", "--name", "broker.example", tmp_path / "audit.key", "--json")
    assert said.document["key"].startswith("broker.example+")
    assert said.document["file"] == str(tmp_path / "audit.key")


def test_the_configured_key_is_shown(call, configured, tmp_path):
    public = call("audit", "key", "new", tmp_path / "audit.key").out
    path = configured(GOOD, f'[audit]\nkey = "{tmp_path / "audit.key"}"')
    assert call("--config", path, "audit", "key", "show").out == public
    assert call("--config", configured(GOOD), "audit", "key", "show").code == 10


def test_another_users_key_is_not_shown(call, configured, tmp_path, office, another_users):
    call("audit", "key", "new", tmp_path / "audit.key")
    words = another_users(tmp_path / "audit.key")
    office.configure()
    asked = office.start("audit", "key", "show", str(tmp_path / "audit.key"), before=words)
    out, err = asked.communicate()
    assert (out, asked.returncode) == ("", 17), err
