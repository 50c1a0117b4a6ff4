import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def reachable():
    """A directory that an ordinary user reaches, other than pytest's own ones."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o777)
        yield Path(directory)
