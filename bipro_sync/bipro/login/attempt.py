"""One login in the gate's eyes: noted before it is sent, concluded however it ends; it never judges an answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ...errors import BiproSyncError, LoginRefusedError, LoginUnknownError, TemporaryError, UnreachableError
from ...model.ports import LoginGate, LoginVerdict
from .credential import Credential


_VERDICTS: tuple[tuple[type[BiproSyncError], LoginVerdict], ...] = (
    (LoginRefusedError, LoginVerdict.REFUSED),
    (LoginUnknownError, LoginVerdict.UNKNOWN),
    (TemporaryError, LoginVerdict.TEMPORARY),
    (UnreachableError, LoginVerdict.NOT_SENT),
)
"""What an error of a judged call means; whatever else ends it leaves open whether it counted."""


@dataclass(slots=True)
class Attempt:
    """
    What is known of a login attempt.
    """

    verdict: LoginVerdict = LoginVerdict.NOT_SENT
    reason: str = "The login was not sent."

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """
        Surround the sending and judging; the block's end is what became of the attempt.
        """
        self.verdict, self.reason = LoginVerdict.UNKNOWN, "The login may have been sent; no answer was seen."
        try:
            yield
        except BiproSyncError as error:
            for kind, verdict in _VERDICTS:
                if isinstance(error, kind):
                    self.verdict, self.reason = verdict, error.message
            raise
        self.accept()

    def accept(self) -> None:
        """
        Take note of a success, whatever else follows.
        """
        self.verdict, self.reason = LoginVerdict.ACCEPTED, "The insurer accepted the login."


@contextmanager
def attempted(gate: LoginGate, credential: Credential) -> Iterator[Attempt]:
    """
    Ask the gate, and conclude the attempt however the block ends.

    Raises :class:`BreakerOpenError` before the block, and :class:`StorageError`.
    """
    gate.attempt(credential.identity, credential.secret, hub=credential.hub)
    attempt = Attempt()
    try:
        yield attempt
    finally:
        gate.conclude(attempt.verdict, attempt.reason)
