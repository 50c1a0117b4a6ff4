"""The tables that say who is told of trouble, and which monitoring is fed; no secret ever stands in them itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from .section import Section
from .values import (
    AbsolutePathOrNothing,
    MailAddress,
    MailAddressOrNothing,
    MailServer,
    Reference,
    WebAddress,
    WebAddressOrNothing,
)


def _somebody(to: tuple[str, ...]) -> tuple[str, ...]:
    if not to:
        raise ValueError("must name somebody")
    return to


class MailSection(Section):
    """
    Who is written to, through which server, and how we log in there, where it wants that.

    *sender* stands in `From`; empty, it is the first of *to*.  *ca_file* is trusted in addition to the system's.
    """

    to: Annotated[tuple[MailAddress, ...], Field(strict=False), AfterValidator(_somebody)]
    smtp: MailServer
    sender: MailAddressOrNothing = ""
    username: str = ""
    password: Reference | None = None
    ca_file: AbsolutePathOrNothing = ""

    def problems(self) -> Iterator[tuple[str, str]]:
        """
        Yield which keys do not fit together, and why.
        """
        if bool(self.username) != (self.password is not None):
            yield ("password" if self.username else "username"), "is missing; a login needs both"
        elif self.username and urlsplit(self.smtp).scheme == "smtp":
            yield "smtp", "is not encrypted, so no password is sent; begin with smtps:// or smtp+starttls://"


class WebhookSection(Section):
    """
    Where alerts are posted to, and the secret that they are signed with.
    """

    url: WebAddress
    secret: Reference
    ca_file: AbsolutePathOrNothing = ""


class AlertsSection(Section):
    """
    Who is told of trouble, and in which language; `none = true` says in so many words that nobody is.
    """

    none: bool = False
    language: Literal["de", "en"] = "de"
    mail: MailSection | None = None
    webhook: WebhookSection | None = None

    @property
    def is_decided(self) -> bool:
        """
        Whether somebody is told, or nobody in so many words.
        """
        return self.none or self.tells

    @property
    def channels(self) -> tuple[str, ...]:
        """
        The names of the ways to tell people.
        """
        return tuple(name for name in ("mail", "webhook") if getattr(self, name) is not None)

    @property
    def tells(self) -> bool:
        """
        Whether there is any way to tell anybody.
        """
        return bool(self.channels)


class MonitoringSection(Section):
    """
    What a monitoring of the house is fed with: a ping around each run, a file for Prometheus after it (empty: none).
    """

    ping_url: WebAddressOrNothing = ""
    prometheus: AbsolutePathOrNothing = ""
    ca_file: AbsolutePathOrNothing = ""
