"""What a scenario file says: the account, the services' habits, the mailbox, and what goes wrong; pure data, no disk.

A scenario is a TOML file.  Unknown keys are errors, and all problems are told at once.  Every table but the
account may be left out; each key below stands with its default.

::

    [account]
    username = "MAKLER-0815"        # must be given, as the password
    password = "…"                  # invented, so it may stand here
    consumer_id = ""                # demanded of every transfer call, unless empty
    attempts = 3                    # wrong passwords in a row that lock the account
    locked = false
    login = "password"              # password | certificate (at the STS, in the TLS handshake) | signature (at the STS,
                                    # a signed message) | tls (of each transfer call, no STS) | tgic
    certificate_serial = ""         # hexadecimal; empty: any client certificate of this insurer's CA
    missing_rights = []             # prefixes of categories that getShipment refuses; "list" refuses listShipments

    [http]
    soap_action = "any"             # any | strict: "urn:listShipments" and its like are demanded
    chunked = false                 # chunks instead of Content-Length
    trailers = false                # a field after the last chunk
    gzip = false                    # compresses for those who accept it
    clock_skew = 0                  # seconds by which the insurer's clock is ahead: Date, Lifetime, expiry
    calls_per_second = 0            # more are answered with 429 and Retry-After; 0: no limit
    tls = "any"                     # any | 1.2 | 1.3

    [x509]                          # client certificates, where the login needs them
    passphrase = "practice"         # of client.p12 and of client-legacy.p12 (the same in old ciphers),
                                    # client-expired.p12 and client-foreign.p12 (of a CA of somebody else's)
    refuse = "http"                 # http: 401 without a certificate, 403 for a wrong one | tls: in the handshake

    [sts]
    path = "/sts/UserPasswordLogin_2.6.1.1.0"
    bipro_version = "2.6.1.1.0"     # empty: none in the answer
    form = "any"                    # any | standard | 2.1.x | vema: the form of request this account demands
    token_life = 600                # seconds
    lifetime = "utc"                # utc (Z) | offset | local (no zone) | blank (instead of T) | absent
    validate = false                # answers Validate, else 00911
    cancel = false                  # answers Cancel, else 00911

    [tgic]                          # the central service, where login = "tgic"; unproven, norm 411 is not public
    path = "/ists/ISTSService"
    service_id = "http://www.tgic.de/practice/test/TransferService/2.6.1.1.0"
    proof = "password"              # password | certificate (and the user id), in the TLS handshake
    collection = false              # answers with a RequestSecurityTokenResponseCollection
    challenge = false               # answers with an InteractiveChallenge
    token_life = 300                # seconds

    [hub]                           # a hub before all services, where it has a key
    path = "/transfer/login"        # default: beside the transfer service
    api_key = ""                    # invented, so it may stand here
    token_life = 3600               # seconds

    [transfer]
    path = "/transfer/Service_2.6.1.1.0"
    bipro_version = "2.6.1.1.0"
    prefixes = "tran"               # tran | t | xf
    framing = "mtom"                # mtom | inline | inline-wrapped (base64 in lines)
    quirks = []                     # of MTOM: unquoted-boundary, no-start, padded-boundary, lower-case-headers,
                                    # root-last, root-without-id, encoded-cid, no-last-crlf, latin-1, preamble,
                                    # epilogue, folded-headers, base64-parts, mixed-case-cid, fault-in-multipart
    boundary = ""                   # empty: a new one each time
    order = "scenario"              # scenario | reversed | shuffled: how shipments are listed
    list_limit = 0                  # a list holds at most so many, the oldest; the rest comes after these; 0: all
    category_filter = "accept"      # accept | refuse (00007) | coarse (only three digits, else 04005)
    confirmed_flag = "also"         # BestaetigeLieferungen = true lists also | only confirmed ones,
                                    # is answered with refuse (04002), is ignored, or is forbidden (00007)
    acknowledged = "delete"         # delete | keep: what acknowledging does
    repeated_ack = "04003"          # 04003 | 04004 | ok
    missing_right = "fault-00920"   # fault-00920 | nok-00920 | http-403-fault: how missing_rights are told
    release1 = false                # refuses everything of Release 2 with 00007 (and speaks no Release 1 either)

    [[shipment]]                    # what is left out is not sent
    id = "…"                        # must be given
    posted = "2026-03-01T18:30:00"
    category = "100007000"
    delivery_type = "1004"
    data_only = false
    periodic = false
    line = "050"
    available_until = "2026-12-31"
    transfer_count = 1              # default: as many as there are
    prefixes, framing, quirks       # as in [transfer], for this shipment
    further = { }                   # fields after the known ones

    [[shipment.transfer]]
    type = "tgevo:CT_GeVoTransfer"  # xsi:type; empty: none
    fields = { }                    # before the files, in namespace gevo
    further = { }                   # after the files, in namespace transfer

    [[shipment.transfer.file]]
    name = "Police.pdf"
    document = "police.pdf"         # a file beside the scenario, or one of the package's documents;
                                    # or text = "…", or base64 = "…", or size = 1000000 (made up), or link = "…"
    kind = "Dokument"
    media_type = "application/pdf"
    compression = "KEINE"
    document_types = ["Police"]
    checksum = "SHA1"               # MD5 | SHA1

A field is `Name = "text"`, `Name = { … }` for an element with children, or a list of these for one that
repeats; a name takes its parent's namespace unless it brings a prefix of :data:`NAMESPACES` (`"allg:Name"`).

What goes wrong stands in a list.  Each entry names a call and one thing; several may hit one call.

::

    [[misbehave]]
    on = "getShipment"              # login | validate | cancel | tgic | hub | clock (HEAD) |
                                    # listShipments | getShipment | acknowledgeShipment
    shipment = "…"                  # only for this one
    nth = 1                         # from the nth such call on that comes as far as the thing happens
    times = 0                       # so often; 0: always
    do = "truncate"                 # and its arguments, see words.Action

Counting starts anew with the process.  What was acknowledged, and the state of the account, does not: the
practice insurer reads both from its call log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .habits import (
    Account,
    CertificateHabits,
    HttpHabits,
    HubHabits,
    Packing,
    StsHabits,
    TgicHabits,
    TransferHabits,
)
from .misbehaviour import Misbehaviour
from .words import Algorithm, LoginMethod, Proof


NAMESPACES: dict[str, str] = {
    "tran": "http://www.bipro.net/namespace/transfer",
    "nac": "http://www.bipro.net/namespace/nachrichten",
    "allg": "http://www.bipro.net/namespace/allgemein",
    "gevo": "http://www.bipro.net/namespace/gevo",
    "partner": "http://www.bipro.net/namespace/partner",
    "vertrag": "http://www.bipro.net/namespace/vertrag",
    "tgevo": "http://www.bipro.net/namespace/transfer/gevo",
    "tink": "http://www.bipro.net/namespace/transfer/inkassostoerfall",
    "tscha": "http://www.bipro.net/namespace/transfer/schaden-leistung",
    "eigen": "http://practice-insurer.example/namespace/extension",
}
"""The prefixes that scenarios use, whatever stands on the wire."""


@dataclass(frozen=True, slots=True)
class File:
    """
    One file: its bytes (None for a mere link) and what is told about it.
    """

    data: bytes | None
    name: str | None
    link: str | None
    kind: str | None
    media_type: str | None
    compression: str | None
    document_types: tuple[str, ...]
    checksum: Algorithm


@dataclass(frozen=True, slots=True)
class Transfer:
    """
    One transfer with its fields before and after the files.
    """

    type: str
    fields: Mapping[str, Any]
    files: tuple[File, ...]
    further: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shipment:
    """
    One shipment; None is what is not sent.
    """

    id: str
    posted: str | None
    category: str | None
    delivery_type: str | None
    data_only: bool | None
    periodic: bool | None
    line: str | None
    available_until: str | None
    transfer_count: int | None
    further: Mapping[str, Any]
    transfers: tuple[Transfer, ...]
    packing: Packing


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    A whole file.
    """

    account: Account
    http: HttpHabits
    certificates: CertificateHabits
    sts: StsHabits
    tgic: TgicHabits
    hub: HubHabits
    transfer: TransferHabits
    shipments: tuple[Shipment, ...]
    misbehaviours: tuple[Misbehaviour, ...]

    @property
    def demands_certificate(self) -> bool:
        """
        Whether the account proves itself in the TLS handshake.
        """
        by_tgic = self.account.login is LoginMethod.TGIC and self.tgic.proof is Proof.CERTIFICATE
        return by_tgic or self.account.login in {LoginMethod.CERTIFICATE, LoginMethod.TLS}

    @property
    def uses_certificates(self) -> bool:
        """
        Whether clients need a certificate at all.
        """
        return self.demands_certificate or self.account.login is LoginMethod.SIGNATURE
