"""Checks a signed login as a strict server does; what it does not understand it refuses.

WS-Security X.509 Certificate Token Profile 1.0 and XML Signature: exclusive canonical form, SHA-256, RSA or ECDSA.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from .canonical import Node, read
from .envelope import ENVELOPE, SECURITY, UTILITY
from .faults import RefusedCallError


TOLERANCE = timedelta(minutes=5)
"""By how much a message's time may differ from the insurer's."""

_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
_X509 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
_BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"


def _refused(why: str) -> RefusedCallError:
    return RefusedCallError("00960", "00963", detail=why)


def _only(parent: Node | None, namespace: str, *path: str) -> Node:
    node = parent
    for name in path:
        node = None if node is None else node.child(namespace, name)
    if node is None:
        raise _refused(f"There must be exactly one {path[-1]}")
    return node


def signer(document: bytes, now: datetime) -> bytes:
    """
    Return the certificate (DER) that signed the Body and a Timestamp that is fresh at *now*.

    Whose certificate it is remains to be judged.  Raises :class:`RefusedCallError` with 00963 for everything else.
    """
    root = read(document)
    body = _only(root, ENVELOPE, "Body")
    security = _only(_only(root, ENVELOPE, "Header"), SECURITY, "Security")
    timestamp = _only(security, UTILITY, "Timestamp")
    signature = _only(security, _SIGNATURE, "Signature")
    token = _only(security, SECURITY, "BinarySecurityToken")
    if (token.attribute("", "ValueType"), token.attribute("", "EncodingType")) != (_X509, _BASE64):
        raise _refused("BinarySecurityToken must hold an X.509 certificate in base64")
    information = _only(signature, _SIGNATURE, "SignedInfo")
    signed = _signed_elements(root, information)
    if not any(each is body for each in signed) or not any(each is timestamp for each in signed):
        raise _refused("Body and Timestamp must both be signed")
    named = _only(_only(signature, _SIGNATURE, "KeyInfo"), SECURITY, "SecurityTokenReference", "Reference")
    if named.attribute("", "URI") != f"#{token.attribute(UTILITY, 'Id')}":
        raise _refused("The signature names another certificate")
    certificate = _decoded(token)
    _check_value(certificate, information, _decoded(_only(signature, _SIGNATURE, "SignatureValue")))
    _check_time(timestamp, now)
    return certificate


def _decoded(node: Node) -> bytes:
    try:
        return base64.b64decode("".join(node.text.split()), validate=True)
    except binascii.Error as error:
        raise _refused("What should be base64 is not") from error


def _algorithm(node: Node) -> str:
    return node.attribute("", "Algorithm") or ""


def _inclusive(node: Node) -> list[str]:
    """
    Return the prefixes that an exclusive canonical form is to treat as an inclusive one does.
    """
    if _algorithm(node) != _EXCLUSIVE:
        raise _refused("Only exclusive canonical form is understood")
    if not node.children:
        return []
    named = _only(node, _EXCLUSIVE, "InclusiveNamespaces").attribute("", "PrefixList") or ""
    return ["" if prefix == "#default" else prefix for prefix in named.split()]


def _signed_elements(root: Node, information: Node) -> list[Node]:
    references = [each for each in information.children if each.name == (_SIGNATURE, "Reference")]
    return [_signed_element(root, each) for each in references]


def _signed_element(root: Node, reference: Node) -> Node:
    address = reference.attribute("", "URI") or ""
    named = [
        each
        for each in root.walk()
        if address[1:] and address[1:] in (each.attribute(UTILITY, "Id"), each.attribute("", "Id"))
    ]
    if not address.startswith("#") or len(named) != 1:
        raise _refused("A reference must name exactly one element")
    transform = _only(reference, _SIGNATURE, "Transforms", "Transform")
    if _algorithm(_only(reference, _SIGNATURE, "DigestMethod")) != _SHA256:
        raise _refused("Only SHA-256 is accepted")
    digest = hashlib.sha256(named[0].canonical(_inclusive(transform))).digest()
    if not hmac.compare_digest(digest, _decoded(_only(reference, _SIGNATURE, "DigestValue"))):
        raise _refused("A signed element was changed")
    return named[0]


def _check_value(certificate: bytes, information: Node, value: bytes) -> None:
    data = information.canonical(_inclusive(_only(information, _SIGNATURE, "CanonicalizationMethod")))
    algorithm = _algorithm(_only(information, _SIGNATURE, "SignatureMethod"))
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
        if isinstance(key, rsa.RSAPublicKey) and algorithm == _RSA:
            key.verify(value, data, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm == _ECDSA:
            half = len(value) // 2
            numbers = (int.from_bytes(value[:half]), int.from_bytes(value[half:]))
            key.verify(encode_dss_signature(*numbers), data, ec.ECDSA(hashes.SHA256()))
        else:
            raise _refused("The signature's method is not accepted for this certificate")
    except (ValueError, InvalidSignature) as error:
        raise _refused("The signature or its certificate is not valid") from error


def _check_time(timestamp: Node, now: datetime) -> None:
    try:
        created, expires = (
            datetime.fromisoformat(_only(timestamp, UTILITY, name).text) for name in ("Created", "Expires")
        )
        fresh = abs(created - now) <= TOLERANCE and created < expires and expires > now
    except (ValueError, TypeError) as error:
        raise _refused("The times must be written with their zone") from error
    if not fresh:
        raise _refused("The message is too old, or of the future")
