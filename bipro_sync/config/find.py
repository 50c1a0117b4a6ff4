"""Find the configuration's file; it must never read one, nor guess between two."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from ..errors import ConfigurationError


SYSTEM_FILE = Path("/etc/bipro-sync/config.toml")
"""Where the configuration lies on a server."""


def find_config(
    explicit: Path | None, *, environment: Mapping[str, str] = os.environ, system: Path = SYSTEM_FILE
) -> Path:
    """
    Return the file to read: *explicit*, else `$BIPRO_SYNC_CONFIG`, else *system*, else the user's own.

    Raises :class:`~bipro_sync.errors.ConfigurationError` where there is none, or where that cannot be told.
    """
    if named := explicit or environment.get("BIPRO_SYNC_CONFIG"):
        return Path(named)
    usual = (system, platformdirs.user_config_path("bipro-sync") / "config.toml")
    for path in usual:
        try:
            path.stat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise ConfigurationError(
                f"Cannot tell whether the configuration {path} exists: {error.strerror}.",
                hint="Run it as a user who may read it; --config FILE names another place.",
            ) from error
        return path
    raise ConfigurationError(
        f"There is no configuration: neither {usual[0]} nor {usual[1]} exists.",
        hint="`bipro-sync config sample` prints one to begin with; --config FILE names another place.",
    )
