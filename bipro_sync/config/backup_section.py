"""`[backup]`: where copies of the whole archive lie, and for whom they are encrypted."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .section import Section
from .values import AbsolutePathOrNothing, AgeRecipient, Reference


class BackupSection(Section):
    """
    The directory of the backups, how many are kept, and what they are encrypted with, if with anything.

    With a *recipient* only the key that is kept elsewhere opens them; with a *passphrase* whoever knows that does.
    """

    directory: AbsolutePathOrNothing = ""
    keep: Annotated[int, Field(ge=1)] = 30
    recipient: AgeRecipient | None = None
    passphrase: Reference | None = None
