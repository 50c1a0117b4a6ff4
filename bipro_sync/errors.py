"""Every way in which bipro-sync can fail, as one tree; it must never carry a secret or a customer's data.

::

    BiproSyncError                       1   unexpected, a bug unless a subclass says otherwise
    ├── UsageError                       2
    ├── ConfigurationError              10
    ├── BusyError                       11   another run holds this insurer's account
    ├── LoginError                      12
    │   ├── LoginRefusedError                the insurer said no; never repeated
    │   ├── LoginUnknownError                bytes were sent, and no answer of the insurer came
    │   ├── CredentialMissingError
    │   └── BreakerOpenError                 an earlier refusal forbids this attempt
    ├── InsurerError                    13
    │   ├── UnreachableError                 no connection, or it broke
    │   ├── TemporaryError                   00940-00949, HTTP 429 and 503 (and 502, 504 but for a login)
    │   ├── RejectedError                    an answer of the norm that says no
    │   │   ├── FaultError                   a SOAP fault
    │   │   ├── NotOkError                   an answer with StatusID NOK
    │   │   └── MissingRightError        3   the account lacks the right to this kind of delivery
    │   └── ProtocolError                    not an answer of the norm
    │       ├── FramingError                 HTTP, MIME or base64 framing is broken or cut
    │       ├── MissingPartError             a file is announced and not there
    │       └── RefusedXmlError              DOCTYPE, too deep, too many, too large
    ├── StorageError                    14
    │   ├── DiskFullError
    │   ├── ReserveReachedError              a big delivery would eat the space kept for mail
    │   ├── CatalogueMissingError
    │   └── CatalogueDamagedError
    ├── SecondCopyError                 14   the second copy, not the archive: only what waits for it is held up
    ├── AnchorError                      3   a checkpoint did not reach an anchor; nothing else is held up
    ├── AlertError                       3   nobody could be told of something; nothing else is held up
    ├── HandoverError                    3   a target did not take what is handed over; nothing else is held up
    ├── IntegrityError                  15
    ├── NotPermittedError               17
    ├── InterruptedRunError            130
    └── TerminatedRunError             143

Two exit codes are answers rather than errors: 3 (a shipment of this run needs a person's eye; of the errors, a missing
right, an anchor out of reach and an alert that reached nobody alone end so) and 16 (`status --max-age`: nothing for too
long).

Messages are one clear sentence for the person who reads them at night: what happened, to which
shipment, what was kept safe.  The hint says what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum, IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """
    What the process tells cron, systemd and monitoring.
    """

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    PARTIAL = 3
    CONFIGURATION = 10
    BUSY = 11
    LOGIN = 12
    INSURER = 13
    STORAGE = 14
    INTEGRITY = 15
    STALE = 16
    NOT_PERMITTED = 17
    INTERRUPTED = 130
    TERMINATED = 143


class Retry(Enum):
    """
    What repeating the same thing would do.
    """

    HELPS = "helps"
    """The cause is temporary: the next run will try again by itself."""
    USELESS = "useless"
    """The same will happen again until somebody changes something."""
    FORBIDDEN = "forbidden"
    """A repetition does harm: it may lock an account or hide a loss."""


class Family(Enum):
    """
    Where on a shipment's way it went wrong; summaries count by it.
    """

    GENERAL = "GENERAL"
    CONFIG = "CONFIG"
    STS = "STS"
    LIST = "LIST"
    GET = "GET"
    ACK = "ACK"
    STORE = "STORE"
    AUDIT = "AUDIT"


_SEVERITY = (
    ExitCode.TERMINATED,
    ExitCode.INTERRUPTED,
    ExitCode.UNEXPECTED,
    ExitCode.INTEGRITY,
    ExitCode.STORAGE,
    ExitCode.LOGIN,
    ExitCode.NOT_PERMITTED,
    ExitCode.CONFIGURATION,
    ExitCode.INSURER,
    ExitCode.BUSY,
    ExitCode.STALE,
    ExitCode.PARTIAL,
    ExitCode.USAGE,
    ExitCode.OK,
)


def most_severe(codes: Iterable[int]) -> ExitCode:
    """
    Return the one exit code that stands for several: 15 > 14 > 12 > 17 > 10 > 13 > 11 > 16 > 3 > 0.
    """
    present = set(codes)
    return next((code for code in _SEVERITY if code in present), ExitCode.OK)


class BiproSyncError(Exception):
    """
    The base of all; raised directly only where no subclass fits.

    *message* is one sentence for a person, *hint* says what to do next (the class has a default), *code*
    is a stable word for programs.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.UNEXPECTED
    retry: ClassVar[Retry] = Retry.USELESS
    code: str = "unexpected"
    hint: str = "This looks like a bug; please report it with the command and the version."
    family: Family = Family.GENERAL

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        code: str | None = None,
        family: Family | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if hint is not None:
            self.hint = hint
        if code is not None:
            self.code = code
        if family is not None:
            self.family = family

    def as_json(self) -> dict[str, str]:
        """
        Return the `error` object of the JSON outputs: code, message, hint.
        """
        return {"code": self.code, "message": self.message, "hint": self.hint}


def worst(errors: Sequence[Exception]) -> Exception:
    """
    Return the error that stands for several: a bug before everything else, then by severity, then the first.
    """
    ours = [error for error in errors if isinstance(error, BiproSyncError)]
    if len(ours) < len(errors):
        return next(error for error in errors if not isinstance(error, BiproSyncError))
    code = most_severe(error.exit_code for error in ours)
    return next(error for error in ours if error.exit_code == code)


def unexpected(error: Exception) -> BiproSyncError:
    """
    Return the error of ours that stands for a bug; its text may hold a customer's data and is kept as the cause only.
    """
    bug = BiproSyncError(f"unexpected: {type(error).__name__}")
    bug.__cause__ = error
    return bug


class UsageError(BiproSyncError):
    """
    The command line asks for something that does not exist.
    """

    exit_code = ExitCode.USAGE
    code = "usage"
    hint = "See --help."


class ConfigurationError(BiproSyncError):
    """
    The configuration cannot be used; *problems* lists every reason found, not only the first.
    """

    exit_code = ExitCode.CONFIGURATION
    code = "configuration"
    hint = "Run `bipro-sync config check`, which lists all problems at once."
    family = Family.CONFIG

    def __init__(
        self,
        message: str,
        *,
        problems: Iterable[str] = (),
        hint: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.problems = tuple(problems)


class BusyError(BiproSyncError):
    """
    Another run holds this insurer's account (invariant I6); nothing was sent.
    """

    exit_code = ExitCode.BUSY
    retry = Retry.HELPS
    code = "busy"
    hint = "Nothing to do: the other run does the work."


class LoginError(BiproSyncError):
    """
    No login, and a repetition could lock the account (invariant I7).
    """

    exit_code = ExitCode.LOGIN
    retry = Retry.FORBIDDEN
    code = "login"
    hint = "Do not try again before the cause is found; `bipro-sync insurers show NAME` tells what is known."
    family = Family.STS


class LoginRefusedError(LoginError):
    """
    The insurer refused the credential; it is not used again.
    """

    code = "login-refused"


class LoginUnknownError(LoginError):
    """
    The login was sent and no answer of the insurer came: it may have counted.
    """

    code = "login-unknown"


class CredentialMissingError(LoginError):
    """
    A secret's source holds nothing; nothing was sent.
    """

    code = "credential-missing"
    retry = Retry.USELESS


class BreakerOpenError(LoginError):
    """
    An earlier refusal forbids this attempt; nothing was sent.
    """

    code = "breaker-open"


class InsurerError(BiproSyncError):
    """
    The insurer cannot be reached or answers with a fault; nothing was lost.
    """

    exit_code = ExitCode.INSURER
    retry = Retry.HELPS
    code = "insurer"
    hint = "The next run tries again; if this lasts for a day, call the insurer's support."


class UnreachableError(InsurerError):
    """
    No connection, or it broke.  *sent* is False only where surely no byte of the request left.
    """

    code = "unreachable"

    def __init__(self, message: str, *, sent: bool, hint: str | None = None, family: Family | None = None) -> None:
        super().__init__(message, hint=hint, family=family)
        self.sent = sent


class TemporaryError(InsurerError):
    """
    The insurer says itself that it is temporary; *retry_after* is the rest in seconds that it asks for, if any.

    Not *sent*: the rest that it had asked for before was not over, and the call was not made.
    """

    code = "temporary"

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        sent: bool = True,
        hint: str | None = None,
        family: Family | None = None,
    ) -> None:
        super().__init__(message, hint=hint, family=family)
        self.retry_after = retry_after
        self.sent = sent


class RejectedError(InsurerError):
    """
    An answer of the norm that says no; *codes* are its Meldung codes, possibly none.
    """

    code = "rejected"

    def __init__(
        self,
        message: str,
        *,
        codes: tuple[str, ...] = (),
        hint: str | None = None,
        family: Family | None = None,
    ) -> None:
        super().__init__(message, hint=hint, family=family)
        self.codes = codes


class FaultError(RejectedError):
    """
    A SOAP fault.
    """

    code = "fault"


class NotOkError(RejectedError):
    """
    A well-formed answer whose StatusID is NOK.
    """

    code = "not-ok"


class MissingRightError(RejectedError):
    """
    The account is known and lacks the right to what was asked for; no login was refused, and nothing is counted.
    """

    exit_code = ExitCode.PARTIAL
    code = "missing-right"
    hint = "Have the right granted in the insurer's portal; the next run tries again by itself."


class ProtocolError(InsurerError):
    """
    What came is not an answer of the norm: HTML, an unknown shape, no StatusID.
    """

    code = "protocol"


class FramingError(ProtocolError):
    """
    The answer is cut or its HTTP, MIME or base64 framing is broken.
    """

    code = "framing"


class MissingPartError(ProtocolError):
    """
    The answer announces a file that is not in it.
    """

    code = "missing-part"


class RefusedXmlError(ProtocolError):
    """
    XML that no honest insurer sends: a DOCTYPE, too deep, too many, too large.
    """

    code = "refused-xml"


class StorageError(BiproSyncError):
    """
    The disk, a file or the catalogue failed; nothing was acknowledged because of it (invariant I5).
    """

    exit_code = ExitCode.STORAGE
    code = "storage"
    hint = "Nothing unstored was acknowledged.  Mend the storage, then pull again."
    family = Family.STORE


class DiskFullError(StorageError):
    """
    No space, no inodes or a quota is reached.
    """

    code = "disk-full"
    hint = "Nothing unstored was acknowledged.  Free some space, then pull again."


class ReserveReachedError(StorageError):
    """
    A big delivery was stopped before it took the space kept for mail; everything else goes on.
    """

    code = "reserve-reached"
    hint = "The delivery stays at the insurer.  Free some space, or lower [archive] reserve."


_REBUILD = "`bipro-sync archive rebuild` makes the catalogue again from them and the audit log."


class CatalogueMissingError(StorageError):
    """
    Shipments are stored and the catalogue is gone: it is never silently begun anew.
    """

    code = "catalogue-missing"
    hint = f"The stored shipments are untouched.  {_REBUILD}"


class CatalogueDamagedError(StorageError):
    """
    The catalogue is not a readable database, or is of another version.
    """

    code = "catalogue-damaged"
    hint = f"The stored shipments are untouched.  {_REBUILD}"


class SecondCopyError(BiproSyncError):
    """
    The second copy cannot be used.

    The archive is sound, so this is no :class:`StorageError`: fetching and storing go on (invariant I5).
    """

    exit_code = ExitCode.STORAGE
    retry = Retry.HELPS
    code = "second-copy"
    hint = (
        "What was fetched is stored, and nothing that waits for its copy was acknowledged.  Mount or mend the copy; "
        "the next pull makes up for it."
    )
    family = Family.STORE


class AnchorError(BiproSyncError):
    """
    A checkpoint of the audit log did not reach an anchor; it is signed and kept, and brought there later.
    """

    exit_code = ExitCode.PARTIAL
    retry = Retry.HELPS
    code = "anchor"
    hint = "The next run tries again.  A log that nothing outside of this machine vouches for proves less."
    family = Family.AUDIT


class AlertError(BiproSyncError):
    """
    A mail server or a webhook did not take an alert; what it was about is told again after the next run.
    """

    exit_code = ExitCode.PARTIAL
    retry = Retry.HELPS
    code = "alert"
    hint = "See to what is said, then try `bipro-sync alert test`; what is owed is told after the next run."


class HandoverError(BiproSyncError):
    """
    A target of the hand-over did not take something; everything is stored, and what is owed is handed over later.
    """

    exit_code = ExitCode.PARTIAL
    retry = Retry.HELPS
    code = "handover"
    hint = "See to what is said; what is owed is handed over after the next run, or by `bipro-sync handover run`."


class IntegrityError(BiproSyncError):
    """
    Something that must never change has changed.
    """

    exit_code = ExitCode.INTEGRITY
    retry = Retry.FORBIDDEN
    code = "integrity"
    hint = "Keep everything as it is, and compare with the last backup before anything else."


class NotPermittedError(BiproSyncError):
    """
    This person, role or insurer may not do this now; nothing was sent.
    """

    exit_code = ExitCode.NOT_PERMITTED
    code = "not-permitted"
    hint = "Ask the person who answers for this installation."


class InterruptedRunError(BiproSyncError):
    """
    Ctrl-C; the shipment in hand keeps a clean state.
    """

    exit_code = ExitCode.INTERRUPTED
    retry = Retry.HELPS
    code = "interrupted"
    hint = "The next run goes on where this one stopped."


class TerminatedRunError(InterruptedRunError):
    """
    SIGTERM; the shipment in hand keeps a clean state.
    """

    exit_code = ExitCode.TERMINATED
    code = "terminated"
