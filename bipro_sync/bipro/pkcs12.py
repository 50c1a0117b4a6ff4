"""Reading a PKCS#12 file (RFC 7292); to be imported where there is one, as the library for it takes long to load."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12KeyAndCertificates
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12 as parse_pkcs12
from cryptography.x509 import Certificate

from ..errors import CredentialMissingError
from ..model.secret import Secret
from .certificate import ClientCertificate


_VERSION = b"\x02\x01\x03\x30"
"""The version 3 and the sequence after it (RFC 7292, section 4): at most six bytes of DER or BER stand before them."""


def load_pkcs12(data: bytes, passphrase: Secret) -> ClientCertificate:
    """
    Return what a PKCS#12 file with these bytes holds; an empty *passphrase* is one, too.

    Modern files (AES) and those of older programs (3DES, 40-bit RC2) are read alike.  Whether the certificate is valid
    today is not asked.  Raises :class:`CredentialMissingError` where the file gives no certificate with its key.
    """
    if not data.startswith(b"\x30") or _VERSION not in data[:10]:
        raise _unusable("is no PKCS#12 file", "Have it exported as PKCS#12 (.p12 or .pfx), with its private key.")
    try:
        bundle = parse_pkcs12(data, passphrase.reveal().encode())
    except (ValueError, UnsupportedAlgorithm):
        raise _unusable(
            "does not open: its passphrase is another one, or it is damaged",
            "Try the passphrase by hand: openssl pkcs12 -in FILE -noout, for a file of an older program with -legacy.",
        ) from None
    key = bundle.key
    if key is None:
        raise _unusable("holds no private key", "Export it anew, together with its private key.")
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise _unusable("holds a key that is neither RSA nor EC", "Ask the insurer for a certificate with such a key.")
    certificates = list(_certificates(bundle))
    own = next((each for each in certificates if each.public_key() == key.public_key()), None)
    if own is None:
        raise _unusable("holds no certificate for its private key", "Export it anew, certificate and key together.")
    return ClientCertificate(own, key, tuple(_chain(own, certificates)))


def _certificates(bundle: PKCS12KeyAndCertificates) -> Iterator[Certificate]:
    if bundle.cert:
        yield bundle.cert.certificate
    for each in bundle.additional_certs:
        yield each.certificate


def _chain(certificate: Certificate, others: Iterable[Certificate]) -> Iterator[Certificate]:
    """
    Yield the issuers above *certificate* as far as they are among *others*, a self-issued one last.
    """
    left = [each for each in others if each != certificate]
    while issuer := next((each for each in left if _issued(each, certificate)), None):
        yield issuer
        left.remove(issuer)
        certificate = issuer


def _issued(issuer: Certificate, certificate: Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _unusable(reason: str, hint: str) -> CredentialMissingError:
    return CredentialMissingError(f"The certificate's file {reason}; nothing was sent.", hint=hint)
