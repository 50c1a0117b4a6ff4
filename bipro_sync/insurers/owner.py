"""Whose a personal certificate is, and who may not use it; a certificate of the house is everybody's."""

from __future__ import annotations

from .insurer import Insurer


def owner_objection(insurer: Insurer, principal: str | None, scheduled: bool) -> str | None:
    """
    Say why *principal* (a key of `[users]`; None: nobody of them) may not log in to *insurer*; None: they may.

    A schedule is nobody; it is warned about by :func:`owner_warning` and not refused.
    """
    if not insurer.has_personal_certificate or scheduled or principal == insurer.auth.owner:
        return None
    who = principal or "somebody who is not in [users]"
    return (
        f"The certificate of {insurer.name} is personal to {insurer.auth.owner}, so {who} may not use it; "
        "nothing was sent."
    )


def owner_warning(insurer: Insurer, scheduled: bool) -> str | None:
    """
    Say that a schedule uses a certificate that belongs to one person; None: it does not.
    """
    if not (insurer.has_personal_certificate and scheduled):
        return None
    return (
        f"A schedule logs in to {insurer.name} with the personal certificate of {insurer.auth.owner}, who answers for "
        "each call; ask the insurer for a certificate of the house."
    )
