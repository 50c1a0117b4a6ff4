"""Say why a login counts as refused, and what a person does about it; an insurer's text is never repeated."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..codes import advice, printable, spoken


_COUNTS = "it counts as refused, as a second try might lock the account."
_STORE = "store the right one where the configuration points"


@dataclass(frozen=True, slots=True)
class Reason:
    """
    Why a login counts as refused: a sentence and what to do.

    Both may name the *credential*, the *codes* and their *meanings*, and the HTTP *status*.
    *replaced* says that another credential is the cure; else an operator unblocks this one.
    """

    sentence: str
    advice: str
    replaced: bool = False


CERTIFICATE_REFUSED = Reason(
    "the insurer's server refused the certificate when the connection was made.",
    "Ask the insurer whether it knows this certificate (`bipro-sync insurers show` tells its serial number) and "
    "whether it was revoked.",
)
CERTIFICATE_DEMANDED = Reason(
    "the insurer's server demands a client certificate, and this login shows none; " + _COUNTS,
    'Ask the insurer for a certificate and set auth.method = "certificate", or check the address.',
)
ONE_TIME_PASSWORD = Reason(
    "the service asks for a one-time password that a person would have to type, which is not supported; " + _COUNTS,
    "Have a certificate, or a user that needs no one-time password, given to this installation.",
)

_BY_CODE = (
    (
        ("00965",),
        Reason(
            "the insurer has locked the account after too many wrong logins ({codes}); the portal's login may be "
            "locked with it.",
            "Have the account unlocked, and find out what else logs in with a wrong credential.",
        ),
    ),
    (
        ("00964",),
        Reason(
            "the account is locked ({codes}); the portal's login may be locked with it.",
            "Have the insurer unlock the account.",
        ),
    ),
    (
        ("00966",),
        Reason(
            "the password has expired or must be changed first, as an initial one must ({codes}).",
            f"Change it in the insurer's portal, and {_STORE}.",
            replaced=True,
        ),
    ),
    (
        ("00961",),
        Reason(
            "{credential} was refused ({codes}).", f"Check it in the insurer's portal, and {_STORE}.", replaced=True
        ),
    ),
    (
        ("00963",),
        Reason(
            "the time stamp or the signature of the login was not accepted ({codes}).",
            "Compare this machine's clock with the true time, and ask the insurer whether it knows the certificate.",
        ),
    ),
    (
        ("00962",),
        Reason(
            "the insurer calls a session ended where the login asked for a new one ({codes}).",
            "Check sts_url and the profile with the insurer's support: it may expect another form of login.",
        ),
    ),
    (
        ("00960",),
        Reason(
            "the insurer did not authenticate the account ({codes}): {credential} may be wrong, or the account "
            "lacks the right to BiPRO services.",
            f"Check both in the insurer's portal, and {_STORE}.",
            replaced=True,
        ),
    ),
    (
        ("00931",),
        Reason(
            "the login's body did not pass the insurer's check ({codes}); " + _COUNTS,
            "Check the profile and the release of the login service with the insurer's support.",
        ),
    ),
    (
        ("00932",),
        Reason(
            "the insurer met a technical error at the login and does not call it temporary ({codes}); " + _COUNTS,
            "Ask the insurer's support what happened.",
        ),
    ),
    (
        ("0093",),
        Reason(
            "the insurer's login service cannot be called like this ({codes}); " + _COUNTS,
            "Check sts_url with the insurer's support: it may be another service's address.",
        ),
    ),
    (
        ("0090", "0091", "0092"),
        Reason(
            "the insurer objects to the login's security header: {meanings}; " + _COUNTS,
            "Check auth.method and the profile with the insurer's support: it may expect another kind of login.",
        ),
    ),
)
"""By the beginnings of codes; the first that fits is what a person has to know."""

_BY_STATUS = {
    401: Reason(
        "the insurer's server did not accept {credential} (HTTP 401), and no service of the norm said why; " + _COUNTS,
        "Check {credential} and the address with the insurer's support.",
    ),
    403: Reason(
        "the insurer's server forbids this login (HTTP 403), and no service of the norm said why; " + _COUNTS,
        "Ask the insurer's support what it forbids: {credential}, this account, or this network.",
    ),
}


def reason_of(codes: Collection[str], http_status: int | None) -> Reason:
    """
    Return the reason that the codes of a fault give, else the HTTP status.
    """
    for beginnings, reason in _BY_CODE:
        if any(code.startswith(beginnings) for code in printable(codes)):
            return reason
    if not codes and http_status in _BY_STATUS:
        return _BY_STATUS[http_status]
    what = "a fault, {meanings}," if codes else "neither a token nor a fault of the norm"
    return Reason(
        f"HTTP status {{status}} with {what} came; {_COUNTS}",
        advice(codes) or "Check the address, the release and the account with the insurer's support.",
    )


def refusal(
    reason: Reason,
    insurer: str,
    *,
    codes: Collection[str] = (),
    http_status: int | None = None,
    credential: str = "user name or password",
    unlock_contact: str = "",
    note: str = "",
) -> tuple[str, str]:
    """
    Return the sentence that says why *insurer* gave no token, and what to do next and with whom.
    """
    facts = {"credential": credential, "codes": ", ".join(printable(codes)), "meanings": spoken(codes)}
    sentence, cure = (text.format(status=http_status, **facts) for text in (reason.sentence, reason.advice))
    if reason.replaced:
        after = (
            "The next run tries a new credential, unless this was the second refusal in a row, and this one never "
            "again by itself."
        )
    else:
        after = (
            f"Then run `bipro-sync insurers unblock {insurer} --reason …`: until then this credential is not tried "
            "again."
        )
    contact = f"Whom to ask: {unlock_contact}" if unlock_contact else ""
    return sentence, "  ".join(filter(None, (cure, contact, after, note)))
