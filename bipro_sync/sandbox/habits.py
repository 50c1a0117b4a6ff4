"""How an insurer of a scenario behaves, service by service; pure data, read by `loading`."""

from __future__ import annotations

from dataclasses import dataclass, field

from .framing import Framing, Quirk
from .words import (
    Acknowledged,
    CategoryFilter,
    ConfirmedFlag,
    Lifetime,
    LoginForm,
    LoginMethod,
    MissingRight,
    Order,
    Prefixes,
    Proof,
    Refuse,
    RepeatedAck,
    SoapAction,
    TlsVersion,
)


@dataclass(frozen=True, slots=True)
class Account:
    """
    The one account of this insurer; *missing_rights* are category prefixes, and `list` for listing at all.
    """

    username: str
    password: str = field(repr=False)
    login: LoginMethod
    certificate_serial: str
    missing_rights: tuple[str, ...]
    consumer_id: str
    attempts: int
    locked: bool


@dataclass(frozen=True, slots=True)
class HttpHabits:
    """
    What all services do alike; the skew in seconds.
    """

    soap_action: SoapAction
    chunked: bool
    trailers: bool
    gzip: bool
    clock_skew: float
    calls_per_second: float
    tls: TlsVersion


@dataclass(frozen=True, slots=True)
class CertificateHabits:
    """
    Where a client certificate is refused, and what the files with the clients' own are locked with.
    """

    passphrase: str = field(repr=False)
    refuse: Refuse


@dataclass(frozen=True, slots=True)
class StsHabits:
    """
    How logins are answered; the life in seconds.
    """

    path: str
    bipro_version: str
    form: LoginForm
    token_life: float
    lifetime: Lifetime
    validate: bool
    cancel: bool


@dataclass(frozen=True, slots=True)
class TgicHabits:
    """
    How the central service works; it is there where the account logs in by it.  The life in seconds.
    """

    path: str
    service_id: str
    proof: Proof
    collection: bool
    challenge: bool
    token_life: float


@dataclass(frozen=True, slots=True)
class HubHabits:
    """
    How the hub before the services works; without a key there is none.  The life in seconds.
    """

    path: str
    api_key: str = field(repr=False)
    token_life: float


@dataclass(frozen=True, slots=True)
class Packing:
    """
    How one answer to getShipment is written.
    """

    prefixes: Prefixes
    framing: Framing
    quirks: tuple[Quirk, ...]


@dataclass(frozen=True, slots=True)
class TransferHabits:
    """
    How the mailbox is answered for.
    """

    path: str
    bipro_version: str
    packing: Packing
    boundary: str
    order: Order
    category_filter: CategoryFilter
    confirmed_flag: ConfirmedFlag
    acknowledged: Acknowledged
    repeated_ack: RepeatedAck
    list_limit: int
    missing_right: MissingRight
    release1: bool
