"""Trying the machines of an insurer's addresses by a handshake; what comes of it is a value, and never an error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ..errors import BiproSyncError
from .calls.handshake import Handshake, shake_hands


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    One address and what came of the handshake; exactly one of *handshake* and *trouble* is None.
    """

    url: str
    handshake: Handshake | None
    trouble: BiproSyncError | None

    @property
    def sentence(self) -> str:
        """
        What a person is told of it: the chain and its end, or what is wrong.
        """
        if self.handshake is None:
            return str(self.trouble.message if self.trouble else "")
        if self.handshake.demands_certificate:
            return f"{self.url} is there, and wants a client certificate before it says more."
        if self.handshake.ends is None:
            return f"{self.url} is there; it is not encrypted."
        names = " < ".join(link.subject for link in self.handshake.chain)
        ends = f"{self.handshake.ends:%Y-%m-%d}"
        return f"{self.url} is trusted ({self.handshake.protocol}): {names}; the first of these ends on {ends}."

    def as_json(self) -> dict[str, object]:
        """
        Return the object of `--json`.
        """
        handshake = self.handshake
        return {
            "url": self.url,
            "protocol": handshake.protocol if handshake else None,
            "demands_certificate": handshake.demands_certificate if handshake else None,
            "chain": [
                {"subject": link.subject, "issuer": link.issuer, "not_after": link.not_after.isoformat()}
                for link in (handshake.chain if handshake else ())
            ],
            "ends": _iso(handshake.ends if handshake else None),
            "trouble": self.trouble.as_json() if self.trouble else None,
        }


def tried(urls: Iterable[str], *, ca_file: str, proxy: str) -> Iterator[Endpoint]:
    """
    Yield what comes of a handshake with the machine of each address; no login is tried.
    """
    for url in urls:
        try:
            yield Endpoint(url, shake_hands(url, ca_file=ca_file, proxy=proxy), None)
        except BiproSyncError as error:
            yield Endpoint(url, None, error)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
