"""The text of a new configuration and of an insurer's section; references only, no secret ever stands in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ..config.schema import Environment
from ..insurers import WITHOUT_STS


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """
    What a configuration begins with; *anchor* and *mail* are None where there is to be none, in so many words.
    """

    root: str
    environment: Environment
    key: str
    name: str
    login: str
    today: date
    anchor: str | None
    mail: str | None
    smtp: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """
    What is said of an insurer; what is empty is left out.  *secret_file* is where its secret lies in a file, in the
    place of a systemd credential.
    """

    name: str
    profile: str
    method: str
    sts_url: str
    transfer_url: str
    bipro_version: str
    consumer_id: str
    account: str
    ca_file: str
    proxy: str
    environment: str
    username: str
    certificate: str
    kind: str
    owner: str
    tgic_url: str
    tgic_service: str
    tgic_user: str
    secret_file: str

    @property
    def secret(self) -> str:
        """
        The secret that a person has to store: a credential's name, or a file's path.
        """
        return self.secret_file or f"{self.account or self.name}.{'passphrase' if self.certificate else 'password'}"

    @property
    def endpoints(self) -> tuple[str, ...]:
        """
        The addresses that are called.
        """
        called = (self.tgic_url if self.method in WITHOUT_STS else self.sts_url, self.transfer_url)
        return tuple(dict.fromkeys(url for url in called if url))


def house_text(house: House) -> str:
    """
    Return a whole configuration without an insurer.
    """
    return "".join(f"{line}\n" for line in _house(house))


def section_text(section: Section) -> str:
    """
    Return an insurer's section, to be appended to a configuration.
    """
    return "".join(f"{line}\n" for line in _section(section))


def _house(house: House) -> Iterator[str]:
    yield "# bipro-sync: the configuration.  `bipro-sync config sample` shows every key, `bipro-sync config check`"
    yield "# lists all problems at once.  No secret stands here, only where it is found."
    yield ""
    yield "[archive]"
    yield f"root = {_quoted(house.root)}"
    yield ""
    yield "[audit]"
    yield f"responsible = {_quoted(house.key)}    # who answers for scheduled runs"
    if house.anchor:
        yield f'anchors = [{{ kind = "directory", path = {_quoted(house.anchor)} }}]    # checkpoints lie there'
    else:
        yield 'anchors = "none"    # checkpoints of the log go nowhere; docs/audit-keys.md says why they should'
    yield ""
    yield "# Everybody who may run this by hand; the role decides what they may do (docs/roles.md)."
    yield f"[users.{house.key}]"
    yield f"name = {_quoted(house.name)}"
    yield f"login = {_quoted(house.login)}"
    yield 'role = "admin"'
    yield f"active_from = {house.today.isoformat()}"
    yield ""
    yield "[alerts]"
    if house.mail and house.smtp:
        yield f"mail = {{ to = [{_quoted(house.mail)}], smtp = {_quoted(house.smtp)} }}"
    else:
        yield "none = true    # in so many words: nobody is written to"
    yield ""
    yield "# Any key of an insurer may stand here; an insurer's own section wins."
    yield "[defaults]"
    yield f"environment = {_quoted(house.environment)}"


def _section(section: Section) -> Iterator[str]:
    yield f"[insurers.{section.name}]"
    yield f"profile = {_quoted(section.profile)}"
    plain = ("account", "environment", "bipro_version", "consumer_id", "ca_file", "proxy")
    urls = ("transfer_url",) if section.method in WITHOUT_STS else ("sts_url", "transfer_url")
    for key in (*urls, *plain):
        if value := getattr(section, key):
            yield f"{key} = {_quoted(value)}"
    yield '# acknowledge = "auto"    # unset: everything is stored and NOTHING is acknowledged, the safe way to begin'
    yield ""
    yield f"[insurers.{section.name}.auth]"
    yield f"method = {_quoted(section.method)}"
    for key in ("username", "owner"):
        if value := getattr(section, key):
            yield f"{key} = {_quoted(value)}"
    if section.method == "tgic":
        keys = {"url": section.tgic_url, "service": section.tgic_service, "user": section.tgic_user}
        yield f"tgic = {{ {', '.join(f'{key} = {_quoted(value)}' for key, value in keys.items())} }}"
    source = "file" if section.secret_file else "credential"
    reference = f"{{ {source} = {_quoted(section.secret)} }}"
    if section.certificate:
        kind = f", kind = {_quoted(section.kind)}" if section.kind else ""
        yield f"certificate = {{ file = {_quoted(section.certificate)}, passphrase = {reference}{kind} }}"
    else:
        yield f"password = {reference}"


def _quoted(text: str) -> str:
    """
    Return *text* as a basic string of TOML, which JSON's strings are, but for one character that TOML wants escaped.
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
