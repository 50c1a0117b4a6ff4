"""One insurer as a pull needs it, complete; secrets are references still."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from ..bipro import WireForm
from ..config import DeliveryRule, Duration
from ..config.schema import AuthMethod, ConfirmedFlag, Environment
from ..model.kinds import Kind, kind_of
from ..model.secret import SecretRef
from ..model.shipment import ListedShipment
from .profile import Profile


@dataclass(frozen=True, slots=True)
class Auth:
    """
    How one insurer is logged in to, by the only method there is so far.
    """

    method: AuthMethod
    username: str | SecretRef
    password: SecretRef
    owner: str | None

    def references(self) -> Iterator[tuple[str, SecretRef]]:
        """
        Yield each key whose value is a secret's reference, with that reference.
        """
        for key, value in (("username", self.username), ("password", self.password)):
            if isinstance(value, SecretRef):
                yield key, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurer:
    """
    Everything a pull needs to know of one insurer; *acknowledge* is None where nobody has decided.

    *origins* names for each key where its value comes from: `insurer`, `defaults`, `profile` or `built-in`.
    """

    name: str
    profile: Profile
    account: str
    environment: Environment
    sts_url: str
    transfer_url: str
    bipro_version: str
    consumer_id: str
    confirmed_flag: ConfirmedFlag
    ca_file: str
    workers: int
    acknowledge: Literal["auto", "manual"] | None
    ack_after: Literal["stored", "second_copy"]
    broker_numbers: tuple[str, ...]
    deliveries: Mapping[str, DeliveryRule]
    schedule: str
    timezone: str
    expect: Mapping[Kind, Duration]
    contract_end: date | None
    auth: Auth
    origins: Mapping[str, str] = field(compare=False)

    @property
    def form(self) -> WireForm:
        """
        How its messages are written.
        """
        return self.profile.facts.wire

    def kind_of(self, listed: ListedShipment) -> Kind:
        """
        The kind of a shipment as far as the list tells.
        """
        return kind_of(listed.category, data_only=bool(listed.data_only), overrides=self.kinds)

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """
        Category prefixes that mean something of their own at this insurer.
        """
        return self.profile.facts.kinds


@dataclass(frozen=True, slots=True)
class MisconfiguredInsurer:
    """
    An insurer that cannot be pulled, and every reason why.
    """

    name: str
    problems: tuple[str, ...]
