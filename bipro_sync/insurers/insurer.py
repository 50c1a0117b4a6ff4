"""One insurer as a pull needs it, complete; secrets are references still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from urllib.parse import urljoin

from ..bipro import WireForm
from ..config import DeliveryRule, Duration
from ..config.schema import ConfirmedFlag, Environment
from ..model.kinds import Kind, kind_of
from ..model.shipment import ListedShipment
from ..model.urgency import Urgency, urgency_of
from .auth import Auth
from .profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurer:
    """
    Everything a pull needs to know of one insurer; *acknowledge* is None where nobody has decided, *sts_url* is empty
    where its login needs none.

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
    list_category: str
    ca_file: str
    proxy: str
    workers: int
    calls_per_second: float
    acknowledge: Literal["auto", "manual"] | None
    ack_after: Literal["stored", "second_copy"]
    broker_numbers: tuple[str, ...]
    deliveries: Mapping[str, DeliveryRule]
    schedule: str
    timezone: str
    expect: Mapping[Kind, Duration]
    expect_numbers: Mapping[str, Mapping[Kind, Duration]]
    holidays: str
    contract_end: date | None
    auth: Auth
    origins: Mapping[str, str] = field(compare=False)

    @property
    def form(self) -> WireForm:
        """
        How its messages are written.
        """
        return self.profile.facts.wire

    @property
    def hub_url(self) -> str | None:
        """
        Where a hub gives its token: its own address, else `login` in the place of the transfer address' last segment.
        """
        hub = self.auth.hub
        return (hub.url or urljoin(self.transfer_url, "login")) if hub else None

    def lists(self, category: str | None) -> bool:
        """
        Say whether a list that this insurer is asked for would hold a shipment of this category.
        """
        return (category or "").startswith(self.list_category)

    @property
    def has_personal_certificate(self) -> bool:
        """
        Whether its certificate belongs to `auth.owner`, and to nobody else.
        """
        return self.auth.is_personal(usually=self.profile.facts.personal_certificate)

    def right_for(self, kind: Kind) -> str | None:
        """
        The right that this kind of delivery needs at this insurer; None where that is not known.
        """
        return self.profile.facts.rights_for.get(kind)

    def kind_of(self, listed: ListedShipment) -> Kind:
        """
        The kind of a shipment as far as the list tells.
        """
        return kind_of(listed.category, data_only=bool(listed.data_only), overrides=self.kinds)

    def urgency_of(self, category: str | None, kind: Kind) -> Urgency | None:
        """
        Why a shipment is urgent; None where it is not.
        """
        return urgency_of(category, kind, overrides=self.profile.facts.urgent)

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
