"""Where the profile of a name lies: the user's own directory first, then ours; nothing of it is read here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


PROFILES_DIRECTORY = Path("/etc/bipro-sync/profiles.d")
"""Where the user's own profiles lie; one there wins over ours of the same name."""

_OURS = files(__package__.rpartition(".")[0]) / "insurers" / "profiles"


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """
    A profile's *file* under the *name* it goes by; *path* is the user's file, None for one of ours.
    """

    name: str
    file: Traversable
    path: Path | None


def profile_names(directory: Path = PROFILES_DIRECTORY) -> list[str]:
    """
    Return the names of all profiles at hand, ours and the user's.
    """
    own = {path.stem for path in directory.glob("*.toml")}
    return sorted(own | {entry.name.removesuffix(".toml") for entry in _OURS.iterdir() if entry.name.endswith(".toml")})


def find_profile(name: str, directory: Path = PROFILES_DIRECTORY) -> ProfileFile | None:
    """
    Return the profile *name*: a file of the user's by its absolute path, or one in *directory*, or one of ours; None
    where no such name is known.
    """
    if name.startswith("/"):
        path = Path(name)
        return ProfileFile(path.stem, path, path)
    if name not in profile_names(directory):
        return None
    own = directory / f"{name}.toml"
    return ProfileFile(name, own, own) if own.exists() else ProfileFile(name, _OURS / f"{name}.toml", None)
