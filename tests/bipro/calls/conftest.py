"""A throw-away authority, the certificates it issues, and an insurer that answers over TLS."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bipro_sync.bipro import ClientCertificate

from ...certificates import NOW, certified, server_tls
from ..conftest import House


class Authority:
    """Issues certificates for this machine; its own is in *ca_file*."""

    name = "invented test CA"

    def __init__(self, folder):
        self._own = certified(self.name)
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(self._own.pem)

    def issue(self, *, days=1):
        """A certificate that ends in so many days; below 0 it has ended."""
        begin, end = NOW - timedelta(days=3), NOW + timedelta(days=days)
        made = certified("invented holder", self._own, begin=begin, end=end)
        return ClientCertificate(made.certificate, made.key)

    def server(self, folder, *, version=None, ask=False):
        """A server's context; *version* pins TLS, *ask* demands a client certificate of this authority."""
        return server_tls(folder, certified("server", self._own), asking=self._own if ask else None, version=version)


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def tls_house(authority, tmp_path):
    house = House(authority.server(tmp_path))
    yield house
    house.close()
