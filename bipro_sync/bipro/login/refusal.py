"""Say why a login counts as refused, and what a person does about it; an insurer's text is never repeated."""

from __future__ import annotations

from collections.abc import Collection

from ..codes import CREDENTIALS, LOCKED, PASSWORD_EXPIRED, advice, spoken


def refusal(insurer: str, codes: Collection[str], http_status: int | None) -> tuple[str, str]:
    """
    Return the sentence that says why *insurer* gave no token, and what to do next.
    """
    known = set(codes)
    unblock = f"run `bipro-sync insurers unblock {insurer} --reason …`: until then this credential is not tried again."
    new = "where the configuration points; the next run tries a new credential, and this one never again by itself."
    if known & LOCKED:
        return (
            f"the account is locked ({', '.join(sorted(known & LOCKED))}); the portal's login may be locked with it.",
            f"Have the insurer unlock the account, then {unblock}",
        )
    if known & PASSWORD_EXPIRED:
        return (
            "the password has expired (00966).",
            f"Change it in the insurer's portal, store the new one {new}",
        )
    if known & CREDENTIALS:
        return (
            f"user name or password was refused ({', '.join(sorted(known & CREDENTIALS))}).",
            f"Check both in the insurer's portal, store the right ones {new}",
        )
    what = f"a fault, {spoken(codes)}" if codes else "neither a token nor a fault of the norm"
    check = advice(codes) or "Check the address, the release and the account with the insurer's support."
    return (
        f"HTTP status {http_status} with {what} came; it counts as refused, as a second try might lock the account.",
        f"{check}  Then {unblock}",
    )
