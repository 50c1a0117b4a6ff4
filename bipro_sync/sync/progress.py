"""Who is told how a pull goes on; the telling changes nothing."""

from __future__ import annotations

from ..catalog import Entry


class Progress:
    """
    Is told how a pull goes on; this one keeps silent.
    """

    def insurer(self, name: str) -> None:
        """
        The pull of an insurer begins.
        """

    def planned(self, shipments: int) -> None:
        """
        So many shipments will be worked on, in all; told again with each further list.
        """

    def waiting(self, seconds: float) -> None:
        """
        The insurer is given so much rest before a call to it is repeated.
        """

    def done(self, entry: Entry) -> None:
        """
        One of them is through.
        """
