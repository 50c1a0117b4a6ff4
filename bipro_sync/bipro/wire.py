"""Where an insurer's services are and how its release writes messages; data only, nothing here connects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from ..model.secret import Secret
from .certificate import ClientCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class WireForm:
    """
    How an insurer's release writes its messages; a profile gives it, the defaults are those of 2.4 to 2.8.

    *sts_version* is the BiPROVersion in the login (None: left out), *sts_soap_action* the bare SOAPAction of
    the login, *must_understand* marks the login's security header, *actor* says whom that is for (`next`: whoever comes
    next, SOAP 1.1, 4.2.2).  *operations* is the spelling of the
    operation names (`listShipments` or `ListShipments`, the latter in 2.1.x), the namespaces are those of the
    elements BiPROVersion and ConsumerID, *soap_action* is that of the transfer calls.  *nok_04001_is_empty*
    is for an insurer that is proven to report an empty mailbox as NOK 04001.  *get_confirmed_flag* says that
    getShipment carries BestaetigeLieferungen after the ID as well (seen in 2.1.x).  *missing_right_codes* are the
    codes by which this insurer says that the account lacks a right; *sts_cancels* says that its STS can end a session.
    """

    sts_form: Literal["standard", "vema"] = "standard"
    sts_version: str | None = None
    sts_version_namespace: Literal["nachrichten", "allgemein"] = "nachrichten"
    sts_soap_action: str = "urn:RequestSecurityToken"
    must_understand: bool = False
    actor: Literal["omit", "next"] = "omit"
    operations: Literal["lower", "capital"] = "lower"
    version_namespace: Literal["nachrichten", "allgemein"] = "nachrichten"
    consumer_namespace: Literal["nachrichten", "transfer"] = "nachrichten"
    soap_action: Literal["urn", "empty"] = "urn"
    nok_04001_is_empty: bool = False
    get_confirmed_flag: bool = False
    missing_right_codes: tuple[str, ...] = ("00920",)
    sts_cancels: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """
    One account's way to its insurer: names, addresses, form and patience.

    *ca_file* is trusted in addition to the system's certificates.  Timeouts are seconds per read,
    *connect_timeout* covers TCP and TLS; *call_deadline* and *get_deadline* are seconds for a whole call.
    *minimum_rate* is the bytes a second that an answer must bring on average once it has begun.
    *max_body_bytes* bounds a fetched answer, *max_answer_bytes* every other one, both after decompression.
    *proxy* is the only proxy ever used, empty: none.  *most_retries* is how many repetitions all calls of a run
    share, *calls_per_second* the rate that is never exceeded (0: no limit until the insurer asks for one).
    *list_category* lists only shipments whose category begins with these 3, 6 or 9 digits (empty: all); several
    insurers answer such a filter with an error.
    *unlock_contact* says who unlocks a locked account; it stands in the hint of a refused login.
    """

    insurer: str
    account: str
    sts_url: str
    transfer_url: str
    bipro_version: str
    form: WireForm = WireForm()
    consumer_id: str = ""
    confirmed_flag: Literal["omit", "false", "true"] = "omit"
    list_category: str = ""
    ca_file: str = ""
    proxy: str = ""
    connect_timeout: float = 15.0
    sts_timeout: float = 30.0
    list_timeout: float = 60.0
    get_timeout: float = 120.0
    ack_timeout: float = 30.0
    call_deadline: float = 300.0
    get_deadline: float = 3600.0
    minimum_rate: int = 1024
    most_retries: int = 20
    calls_per_second: float = 0.0
    max_body_bytes: int = 8 << 30
    max_answer_bytes: int = 64 << 20
    unlock_contact: str = ""


@dataclass(frozen=True, slots=True)
class PasswordLogin:
    """
    The login with user name and password (norm 410, UsernameToken); the one that never has a certificate.
    """

    username: str
    password: Secret
    certificate: ClassVar[None] = None


@dataclass(frozen=True, slots=True)
class CertificateLogin:
    """
    The login at the STS over mutual TLS (norm 410, X509Login).
    """

    certificate: ClientCertificate


@dataclass(frozen=True, slots=True)
class SignatureLogin:
    """
    The login at the STS with a signed message (WS-Security X.509 token profile 1.0).
    """

    certificate: ClientCertificate


@dataclass(frozen=True, slots=True)
class TlsLogin:
    """
    No login at an STS at all: the TLS connection of each transfer call is the proof.
    """

    certificate: ClientCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class TgicLogin:
    """
    The login at the GDV's trusted identity service (norms 261 and 411).

    Unproven: built from public facts only, and never tried against the real service.  *url* is the central service,
    *service_id* names the insurer's transfer service there, *user_id* is the TGIC's; exactly one of *password* and
    *certificate* proves it.
    """

    url: str
    service_id: str
    user_id: str
    password: Secret | None = None
    certificate: ClientCertificate | None = None


Login = PasswordLogin | CertificateLogin | SignatureLogin | TlsLogin | TgicLogin


@dataclass(frozen=True, slots=True)
class HubLogin:
    """
    A hub before the insurer: *api_key* is exchanged at *url* for a bearer token that goes beside the SOAP security.
    """

    url: str
    api_key: Secret
