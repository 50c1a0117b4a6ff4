"""Who is told how a pull goes on, by several threads at once; the telling changes nothing."""

from __future__ import annotations

from ..catalog import Entry


class InsurerProgress:
    """
    Is told how the pull of one insurer goes on; this one keeps silent.
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


class Progress:
    """
    Is told which insurers are pulled; this one keeps silent.
    """

    def insurer(self, name: str) -> InsurerProgress:  # noqa: ARG002 - for listeners that have something to say
        """
        The pull of an insurer begins; what is returned is told how it goes on.
        """
        return InsurerProgress()
