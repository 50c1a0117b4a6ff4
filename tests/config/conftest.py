import pytest

from bipro_sync.config import load
from bipro_sync.errors import ConfigurationError


PRODUCTION = """
[archive]
root = "/var/lib/bipro-sync"

[audit]
responsible = "u001"
anchors = "none"

[users.u001]
name = "First Last"
login = "flast"
role = "admin"
active_from = 2026-01-01

[alerts]
none = true
"""

TEST = """
[archive]
root = "/var/lib/bipro-sync"

[defaults]
environment = "test"
"""


@pytest.fixture
def write(tmp_path):
    def _write(text, mode=0o600):
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    return _write


@pytest.fixture
def loaded(write):
    """Loads a configuration text."""
    return lambda text, mode=0o600: load(write(text, mode))


@pytest.fixture
def refused(write):
    """Loads a configuration text that must be refused; returns the problems."""

    def _refused(text, mode=0o600):
        with pytest.raises(ConfigurationError) as caught:
            load(write(text, mode))
        return list(caught.value.problems)

    return _refused


@pytest.fixture
def inside(loaded):
    """Loads a test configuration with one insurer's section; returns that section's problems."""
    return lambda lines: list(loaded(f"{TEST}\n[insurers.one]\n{lines}\n").insurers["one"].problems)
