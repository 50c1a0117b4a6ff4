"""Certificates that fit the recorders' clock, and the TLS of an insurer that knows their authority."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec

from bipro_sync.bipro import ClientCertificate

from ...certificates import certified, ec_key, rsa_key
from ...certificates import server_tls as tls_of


NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""What the recorders' clock says."""

KEYS = {"rsa": rsa_key, "p-256": ec_key, "p-384": lambda: ec.generate_private_key(ec.SECP384R1())}
ALWAYS = {"begin": datetime(2020, 1, 1, tzinfo=UTC), "end": datetime(2100, 1, 1, tzinfo=UTC)}


@cache
def key(kind):
    return KEYS[kind]()


@cache
def authority(name):
    return certified(name, **ALWAYS)


def client_certificate(kind="p-256", *, issuer="Erfunden", begins=NOW - timedelta(days=1), days=9000):
    end = begins + timedelta(days=days)
    made = certified("Makler", authority(issuer), key(kind), serial=0x4711, begin=begins, end=end)
    return ClientCertificate(made.certificate, made.key)


def server_tls(folder, *, version, demanded=True):
    """A server's context that demands a client certificate of our authority, whose own is in `ca.pem`."""
    ours = authority("Erfunden")
    (folder / "ca.pem").write_bytes(ours.pem)
    demand = ssl.CERT_REQUIRED if demanded else ssl.CERT_OPTIONAL
    return tls_of(folder, certified("Server", ours, **ALWAYS), asking=ours, demand=demand, version=version)
