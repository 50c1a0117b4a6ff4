"""Pull a mailbox by the command line, and compare what was archived and called with what the provider holds."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authority import Authority
from bipro_sync.errors import ExitCode
from providers import PASSWORD, USER, Provider
from verdict import demand


TRICKY = b"%PDF-1.4\r\n--uuid:x\r\n\r\n--\r\n" + bytes(range(256)) + b"%%EOF\r\n"
"""Ends in a line break of its own and holds what looks like a boundary."""

MAILBOX: Mapping[str, Mapping[str, bytes]] = {
    "L-2026-000001": {"Police.pdf": TRICKY},
    "L-2026-000002": {
        "Nachtrag <1> & Prämie.pdf": random.Random(1).randbytes(3_000_000),
        "Rechnung.pdf": random.Random(2).randbytes(70_001),
    },
    "L-2026-000003": {},
    "L-2026-000004": {"leer.pdf": b""},
}
"""Each shipment's files: one, two, none (data only), and one without a byte."""

_CONFIGURATION = """\
[archive]
root = "{folder}/archive"

[audit]
anchors = "none"

[alerts]
none = true

[insurers.muster]
profile = "generic"
environment = "test"
sts_url = "{url}"
transfer_url = "{url}"
bipro_version = "2.6.1.1.0"
ca_file = "{ca_file}"
acknowledge = "auto"

[insurers.muster.auth]
{auth}
"""
_BY_PASSWORD = """\
method = "password"
username = "{user}"
password = {{ file = "{file}" }}"""
_BY_CERTIFICATE = """\
method = "{method}"
certificate = {{ file = "{file}", passphrase = {{ file = "{passphrase}" }}, kind = "house" }}"""


@dataclass(frozen=True, slots=True)
class Broker:
    """
    An installation of bipro-sync with one insurer, in a folder of its own.
    """

    folder: Path
    ca_file: Path

    def configure(self, provider: Provider, auth: str) -> None:
        """
        Write the configuration; *auth* is what stands in the insurer's section of that name.
        """
        text = _CONFIGURATION.format(folder=self.folder, url=provider.url, ca_file=self.ca_file, auth=auth)
        (self.folder / "config.toml").write_text(text)

    def by_password(self, password: str = PASSWORD) -> str:
        """
        Return how to log in with this password.
        """
        return _BY_PASSWORD.format(user=USER, file=self._secret(password))

    def by_certificate(self, method: str, issuer: Authority) -> str:
        """
        Return how to log in by *method* with a certificate of *issuer*'s.
        """
        passphrase = "interop"
        return _BY_CERTIFICATE.format(
            method=method, file=issuer.pkcs12(passphrase), passphrase=self._secret(passphrase)
        )

    def _secret(self, text: str) -> Path:
        file = self.folder / "secret"
        file.write_text(text)
        file.chmod(0o600)
        return file

    def run(self, *arguments: str, expect: ExitCode = ExitCode.OK) -> Any:
        """
        Run a command with `--json`; return what it printed.  Raises :class:`WrongError` for another exit code.
        """
        command = [sys.executable, "-m", "bipro_sync", "--config", str(self.folder / "config.toml"), *arguments]
        done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False, timeout=120)
        demand(done.returncode == expect, f"{arguments} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def stored(self) -> dict[str, dict[str, str]]:
        """
        Return each archived shipment's files by the insurer's names, with the SHA-256 of the bytes on the disk.
        """
        shipments = self.run("shipments", "list")
        archive = self.folder / "archive"
        return {
            shipment["id"]: {
                file["name"]: hashlib.sha256((archive / shipment["path"] / file["path"]).read_bytes()).hexdigest()
                for file in shipment["files"]
            }
            for shipment in shipments
        }


def fill(folder: Path) -> Path:
    """
    Lay :data:`MAILBOX` out in *folder* as the providers read it; return where.
    """
    mailbox = folder / "mailbox"
    for shipment, files in MAILBOX.items():
        (mailbox / shipment).mkdir(parents=True)
        for name, data in files.items():
            (mailbox / shipment / name).write_bytes(data)
    return mailbox


def check_pull(provider: Provider, broker: Broker, *login: str) -> None:
    """
    Everything is fetched byte for byte and acknowledged, in order; a second pull finds nothing and changes nothing.

    *login* are the calls that a run begins with.
    """
    calls = _calls_of_a_pull(provider, broker)
    begin = [*login, "listShipments"]
    demand(calls[: len(begin)] == begin, f"the calls begin with {calls[: len(begin)]}")
    demand(calls.count("Issue") == len(login), "there was more than one login")
    for shipment in MAILBOX:
        steps = [call for call in calls if call.endswith(f" {shipment}")]
        demand(steps == [f"getShipment {shipment}", f"acknowledgeShipment {shipment}"], f"the calls were {steps}")
    expected = {
        shipment: {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        for shipment, files in MAILBOX.items()
    }
    demand(broker.stored() == expected, "what is archived is not what the provider holds")
    calls = _calls_of_a_pull(provider, broker)
    demand(calls == begin, f"the second pull did more than look: {calls}")


def check_refusal(provider: Provider, broker: Broker, *login: str) -> None:
    """
    A login that is not let in is tried once, and not again by the next run.
    """
    for reason in ("login-refused", "breaker-open"):
        report = broker.run("pull", expect=ExitCode.LOGIN)
        demand(report["insurers"][0]["error"]["code"] == reason, f"this is not {reason}: {report}")
        demand(provider.calls() == [*login], f"after {reason} the provider saw {provider.calls()}")


def _calls_of_a_pull(provider: Provider, broker: Broker) -> list[str]:
    before = len(provider.calls())
    broker.run("pull")
    return provider.calls()[before:]
