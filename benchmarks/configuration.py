"""The configuration of a measured archive, which lies beside it with its password; all in it is invented."""

from __future__ import annotations

from pathlib import Path


INSURER = "muster"
"""The one insurer's name, and its account's."""
_TEXT = """
[archive]
root = "{root}"
reserve = "1 MiB"
read_pdf = false
[alerts]
none = true
[insurers.{insurer}]
environment = "test"
bipro_version = "2.6.1.1.0"
sts_url = "{url}/sts"
transfer_url = "{url}/transfer"
{more}
[insurers.{insurer}.auth]
method = "password"
username = "MAKLER"
password = {{ file = "{password}" }}
"""


def configure(directory: Path, url: str, **more: object) -> Path:
    """Write the configuration of an archive at `archive` in *directory*, with these *more* keys for its insurer."""
    password, path = directory / "password", directory / "config.toml"
    keys = "\n".join(
        f"{key} = {value}" if isinstance(value, int) else f'{key} = "{value}"' for key, value in more.items()
    )
    password.write_text("invented")
    path.write_text(_TEXT.format(root=directory / "archive", insurer=INSURER, url=url, more=keys, password=password))
    for file in (password, path):
        file.chmod(0o600)
    return path
