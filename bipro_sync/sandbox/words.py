"""The words a scenario is written in, as closed sets; each word is written as its value here and never otherwise."""

from __future__ import annotations

from enum import StrEnum


class Operation(StrEnum):
    """
    The calls that are answered.
    """

    LOGIN = "login"
    LIST = "listShipments"
    GET = "getShipment"
    ACKNOWLEDGE = "acknowledgeShipment"
    VALIDATE = "validate"
    CANCEL = "cancel"
    TGIC = "tgic"
    HUB = "hub"
    CLOCK = "clock"


class Action(StrEnum):
    """
    What can go wrong, in the order of a call's life.
    """

    STALL = "stall"
    """Nothing for `seconds` (30), then on."""
    CLOSE = "close"
    """The connection ends, nothing was done."""
    STATUS = "status"
    """HTTP `status` (503); `retry_after` seconds (as a date with `retry_after_date = true`) and `location` if given."""
    HTML = "html"
    """A web page with `status` (200)."""
    FAULT = "fault"
    """A SOAP fault with `codes` (none); with `detail = false` without BiproException."""
    NOK = "nok"
    """StatusID NOK with `code` (04003)."""
    CLOCK_JUMP = "clock-jump"
    """The insurer's clock goes on by `seconds` (30) for good."""
    FORGET_TOKENS = "forget-tokens"
    """All sessions become invalid, and all assertions."""
    LOCK = "lock"
    """The account is locked for good."""
    VANISH = "vanish"
    """The shipment is gone, as if somebody else had acknowledged it."""
    RELIST = "relist"
    """Acknowledged shipments are listed again."""
    WRONG_COUNT = "wrong-count"
    """AnzahlTransfers says `count` (99)."""
    OTHER_ID = "other-id"
    """The answer brings the ID `id` (SOMETHING-ELSE)."""
    OTHER_BYTES = "other-bytes"
    """The same ID with another content."""
    WRONG_CHECKSUM = "wrong-checksum"
    """Pruefsumme (SHA1 where none was asked for) does not fit."""
    MISSING_PART = "missing-part"
    """A file is announced and its part is not there."""
    WRONG_PART = "wrong-part"
    """The part comes under another Content-ID than announced."""
    DOCTYPE = "doctype"
    """The XML begins with a DOCTYPE."""
    TRUNCATE = "truncate"
    """The share `keep` (0.5) of the body comes; with `clean = true` as if that were all."""
    DRIP = "drip"
    """The body comes with `rate` (100) bytes a second."""
    DRIP_HEADERS = "drip-headers"
    """The head comes with `rate` (100) bytes a second, the body after it at once."""
    RESET = "reset"
    """The connection is reset after `after` (0) bytes of the answer, its head included."""
    LOSE_ANSWER = "lose-answer"
    """It was done, and the connection ends without an answer."""


class LoginMethod(StrEnum):
    """
    How the account proves itself.
    """

    PASSWORD = "password"  # noqa: S105  a word of the scenario
    CERTIFICATE = "certificate"
    SIGNATURE = "signature"
    TLS = "tls"
    TGIC = "tgic"


class Proof(StrEnum):
    """
    What the central service wants to see beside the user id.
    """

    PASSWORD = "password"  # noqa: S105  a word of the scenario
    CERTIFICATE = "certificate"


class Refuse(StrEnum):
    """
    Where a missing or wrong client certificate is refused.
    """

    HTTP = "http"
    TLS = "tls"


class TlsVersion(StrEnum):
    """
    The versions of TLS that are spoken.
    """

    ANY = "any"
    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


class MissingRight(StrEnum):
    """
    How a call is refused for which the account has no right.
    """

    FAULT = "fault-00920"
    NOK = "nok-00920"
    FORBIDDEN = "http-403-fault"


class SoapAction(StrEnum):
    """
    What is demanded of the header SOAPAction.
    """

    ANY = "any"
    STRICT = "strict"


class LoginForm(StrEnum):
    """
    The forms of RequestSecurityToken in use.
    """

    ANY = "any"
    STANDARD = "standard"
    RELEASE_2_1 = "2.1.x"
    VEMA = "vema"


class Lifetime(StrEnum):
    """
    How a token's times are written.
    """

    UTC = "utc"
    OFFSET = "offset"
    LOCAL = "local"
    BLANK = "blank"
    ABSENT = "absent"


class Prefixes(StrEnum):
    """
    The sets of prefixes seen on the wire.
    """

    TRAN = "tran"
    T = "t"
    XF = "xf"


class Order(StrEnum):
    """
    In which order shipments are listed.
    """

    SCENARIO = "scenario"
    REVERSED = "reversed"
    SHUFFLED = "shuffled"


class CategoryFilter(StrEnum):
    """
    What KategorieDerLieferung leads to.
    """

    ACCEPT = "accept"
    REFUSE = "refuse"
    COARSE = "coarse"


class ConfirmedFlag(StrEnum):
    """
    What BestaetigeLieferungen leads to.
    """

    ALSO = "also"
    ONLY = "only"
    REFUSE = "refuse"
    IGNORED = "ignored"
    FORBIDDEN = "forbidden"


class Acknowledged(StrEnum):
    """
    What an acknowledgement does to the shipment.
    """

    DELETE = "delete"
    KEEP = "keep"


class RepeatedAck(StrEnum):
    """
    What a second acknowledgement is answered with.
    """

    UNKNOWN_ID = "04003"
    REFUSED = "04004"
    OK = "ok"


class Algorithm(StrEnum):
    """
    The checksums of the norm, and none.
    """

    NONE = ""
    MD5 = "MD5"
    SHA1 = "SHA1"
