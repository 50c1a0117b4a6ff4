"""What the norm's Meldung codes mean, in our own words; a code decides, an insurer's text never does."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..model.shipment import Status


MEANINGS = {
    "00001": "not carried out, as data are missing or wrong",
    "00002": "not carried out, as the data are ambiguous",
    "00007": "the request does not fit the insurer's schema",
    "00008": "the request breaks a policy of the insurer's service",
    "00009": "the insurer does not offer this function",
    "00010": "a field was too long and has been cut",
    "00101": "data that were referred to have been used",
    "00102": "data that were referred to have been changed",
    "00103": "the documents asked for are not supported",
    "00104": "the process number is taken already",
    "00105": "received and noted, not yet decided",
    "00106": "an application has become a policy",
    "00107": "a binding offer was made",
    "00108": "this way of dispatch is not supported",
    "00109": "an endorsement was made",
    "00900": "the security header is missing or malformed",
    "00901": "no SOAP header was found",
    "00905": "no security header was found",
    "00906": "the security header is empty",
    "00907": "the security header is not admissible",
    "00908": "the security header holds no user name",
    "00909": "the security header holds no session's identifier",
    "00910": "the token's type is wrong or missing",
    "00911": "the request's type is wrong or missing",
    "00912": "no session to end was named",
    "00913": "the reference to the session is missing",
    "00914": "the reference to the session is incomplete",
    "00915": "the reference to the session has no address",
    "00916": "the sessions in header and body differ",
    "00917": "the security header holds no session",
    "00919": "the session's identifier is not a correct one",
    "00920": "the account is not entitled to this",
    "00930": "the service cannot be called",
    "00931": "the insurer's check of the request failed",
    "00932": "a technical error at the insurer",
    "00940": "a temporary trouble at the insurer",
    "00941": "the insurer could not make the token",
    "00942": "the insurer has no way of login stored for the user",
    "00943": "a technical error with the client's data",
    "00944": "the user's way of login is neither strong nor weak",
    "00945": "the user has no password there yet and must set one",
    "00946": "the insurer's issuer of tickets did not start",
    "00947": "the insurer could not make the ticket",
    "00948": "the insurer could not hand out the ticket",
    "00949": "a database error at the insurer",
    "00960": "not authenticated",
    "00961": "user name or password is wrong",
    "00962": "the session has ended",
    "00963": "time stamp or signature is wrong",
    "00964": "the account is locked",
    "00965": "the account was locked after too many wrong tries",
    "00966": "the password has expired",
    "01010": "a document that was asked for is not available",
    "04000": "the call succeeded",
    "04001": "no shipments",
    "04002": "confirmed shipments cannot be listed",
    "04003": "no shipment with this id",
    "04004": "this shipment cannot be acknowledged",
    "04005": "the category filter is not supported",
    "04006": "the shipment was available until an earlier date",
    "99999": "something for which the norm has no code",
}
"""Code to meaning, for every code that is known."""

_ADVICE = {
    "00007": "Check consumer_id, bipro_version and profile with the insurer: one of them does not fit its service.",
    "04005": 'Set list_category = "" for this insurer (or fewer digits: three at least).',
    "04002": 'Set confirmed_flag = "omit" for this insurer (or "false", if it demands the element).',
}
WRONG_ADDRESS = "If this lasts, check transfer_url and the release (bipro_version) with the insurer; nothing was lost."
"""What to do where something answers that is no service of the norm."""

UNKNOWN_ID = "04003"
NO_SHIPMENTS = "04001"

_SESSION = frozenset({"00960", "00962"})
_PASSWORD_OR_LOCK = frozenset({"00961", "00964", "00965", "00966"})
_OPEN = frozenset({"00932", "99999"})
"""Something broke, and nobody knows how far it had come."""
_REFERENCE = re.compile(r"[0-9A-Za-z:._-]{1,40}")
_MOST_REFERENCES = 3
_CODE = re.compile(r"[0-9]{5}")


def is_temporary(codes: Iterable[str]) -> bool:
    """
    Tell whether the insurer says itself that it is temporary: 00940 to 00949, and nothing about the user.
    """
    known = set(codes)
    return any(code.startswith("0094") for code in known) and not is_about_login(known)


def is_about_login(codes: Iterable[str]) -> bool:
    """
    Tell whether a code speaks of the credential, the session or the account: 00960 to 00969.
    """
    return any(code.startswith("0096") for code in codes)


def is_about_header(codes: Iterable[str]) -> bool:
    """
    Tell whether a code speaks of the security header, be it of the form or of what is in it: 00900 to 00919.
    """
    return any(code.startswith(("0090", "0091")) for code in codes)


def is_session_over(codes: Iterable[str]) -> bool:
    """
    Tell whether a transfer call failed for its token alone, so that a new one may be asked for.

    A code that speaks of the password or of a lock forbids it: another login could do harm.
    """
    return bool(set(codes) & _SESSION) and not refuses_login(codes)


def refuses_login(codes: Iterable[str]) -> bool:
    """
    Tell whether a transfer call failed because the password is wrong or must be changed, or the account is locked.
    """
    return bool(set(codes) & _PASSWORD_OR_LOCK)


def is_decided(codes: Iterable[str]) -> bool:
    """
    Tell whether the codes of a fault are a last word on what was asked for: they speak neither of a trouble on the
    way there, nor of the login.
    """
    known = printable(codes)
    on_the_way = _OPEN.intersection(known) or is_temporary(known) or is_about_login(known) or is_about_header(known)
    return bool(known) and not on_the_way


def advice(codes: Iterable[str]) -> str | None:
    """
    Return what a person changes where the codes show that the set-up is wrong, which no repetition mends.
    """
    return next((_ADVICE[code] for code in codes if code in _ADVICE), None)


def printable(codes: Iterable[str]) -> tuple[str, ...]:
    """
    Return the codes that are codes: five digits; what else an insurer writes there is not repeated.
    """
    return tuple(code for code in codes if _CODE.fullmatch(code))


def spoken(codes: Iterable[str]) -> str:
    """
    Return the codes with the meanings we know, for a sentence; empty codes say so.
    """
    shown = printable(codes)
    if not shown:
        return "without a code of the norm"
    return ", ".join(f"{code} ({MEANINGS[code]})" if code in MEANINGS else code for code in shown)


def references(status: Status | None) -> str:
    """
    Return a sentence with the references that the insurer's support asks for, empty without any.
    """
    shown = reference_of(status)
    return f"For the insurer's support: reference {shown}." if shown else ""


def reference_of(status: Status | None) -> str:
    """
    Return the references (Identifikationsnummer) that the insurer's support asks for, empty without any.

    Only what looks like one is repeated: it is the insurer's free text, and could name a customer.
    """
    given = dict.fromkeys(message.reference for message in status.messages) if status is not None else ()
    shown = [each for each in given if _REFERENCE.fullmatch(each)][:_MOST_REFERENCES]
    return ", ".join(shown)
