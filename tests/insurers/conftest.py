import pytest

from bipro_sync.config import load
from bipro_sync.insurers import MisconfiguredInsurer, effective

from ..certificates import PASSPHRASE, certified, packed


WHOLE = {
    "environment": '"test"',
    "sts_url": '"https://one.example/sts"',
    "transfer_url": '"https://one.example/transfer"',
    "bipro_version": '"2.6.1.1.0"',
}

HEAD = '[archive]\nroot = "/x"\n[users.u001]\nname = "A"\nlogin = "a"\nrole = "admin"\nactive_from = 2026-01-01\n'


@pytest.fixture
def held(tmp_path):
    """What holds for insurers with these sections (key = TOML value; None leaves a key out), each with its own user."""

    def _held(defaults="", profiles=None, **sections):
        text = f"{HEAD}[defaults]\n{defaults}\n"
        for name, changed in sections.items():
            auth = f'{{ username = "{name}", password = {{ env = "PASSWORD" }} }}'
            lines = {**WHOLE, "auth": auth, **changed}
            text += f"[insurers.{name}]\n"
            text += "".join(f"{key} = {value}\n" for key, value in lines.items() if value is not None)
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return effective(load(path), profiles or tmp_path / "profiles.d")

    return _held


@pytest.fixture
def problems(held):
    def _problems(**changed):
        insurer = held(one=changed)["one"]
        assert isinstance(insurer, MisconfiguredInsurer)
        return list(insurer.problems)

    return _problems


class File:
    """A PKCS#12 file and the file of its passphrase, as a section names them."""

    def __init__(self, directory):
        self.path = directory / "broker.p12"
        self.passphrase = directory / "passphrase"
        self.write(packed(certified("broker", serial=0xCAFE01)))
        self.say(PASSPHRASE)

    def write(self, data, mode=0o400):
        self.path.unlink(missing_ok=True)
        self.path.write_bytes(data)
        self.path.chmod(mode)

    def say(self, text):
        self.passphrase.unlink(missing_ok=True)
        self.passphrase.write_text(text, encoding="utf-8")
        self.passphrase.chmod(0o400)

    def section(self, more="", source=None):
        source = source or f'{{ file = "{self.passphrase}" }}'
        return f'{{ file = "{self.path}", passphrase = {source} {more} }}'


@pytest.fixture
def pkcs12(tmp_path):
    return File(tmp_path)
