"""The one schema of the configuration file: every key, what it may hold, what it means when absent.

Everything an insurer's section leaves out stays None here, so that `[defaults]` and the insurer's profile can
be asked for it.  No key may ever hold a secret itself.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from .alerting import AlertsSection, MonitoringSection
from .backup_section import BackupSection
from .checks import supported_hub, supported_login
from .daemon_section import DaemonSection
from .handing_over import HandoverSection
from .reporting import ReportsSection
from .section import Section
from .values import (
    AbsolutePath,
    AbsolutePathOrNothing,
    AnyKind,
    BrokerNumber,
    CallsPerSecond,
    Command,
    ConsumerId,
    Cron,
    HolidaysOf,
    KindOrCategory,
    Label,
    Length,
    ListCategory,
    LogName,
    ProxyAddress,
    PublicKey,
    Reference,
    Retained,
    Size,
    TgicName,
    TimeZone,
    UserName,
    Version,
    WebAddress,
    WebAddressOrNothing,
    Workers,
    Years,
)


Environment = Literal["production", "test"]
AuthMethod = Annotated[Literal["password", "certificate", "signature", "tls", "tgic"], BeforeValidator(supported_login)]
ConfirmedFlag = Literal["omit", "false", "true"]
Texts = Annotated[tuple[str, ...], Field(strict=False)]


class DeliveryRule(StrEnum):
    """
    How often a kind of delivery is fetched; what is not fetched stays at the insurer.
    """

    ALWAYS = "always"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    LEAVE = "leave"


Deliveries = dict[KindOrCategory, Annotated[DeliveryRule, Field(strict=False)]]
Expectations = dict[AnyKind, Length]
NumberExpectations = dict[BrokerNumber, Expectations]


class ArchiveSection(Section):
    """
    Where shipments are kept; *network_file_system* allows the root to lie on another machine's disk.
    """

    root: AbsolutePath
    second_copy: AbsolutePathOrNothing = ""
    reserve: Size = 2 << 30
    network_file_system: bool = False
    read_pdf: bool = True


class DirectoryAnchor(Section):
    """
    A directory outside the archive, on another machine's disk if possible: it receives each checkpoint as a file.
    """

    kind: Literal["directory"]
    path: AbsolutePath
    name: Label = "directory"


class CommandAnchor(Section):
    """
    A program that takes a checkpoint on its standard input, and has anchored it where it ends with 0.
    """

    kind: Literal["command"]
    command: Command
    name: Label = "command"


class StampAnchor(Section):
    """
    A time stamp authority (RFC 3161), and the file with the root certificates that its answers are checked against.
    """

    kind: Literal["rfc3161"]
    url: WebAddress
    ca_file: AbsolutePath
    name: Label = "rfc3161"


Anchor = DirectoryAnchor | CommandAnchor | StampAnchor
Anchors = list[Annotated[Anchor, Field(discriminator="kind")]]


class AuditSection(Section):
    """
    Who answers for scheduled runs, who signs the log under which *name*, and where checkpoints go.

    *key* is the private key's file, *known_keys* are the public ones that may have signed; *anchors* is None where the
    file says nothing, empty where it says that there are none.
    """

    responsible: str | None = None
    name: LogName = "bipro-sync"
    key: AbsolutePath | None = None
    known_keys: Annotated[tuple[PublicKey, ...], Field(strict=False)] = ()
    anchors: Annotated[
        tuple[Annotated[Anchor, Field(discriminator="kind")], ...] | None,
        Field(strict=False),
        BeforeValidator(
            lambda value: () if value == "none" else value, json_schema_input_type=Anchors | Literal["none"]
        ),
    ] = None

    @property
    def is_signed(self) -> bool:
        """
        Whether anybody signs this log, here or as another user.
        """
        return self.key is not None or bool(self.known_keys)


class UserSection(Section):
    """
    A person who may use this installation, from the first to the last day named; an auditor perhaps for one insurer.
    """

    name: str
    login: str
    role: Literal["admin", "operator", "reader", "auditor", "dpo"]
    insurer: Label | None = None
    active_from: date
    active_to: date | None = None

    def is_active(self, day: date) -> bool:
        """
        Whether this person may use it on a *day* in Berlin.
        """
        return self.active_from <= day and (self.active_to is None or day <= self.active_to)


class CertificateSection(Section):
    """
    A PKCS#12 file and its passphrase; a personal certificate belongs to one person, one of the house to all.
    """

    file: AbsolutePath
    passphrase: Reference
    kind: Literal["personal", "house"] | None = None


class TgicSection(Section):
    """
    The login at the GDV's trusted identity service, unproven: its address, the insurer's service there, our user id.
    """

    url: WebAddress
    service: TgicName
    user: TgicName


class HubSection(Section):
    """
    A hub before the insurer: the key that it changes for a token, and where; an empty *url* follows `transfer_url`.
    """

    api_key: Reference
    url: WebAddressOrNothing = ""


class AuthSection(Section):
    """
    How to log in.
    """

    method: AuthMethod | None = None
    username: UserName | None = None
    password: Reference | None = None
    certificate: CertificateSection | None = None
    tgic: TgicSection | None = None
    hub: Annotated[HubSection | None, BeforeValidator(supported_hub)] = None
    owner: str | None = None


class InsurerSection(Section):
    """
    One `[insurers.NAME]`, or `[defaults]`; what is None is taken from the next lower place.
    """

    profile: str | None = None
    account: Label | None = None
    environment: Environment | None = None
    sts_url: WebAddress | None = None
    transfer_url: WebAddress | None = None
    bipro_version: Version | None = None
    consumer_id: ConsumerId | None = None
    confirmed_flag: ConfirmedFlag | None = None
    list_category: ListCategory | None = None
    ca_file: AbsolutePathOrNothing | None = None
    proxy: ProxyAddress | None = None
    workers: Workers | None = None
    calls_per_second: CallsPerSecond | None = None
    acknowledge: Literal["auto", "manual"] | None = None
    ack_after: Literal["stored", "second_copy"] | None = None
    broker_numbers: Texts | None = None
    deliveries: Deliveries | None = None
    schedule: Cron | None = None
    timezone: TimeZone | None = None
    expect: Expectations | None = None
    expect_numbers: NumberExpectations | None = None
    holidays: HolidaysOf | None = None
    contract_end: date | None = None
    auth: AuthSection | None = None


class ConfigurationFile(Section):
    """
    The whole file.
    """

    archive: ArchiveSection
    audit: AuditSection = AuditSection()
    users: dict[Label, UserSection] = Field(default_factory=dict)
    retention: dict[Retained, Years] = Field(default_factory=dict)
    alerts: AlertsSection = AlertsSection()
    monitoring: MonitoringSection = MonitoringSection()
    backup: BackupSection = BackupSection()
    daemon: DaemonSection = DaemonSection()
    reports: ReportsSection = ReportsSection()
    handover: dict[Label, HandoverSection] = Field(default_factory=dict)
    defaults: InsurerSection = InsurerSection()
    insurers: dict[Label, InsurerSection] = Field(default_factory=dict)
