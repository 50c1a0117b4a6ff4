"""What holds for each insurer: its section, then `[defaults]`, then its profile, then what is built in.

One insurer's problems make that insurer unusable and no other; nothing is looked up on the network here.
"""

from __future__ import annotations

from pathlib import Path

from ..config import Config, ReadSection
from ..config.problems import located
from ..config.profile_files import PROFILES_DIRECTORY
from .accounts import with_its_account
from .auth import auth_of
from .draft import drafted
from .insurer import Insurer, MisconfiguredInsurer
from .problems import draft_problems


def effective(config: Config, profiles: Path = PROFILES_DIRECTORY) -> dict[str, Insurer | MisconfiguredInsurer]:
    """
    Return what holds for each insurer of *config*, in the file's order; *profiles* holds the user's own.
    """
    found = {name: _one(name, section, config, profiles) for name, section in config.insurers.items()}
    return {name: with_its_account(insurer, found.values()) for name, insurer in found.items()}


def _one(name: str, section: ReadSection, config: Config, profiles: Path) -> Insurer | MisconfiguredInsurer:
    draft = drafted(name, section, config, profiles)
    more = (_said(name, key, sentence) for key, sentence in draft_problems(draft, config))
    problems = (*section.problems, *more)
    if problems or draft.profile is None:
        return MisconfiguredInsurer(name, problems)
    values = draft.plain()
    values["sts_url"] = values["sts_url"] or ""
    return Insurer(name=name, profile=draft.profile, auth=auth_of(draft.auth()), origins=draft.origins, **values)


def _said(name: str, key: str, sentence: str) -> str:
    return located(("insurers", name, *key.split(".")), sentence)
