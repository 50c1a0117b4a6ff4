"""Write the request for a token as a signed message (WS-Security X.509 token profile); the key stays in memory."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta

from lxml import etree

from ..calls.request import Request
from ..soap import namespaces as ns
from ..wire import Connection, SignatureLogin
from .issue import issue_request, issue_text


LIFE = timedelta(minutes=5)
"""How long a request may be on its way."""

_TOKEN = f"""<wsse:BinarySecurityToken xmlns:wsu="{ns.UTILITY}" wsu:Id="certificate" ValueType="{ns.X509}" \
EncodingType="{ns.BASE64}">{{certificate}}</wsse:BinarySecurityToken>"""

_TIMESTAMP = f"""<wsu:Timestamp xmlns:wsu="{ns.UTILITY}" wsu:Id="timestamp"><wsu:Created>{{created}}</wsu:Created>\
<wsu:Expires>{{expires}}</wsu:Expires></wsu:Timestamp>"""

_KEY_INFO = f"""<ds:KeyInfo xmlns:ds="{ns.SIGNATURE}"><wsse:SecurityTokenReference \
xmlns:wsse="{ns.SECURITY}"><wsse:Reference URI="#certificate" ValueType="{ns.X509}"/></wsse:SecurityTokenReference>\
</ds:KeyInfo>"""

_SIGNED = ("#body", "#timestamp", "#certificate")


def signed_issue(connection: Connection, login: SignatureLogin, now: datetime) -> Request:
    """
    Write the login: a RequestSecurityToken whose Body, Timestamp and BinarySecurityToken are signed.

    *now* is the insurer's time.  Exclusive C14N, SHA-256, RSA (PKCS #1 1.5) or ECDSA by the certificate's key.
    """
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - loaded with the certificate

    certificate = login.certificate.certificate.public_bytes(Encoding.DER)
    token = _TOKEN.format(certificate=b64encode(certificate).decode())
    timestamp = _TIMESTAMP.format(created=moment(now), expires=moment(now + LIFE))
    message = _signed(issue_text(connection, token + timestamp), login)
    return issue_request(connection, lambda _reveal: message)


def moment(time: datetime) -> str:
    """
    Return an aware time as XML writes it, in UTC and whole seconds.
    """
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _signed(message: str, login: SignatureLogin) -> str:
    # Imported late, because it takes 0.2 s that no other login needs.
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from signxml.algorithms import DigestAlgorithm, SignatureConstructionMethod  # noqa: PLC0415
    from signxml.signer import XMLSigner  # noqa: PLC0415

    envelope = etree.fromstring(message.encode())
    body = envelope.find(f"{{{ns.SOAP_11}}}Body")
    security = envelope.find(f"{{{ns.SOAP_11}}}Header/{{{ns.SECURITY}}}Security")
    assert body is not None
    assert security is not None
    body.set(f"{{{ns.UTILITY}}}Id", "body")
    key = login.certificate.key
    signer = XMLSigner(
        method=SignatureConstructionMethod.detached,
        signature_algorithm="rsa-sha256" if isinstance(key, RSAPrivateKey) else "ecdsa-sha256",
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=ns.EXCLUSIVE,
    )
    security.append(
        signer.sign(envelope, key=key, reference_uri=list(_SIGNED), key_info=etree.fromstring(_KEY_INFO.encode()))
    )
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8").decode()
