import os
import tempfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def memory():
    """Where files live in memory, if that is so here: what is durable is for the model to say, not for a disk."""
    return Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None


@pytest.fixture
def root(memory):
    with tempfile.TemporaryDirectory(dir=memory) as directory:
        yield Path(directory)


@pytest.fixture(scope="session")
def full():
    """Whether the whole campaign is asked for, and not its everyday part."""
    return os.environ.get("BIPRO_SYNC_CAMPAIGN") == "full"
