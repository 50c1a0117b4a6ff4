"""The breaker: it lets no login follow a refusal with the same credential, and never a third attempt (invariant I7).

Insurers lock an account, portal included, at the third wrong password, and people's own typing errors count
there too.  So each attempt is noted durably *before* it is sent, in a file of its own that survives a lost
catalogue; an attempt whose end nobody saw counts as a strike, because it may be one at the insurer.

Where a hub stands before the insurer, its key is a credential too: all strikes of an account count together, and a
success ends those of its own side only.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from ..archive import Layout, read_state
from ..audit import AuditLog, Record, RecordType, all_told
from ..durable import read_whole, replace
from ..errors import BreakerOpenError
from ..model.ports import Clock, LoginVerdict, Operation, Outcome
from ..model.secret import Secret
from .holding import held


MOST_STRIKES = 2
"""Refused or unanswered logins after which only an operator opens the way again."""

RESTORED = "restored"
"""How the record of an opening says that a backup was restored."""

PAUSE = timedelta(minutes=15)
"""How long a login whose answer never came keeps the next one waiting."""

_LOGINS = frozenset({Operation.ISSUE, Operation.HUB})
"""Calls that are logins, whatever their end; any other call is one where the insurer refuses the account by it."""

_UNSEEN = frozenset({Outcome.UNKNOWN, Outcome.STORAGE})
"""Outcomes of a login of which the insurer may think otherwise."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """
    One login that did not succeed: when, why, which credential (a salted scrypt digest; None: not known), and
    whether it was a hub's.
    """

    at: datetime
    reason: str
    fingerprint: str | None
    answered: bool
    hub: bool = False


class BreakerState(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the file holds.

    *refusals* are those since the last success or unblocking; *pending* is an attempt that was noted and not yet
    concluded; *log_seq* is the last record of the audit log that is taken into account.  *restored* says when an older
    backup was restored, since when nobody knows what was refused before.
    """

    account: str
    salt: str
    refusals: tuple[Refusal, ...] = ()
    pending: Refusal | None = None
    log_seq: int = 0
    restored: datetime | None = None

    @property
    def strikes(self) -> int:
        """
        How many logins were refused or stayed unanswered.
        """
        return len(self.refusals)

    def objection(self, fingerprint: str | None, now: datetime) -> str | None:
        """
        Return why a login with this credential must not be sent now, or None; None as fingerprint means any.
        """
        if self.restored:
            return (
                f"a backup was restored at {self.restored:%Y-%m-%d %H:%M} UTC, and what was refused since "
                "that backup was made is not known here"
            )
        if self.strikes >= MOST_STRIKES:
            return f"{self.strikes} logins in a row were refused or stayed unanswered; a third could lock the account"
        for refusal in self.refusals:
            if refusal.answered and fingerprint is not None and refusal.fingerprint in (fingerprint, None):
                return f"this credential was refused at {refusal.at:%Y-%m-%d %H:%M} UTC ({refusal.reason})"
            if not refusal.answered and now - refusal.at < PAUSE:
                return (
                    f"the login sent at {refusal.at:%Y-%m-%d %H:%M} UTC was never answered; it may have counted, so "
                    f"none follows within {PAUSE // timedelta(minutes=1)} minutes"
                )
        return None


_DECODER = msgspec.json.Decoder(BreakerState)


def breaker_state(layout: Layout, account: str) -> BreakerState:
    """
    Return an account's state: what its file holds, and what the audit log knows since the file was written.

    So a file that is lost or restored from a backup, and a run that died before it could note a refusal, forget
    nothing.  An attempt of which the log knows no end is a strike.
    """
    path = _file(layout, account)
    kept = read_state(
        path,
        _DECODER,
        problem=f"The breaker file {path} cannot be read, so no login of {account} is safe.",
        hint="Restore it from a backup, or remove it: the audit log stands in for it then.",
    )
    state = kept or BreakerState(account=account, salt=secrets.token_hex(16))
    return _with_the_log(state, all_told(layout.audit, after=state.log_seq))


def _file(layout: Layout, account: str) -> Path:
    return layout.breakers / f"{account}.json"


def _with_the_log(state: BreakerState, records: Iterable[Record]) -> BreakerState:
    # From the logins themselves: the record of an opening is written last, and a crash may have prevented it.
    logins: dict[str | None, Refusal] = {}
    others = set()
    for record in records:
        if record.account != state.account:
            continue
        login = logins.get(record.call)
        state = _after_a_restore(state, record)
        if record.type == RecordType.BREAKER_CLOSED:
            state, logins = msgspec.structs.replace(state, refusals=(), pending=None, restored=None), {}
        elif record.type == RecordType.CALL_INTENT and record.operation in _LOGINS:
            # The attempt is noted just before its login, so the first login is the one that was pending.
            logins[record.call] = _refusal_of(record, state.pending, answered=False)
            state = msgspec.structs.replace(state, pending=None)
        elif record.type == RecordType.CALL_INTENT:
            others.add(record.call)
        elif record.outcome == Outcome.REFUSED and (login or record.call in others):
            # A call announced before the file was written was concluded in it.
            logins[record.call] = _refusal_of(record, login or state.pending, answered=True)
            state = msgspec.structs.replace(state, pending=None)
        elif login and record.outcome == Outcome.OK:
            state = _ended(state, hub=login.hub)
            logins = {call: other for call, other in logins.items() if other.hub is not login.hub}
        elif login and record.outcome not in _UNSEEN:
            del logins[record.call]
        if record.type == RecordType.CALL_OUTCOME:
            others.discard(record.call)
    return _struck(msgspec.structs.replace(state, pending=None), *logins.values(), *filter(None, [state.pending]))


def _after_a_restore(state: BreakerState, record: Record) -> BreakerState:
    if record.type == RecordType.BREAKER_OPEN and record.outcome == RESTORED:
        return msgspec.structs.replace(state, restored=datetime.fromisoformat(record.ts))
    return state


class Breaker:
    """
    One account's breaker; the :class:`~bipro_sync.model.ports.LoginGate` of a pull.

    *log* is the audit log in which each opening and closing stands; *unlock_contact* is who opens a locked account.
    """

    def __init__(
        self, layout: Layout, account: str, *, insurer: str, log: AuditLog, clock: Clock, unlock_contact: str = ""
    ) -> None:
        self._layout = layout
        self._path = _file(layout, account)
        self._account = account
        self._insurer = insurer
        self._log = log
        self._clock = clock
        self._unlock_contact = unlock_contact

    def state(self) -> BreakerState:
        """
        Return the state as it is on disk, an unfinished attempt counted.
        """
        return breaker_state(self._layout, self._account)

    def attempt(self, identity: str, secret: Secret, *, hub: bool) -> None:
        """
        Note the attempt durably before it is sent.  Raises :class:`~bipro_sync.errors.BreakerOpenError`, recorded.
        """
        state = self.state()
        fingerprint = _fingerprint(state.salt, identity, secret)
        now = self._clock.now()
        if objection := state.objection(fingerprint, now):
            self._log.write(
                RecordType.ACCESS_REFUSED,
                insurer=self._insurer,
                account=self._account,
                operation="login",
                outcome=BreakerOpenError.code,
                detail=objection,
            )
            unlocks = f"  Who unlocks it: {self._unlock_contact}" if self._unlock_contact else ""
            raise BreakerOpenError(
                f"No login at {self._insurer} was tried: {objection}.",
                hint="Find out why (was the password changed in the portal?  is the account locked?) and store the "
                f"right credential.  `bipro-sync insurers unblock {self._insurer} --reason …` allows logins again."
                f"{unlocks}",
            )
        pending = Refusal(at=now, reason="no answer was seen", fingerprint=fingerprint, answered=False, hub=hub)
        self._write(msgspec.structs.replace(state, pending=pending))

    def conclude(self, verdict: LoginVerdict, reason: str) -> None:
        """
        Note durably what became of the attempt, and write openings and closings into the audit log.
        """
        state = _DECODER.decode(read_whole(self._path))
        if state.pending is None:
            raise ValueError("no login attempt is under way")
        finished = msgspec.structs.replace(state, pending=None)
        reason = _clause(reason, self._insurer)
        if verdict in {LoginVerdict.REFUSED, LoginVerdict.UNKNOWN}:
            refusal = msgspec.structs.replace(
                state.pending, reason=reason, answered=verdict is LoginVerdict.REFUSED, at=self._clock.now()
            )
            self._write(_struck(finished, refusal))
            self._record(RecordType.BREAKER_OPEN, verdict, reason)
        elif verdict is LoginVerdict.ACCEPTED:
            accepted = _ended(finished, hub=state.pending.hub)
            self._write(accepted)
            if state.strikes and not accepted.strikes:
                self._record(RecordType.BREAKER_CLOSED, verdict, "a login succeeded")
        else:
            self._write(finished)

    def unblock(self, reason: str) -> bool:
        """
        Forget all strikes by an operator's decision, and say whether there were any.

        Raises :class:`~bipro_sync.errors.BusyError` while a run works with the account: its login may be under way.
        """
        with held(self._layout, self._account, insurer=self._insurer):
            state = self.state()
            self._log.write(
                RecordType.OPERATOR_DECISION,
                insurer=self._insurer,
                account=self._account,
                outcome="unblock",
                detail=reason,
            )
            was_open = state.strikes > 0 or state.restored is not None
            if was_open:
                self._record(RecordType.BREAKER_CLOSED, None, "unblocked by an operator")
            self._write(BreakerState(account=self._account, salt=secrets.token_hex(16)))
            return was_open

    def _record(self, record_type: RecordType, verdict: LoginVerdict | None, detail: str) -> None:
        self._log.write(record_type, insurer=self._insurer, account=self._account, outcome=verdict, detail=detail)

    def _write(self, state: BreakerState) -> None:
        replace(self._path, msgspec.json.encode(msgspec.structs.replace(state, log_seq=self._log.settle())))


def _struck(state: BreakerState, *refusals: Refusal) -> BreakerState:
    return msgspec.structs.replace(state, refusals=(*state.refusals, *refusals))


def _ended(state: BreakerState, *, hub: bool) -> BreakerState:
    """
    Return the state after a success: at the hub, or at the insurer itself.
    """
    return msgspec.structs.replace(state, refusals=tuple(each for each in state.refusals if each.hub is not hub))


def _refusal_of(record: Record, attempt: Refusal | None, *, answered: bool) -> Refusal:
    return Refusal(
        at=datetime.fromisoformat(record.ts),
        reason=_clause(record.detail, record.insurer) if record.detail else "from the audit log",
        fingerprint=attempt.fingerprint if attempt else None,
        answered=answered,
        hub=record.operation == Operation.HUB,
    )


def _clause(sentence: str, insurer: str | None) -> str:
    """
    Return a refusal's sentence as a part of another one, which names the insurer itself.
    """
    return sentence.removeprefix(f"{insurer}: ").rstrip(".")


def _fingerprint(salt: str, identity: str, secret: Secret) -> str:
    # scrypt, because the file must not let anyone who reads it try out passwords quickly.
    text = f"{len(identity)}:{identity}{secret.reveal()}".encode()
    return hashlib.scrypt(text, salt=bytes.fromhex(salt), n=1 << 14, r=8, p=1).hex()
