"""Have WSS4J and xmlsec1 judge the logins that bipro-sync signs, and those that are not as they should be."""

from __future__ import annotations

import subprocess
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from authority import Authority, Key
from bipro_sync.bipro.certificate import ClientCertificate
from bipro_sync.bipro.login.signature import signed_issue
from bipro_sync.bipro.wire import Connection, SignatureLogin, WireForm
from providers import JAVA
from verdict import demand


KEYS: Mapping[str, Callable[[], Key]] = {
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
    "ECDSA": lambda: ec.generate_private_key(ec.SECP256R1()),
}

_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity"
_IDENTIFIED = (
    "http://schemas.xmlsoap.org/soap/envelope/:Body",
    f"{_WSS}-utility-1.0.xsd:Timestamp",
    f"{_WSS}-secext-1.0.xsd:BinarySecurityToken",
)
"""The elements whose attribute Id a signature refers to."""


Judge = Callable[[Path, ClientCertificate, bytes], str]
"""Says "accepted" or "refused: …" of a login, in a folder that holds the trusted authority's file."""


def wss4j(folder: Path, _certificate: ClientCertificate, login: bytes) -> str:
    """
    Ask WSS4J, which trusts the authority and looks at the clock.
    """
    (folder / "login.xml").write_bytes(login)
    return _say(*JAVA, "Judge", str(folder / "authority.pem"), str(folder / "login.xml"))


def xmlsec1(folder: Path, certificate: ClientCertificate, login: bytes) -> str:
    """
    Ask xmlsec1, which is told the certificate and judges the signature alone.
    """
    (folder / "login.xml").write_bytes(login)
    (folder / "certificate.pem").write_bytes(certificate.certificate.public_bytes(Encoding.PEM))
    identified = [word for element in _IDENTIFIED for word in ("--id-attr:Id", element)]
    key = ("--pubkey-cert-pem", str(folder / "certificate.pem"))
    said = _say("xmlsec1", "--verify", *key, *identified, str(folder / "login.xml"))
    return "accepted" if "References (ok/all): 3/3" in said and said.startswith("OK") else f"refused: {said}"


def check(judge: Judge, key: Callable[[], Key], folder: Path) -> None:
    """
    A login is accepted as it was signed, and refused with another body, timestamp or certificate.
    """
    authority = Authority(folder)
    certificate, other = authority.client(key()), authority.client(key())
    now = datetime.now(UTC)
    login = signed_login(certificate, now)
    verdicts = {
        "as signed": login,
        "with another body": _replaced(login, b">2.6.1.1.0<", b">2.6.1.1.1<"),
        "with another timestamp": _replaced(login, _created(now), _created(now - timedelta(seconds=1))),
        "with another certificate": _replaced(login, _base64(certificate), _base64(other)),
    }
    for name, message in verdicts.items():
        said = judge(folder, certificate, message)
        expected = "accepted" if name == "as signed" else "refused: "
        demand(said.startswith(expected), f"a login {name} is {said}")


def check_trust(folder: Path) -> None:
    """
    WSS4J refuses a login that is an hour old, and one by a certificate that a stranger issued.
    """
    key = KEYS["RSA"]()
    certificate = Authority(folder).client(key)
    stranger = Authority(folder / "stranger").client(key)
    now = datetime.now(UTC)
    for name, message in {
        "an hour old": signed_login(certificate, now - timedelta(hours=1)),
        "by a stranger": signed_login(stranger, now),
    }.items():
        said = wss4j(folder, certificate, message)
        demand(said.startswith("refused: "), f"a login {name} is {said}")


def signed_login(certificate: ClientCertificate, now: datetime) -> bytes:
    """
    Return the login that bipro-sync signs at this moment.
    """
    connection = Connection(
        insurer="muster",
        account="muster",
        sts_url="https://insurer.example/sts",
        transfer_url="https://insurer.example/transfer",
        bipro_version="2.6.1.1.0",
        form=WireForm(sts_version="2.6.1.1.0"),
    )
    return signed_issue(connection, SignatureLogin(certificate), now).body


def _replaced(message: bytes, old: bytes, new: bytes) -> bytes:
    demand(message.count(old) == 1, "what is to be changed does not stand in the login once")
    return message.replace(old, new)


def _created(time: datetime) -> bytes:
    return f"<wsu:Created>{time:%Y-%m-%dT%H:%M:%SZ}<".encode()


def _base64(certificate: ClientCertificate) -> bytes:
    return b64encode(certificate.certificate.public_bytes(Encoding.DER))


def _say(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return (done.stdout + done.stderr).strip()
