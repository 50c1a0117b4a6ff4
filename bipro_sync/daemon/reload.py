"""Reading the configuration anew while pulls go on by the old one; a broken one is refused as a whole."""

from __future__ import annotations

from pathlib import Path

from ..config import Config, load
from ..errors import ConfigurationError
from ..insurers import MisconfiguredInsurer, effective, missing_files


def reread(before: Config) -> Config:
    """
    Return what the file of *before* says now.

    Raises :class:`~bipro_sync.errors.ConfigurationError` with its problems, those of single insurers included: who
    has just changed something wants to hear of it at once.  Another archive needs another process.
    """
    config = load(before.path)
    problems: list[str] = []
    for insurer in effective(config).values():
        problems += insurer.problems if isinstance(insurer, MisconfiguredInsurer) else missing_files(insurer)
    if _place(config) != _place(before):
        problems.append("[archive] root, and the environment: cannot change while the daemon runs; restart it")
    if problems:
        raise ConfigurationError(f"The configuration {config.path} has problems.", problems=problems)
    return config


def _place(config: Config) -> tuple[Path, str]:
    return config.archive.root.resolve(), config.environment
