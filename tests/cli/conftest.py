import json
from dataclasses import dataclass

import pytest

from bipro_sync.cli.main import main


@dataclass(frozen=True)
class Said:
    """What one call of the program said."""

    code: int
    out: str
    err: str

    @property
    def document(self):
        return json.loads(self.out)


@pytest.fixture
def call(capsys):
    """Calls the program in this process."""

    def _call(*arguments):
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return _call


@pytest.fixture
def configured(tmp_path):
    """Writes a configuration with these tables of insurers; returns its path."""

    def _configured(insurers, head="", mode=0o600):
        path = tmp_path / "config.toml"
        path.write_text(f'[archive]\nroot = "{tmp_path / "archive"}"\n{head}\n{insurers}\n', encoding="utf-8")
        path.chmod(mode)
        return path

    return _configured


GOOD = """
[insurers.good]
environment = "test"
sts_url = "https://good.example/sts"
transfer_url = "https://good.example/transfer"
bipro_version = "2.6.1.1.0"
acknowledge = "manual"
auth = { username = "BROKER-1", password = { credential = "good.password" } }
"""
