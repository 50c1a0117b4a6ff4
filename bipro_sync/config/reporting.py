"""The table that says where pages for the people of the office are written to."""

from __future__ import annotations

from .section import Section
from .values import AbsolutePathOrNothing


class ReportsSection(Section):
    """
    The *directory* that reports are written to after each run (empty: none), and whether the worklist is, too.

    Reports hold figures and ids, the worklist's page customers' numbers.
    """

    directory: AbsolutePathOrNothing = ""
    inbox: bool = False
