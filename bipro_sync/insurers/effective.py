"""What holds for each insurer: its section, then `[defaults]`, then its profile, then what is built in.

One insurer's problems make that insurer unusable and no other; nothing is looked up on the network here.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..config import Config, ReadSection
from ..config.problems import located
from .auth import auth_of
from .draft import drafted
from .insurer import Insurer, MisconfiguredInsurer
from .problems import draft_problems
from .profile import PROFILES_DIRECTORY


def effective(config: Config, profiles: Path = PROFILES_DIRECTORY) -> dict[str, Insurer | MisconfiguredInsurer]:
    """
    Return what holds for each insurer of *config*, in the file's order; *profiles* holds the user's own.
    """
    found = {name: _one(name, section, config, profiles) for name, section in config.insurers.items()}
    return {name: _with_its_account(insurer, found.values()) for name, insurer in found.items()}


def _one(name: str, section: ReadSection, config: Config, profiles: Path) -> Insurer | MisconfiguredInsurer:
    draft = drafted(name, section, config, profiles)
    more = (_said(name, key, sentence) for key, sentence in draft_problems(draft, config.users))
    problems = (*section.problems, *more)
    if problems or draft.profile is None:
        return MisconfiguredInsurer(name, problems)
    values = draft.plain()
    values["sts_url"] = values["sts_url"] or ""
    return Insurer(name=name, profile=draft.profile, auth=auth_of(draft.auth()), origins=draft.origins, **values)


def _with_its_account(
    insurer: Insurer | MisconfiguredInsurer, others: Iterable[Insurer | MisconfiguredInsurer]
) -> Insurer | MisconfiguredInsurer:
    """
    Return *insurer*, unusable where another of the same account would log in differently: they share one breaker.
    """
    if isinstance(insurer, MisconfiguredInsurer):
        return insurer
    differing = [
        other.name
        for other in others
        if isinstance(other, Insurer) and other.account == insurer.account and _login(other) != _login(insurer)
    ]
    if not differing:
        return insurer
    sentence = f"is shared with {', '.join(differing)}, so sts_url and auth must be the same there"
    return MisconfiguredInsurer(insurer.name, (_said(insurer.name, "account", sentence),))


def _login(insurer: Insurer) -> tuple[object, ...]:
    return insurer.sts_url, insurer.auth, insurer.hub_url, insurer.has_personal_certificate


def _said(name: str, key: str, sentence: str) -> str:
    return located(("insurers", name, *key.split(".")), sentence)
