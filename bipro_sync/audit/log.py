"""Appends to the audit log: durable before anything is sent, one chain for all threads and processes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from .. import durable
from ..errors import DiskFullError
from ..model.ports import CallIntent, CallOutcome, Clock, Operation, Outcome
from ..together import Ticket, Together
from .chain import Head, LastRecord, note, note_path, noted_head, segment_path
from .record import CallFacts, Facts, Record, RecordType, Session, timestamp


SEGMENT_BYTES = 16 << 20
RESERVE_BYTES = 1 << 20

_OPENING = frozenset(
    {
        *(RecordType.SESSION_START, RecordType.CALL_INTENT),
        *(RecordType.READ, RecordType.EXPORT, RecordType.ACCESS_REFUSED),
        *(RecordType.CHECKPOINT, RecordType.KEY_CHANGED),
    }
)
"""What begins something, or can be left undone: it never takes the space that is kept for outcomes."""

_REPLACED = r"\.reserve|\.head|\.torn|torn-[0-9a-f]{16}\.bin"
"""The names of the files that are written anew as a whole."""

_LATER = frozenset({Operation.GET, Operation.ACKNOWLEDGE})
"""Operations whose good outcome is on the device with the next record: a power cut may make it unknown, no kill can."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """
    A record to be written; *reserve* says whether it may take the space kept for outcomes, *durable* whether it is on
    the device when it was written, or only with the next one that is.
    """

    draft: Record
    reserve: bool
    durable: bool


class AuditLog:
    """
    The log in *directory*, written for one session; the observer of every call.

    Several threads and processes append to the same log; what threads write at once shares one fsync.  Where the disk
    is full, outcomes and decisions still find the place of a reserve file, intents do not (invariants I2 and I5):
    without its reserve the log takes no intent.  What a crash or a power cut left behind the last record is kept aside
    and recorded, here as at each append.

    Raises :class:`~bipro_sync.errors.StorageError`, and :class:`~bipro_sync.errors.IntegrityError` where the
    log is not the one that was written.
    """

    def __init__(
        self,
        directory: Path,
        *,
        session: Session,
        clock: Clock,
        segment_bytes: int = SEGMENT_BYTES,
        reserve_bytes: int = RESERVE_BYTES,
    ) -> None:
        durable.make_directory(directory)
        self._directory = directory
        self._session = session
        self._clock = clock
        self._segment_bytes = segment_bytes
        self._reserve = directory / ".reserve"
        self._reserve_bytes = reserve_bytes
        self._torn = directory / ".torn"
        self._torn_left = False
        self._threads = threading.Lock()
        self._processes = durable.FileLock(directory / ".lock")
        self._file: durable.AppendFile | None = None
        self._segment_number = 0
        self._together: Together[_Entry, Record] = Together(self._append)
        self._intents: dict[str, CallIntent] = {}
        self._readable = durable.errors("read the audit log in", directory)
        with self._readable:
            self._head = noted_head(directory)
        with self._threads, self._processes, self._readable:
            durable.remove_drafts(directory, _REPLACED)
            self._torn_left = self._torn.exists()
            self._append_locked([], sync=False)

    @property
    def session(self) -> Session:
        """
        Who writes here.
        """
        return self._session

    def write(self, record_type: RecordType, *, durable: bool = True, **facts: Unpack[Facts]) -> Record:
        """
        Append one record and return it as written; durable when it returns.

        Without *durable* it is so once the next durable one is, or :meth:`settle` was called.
        """
        draft = self._session.draft(record_type, facts)
        return self._together.submit(_Entry(draft, reserve=record_type not in _OPENING, durable=durable))

    def intent(self, intent: CallIntent) -> str:
        """
        Record a call about to be made and return its name; durable when it returns (invariant I2).

        Raises :class:`~bipro_sync.errors.DiskFullError` where its outcome might find no place.
        """
        call = secrets.token_hex(8)
        self._keep_reserve()
        self.write(
            RecordType.CALL_INTENT,
            call=call,
            certificate=intent.certificate,
            request_sha256=intent.request_sha256,
            **_identification(intent),
        )
        self._intents[call] = intent
        return call

    def outcome(self, call: str, outcome: CallOutcome) -> None:
        """
        Record what became of the call; durable when it returns, or with the next record where all went well.
        """
        intent = self._intents[call]
        self.write(
            RecordType.CALL_OUTCOME,
            durable=outcome.outcome is not Outcome.OK or intent.operation not in _LATER,
            call=call,
            outcome=outcome.outcome.value,
            duration_ms=outcome.duration_ms,
            http_status=outcome.http_status,
            bipro_status=outcome.bipro_status,
            process_id=outcome.process_id,
            reference=outcome.reference,
            count=outcome.count,
            bytes=outcome.bytes,
            response_sha256=outcome.response_sha256,
            detail=outcome.detail,
            **_identification(intent),
        )
        del self._intents[call]

    def settle(self) -> int:
        """
        Make durable what was written, and return the number of the last record this process has written or seen.
        """
        return self.last_record().number

    def last_record(self) -> LastRecord:
        """
        Make durable what was written, and return the last record this process has written or seen.
        """
        with self._threads, self._processes, self._readable:
            if self._file is not None:
                self._file.sync()
            return LastRecord(self._head.seq, self._head.prev)

    def close(self) -> None:
        """
        Leave the head note for the next run and let go of the files.
        """
        with self._threads:
            if self._file is None:
                return
            file, self._file = self._file, None
            try:
                # Before the note, which must never name a record that a power cut can take away.
                if not file.is_broken:
                    file.sync()
                    self._leave_note()
            finally:
                file.close()

    def _leave_note(self) -> None:
        if self._head.offset:
            # The note only spares reading: where it finds no place, the next run reads from the one before.
            with contextlib.suppress(DiskFullError), self._processes:
                durable.replace(note_path(self._directory), note(self._head))

    def _keep_reserve(self) -> None:
        if not self._reserve.exists():
            with self._threads, self._processes:
                # Random bytes take their place on file systems that compress, too.
                durable.replace(self._reserve, os.urandom(self._reserve_bytes))

    def _append(self, batch: Sequence[Ticket[_Entry, Record]]) -> None:
        """
        Append the records of a batch with one fsync; they are in the log together or not at all.

        Where the disk is full each is tried by itself, so that no outcome fails for want of an intent's space.
        """
        with self._threads, self._processes, self._readable:
            try:
                self._write(batch)
            except DiskFullError:
                for ticket in batch:
                    try:
                        self._append_with_reserve(ticket)
                    except DiskFullError as error:
                        ticket.error = error

    def _append_with_reserve(self, ticket: Ticket[_Entry, Record]) -> None:
        try:
            self._write([ticket])
        except DiskFullError:
            if not ticket.work.reserve:
                raise
            durable.remove_file(self._reserve)
            self._write([ticket])

    def _write(self, batch: Sequence[Ticket[_Entry, Record]]) -> None:
        sync = any(ticket.work.durable for ticket in batch)
        records = self._append_locked([ticket.work.draft for ticket in batch], sync=sync)
        for ticket, record in zip(batch, records, strict=True):
            ticket.result = record

    def _append_locked(self, drafts: Sequence[Record], *, sync: bool) -> list[Record]:
        # All on a copy: what fails or is interrupted leaves the head where the next append catches up from.
        head = self._head.copy()
        torn = 0 if self._is_at_the_end(head) else head.catch_up(self._directory)
        if torn:
            self._set_aside(head, torn)
        repairs = [self._repair()] if self._torn_left else []
        linked: list[tuple[Record, bytes]] = []
        if repairs or drafts:
            if head.offset >= self._segment_bytes:
                # A record must not outlive one before it: another process may not have made its last ones durable.
                self._segment(head.segment).sync_all()
                head.segment, head.offset = head.segment + 1, 0
            linked = [head.link(draft, timestamp(self._clock.now())) for draft in (*repairs, *drafts)]
            segment = self._segment(head.segment)
            segment.append(b"".join(line for _, line in linked))
            if sync or repairs:
                segment.sync()
        self._head = head
        if repairs:
            durable.remove_file(self._torn)
            self._torn_left = False
        return [record for record, _ in linked[len(repairs) :]]

    def _is_at_the_end(self, head: Head) -> bool:
        """
        Say whether nobody has written behind *head*; another segment is begun only where this one is long enough.
        """
        file = self._file
        return (
            file is not None
            and file.size() == head.offset < self._segment_bytes
            and self._segment_number == head.segment
        )

    def _segment(self, number: int) -> durable.AppendFile:
        if self._file is None or self._segment_number != number:
            if self._file is not None:
                self._file.sync()
                self._file.close()
            self._file = durable.AppendFile(segment_path(self._directory, number))
            self._segment_number = number
        return self._file

    def _set_aside(self, head: Head, torn: int) -> None:
        """
        Take what a crash left behind the last record off the log; `.torn` keeps it, and the debt of a record about it.
        """
        segment = self._segment(head.segment)
        durable.replace(self._torn, segment.read_at(head.offset, torn))
        self._torn_left = True
        segment.truncate(head.offset)

    def _repair(self) -> Record:
        """
        Keep what was set aside under a name of its own and return the record that says so.

        After a crash this may happen twice for the same bytes, never not at all (invariant I8).
        """
        torn = self._torn.read_bytes()
        kept = self._directory / f"torn-{hashlib.sha256(torn).hexdigest()[:16]}.bin"
        durable.replace(kept, torn)
        detail = f"{len(torn)} bytes that a crash left behind the last record were moved to {kept.name}"
        return self._session.draft(RecordType.LOG_REPAIRED, {"detail": detail})


def _identification(intent: CallIntent) -> CallFacts:
    return {
        "insurer": intent.insurer,
        "account": intent.account,
        "service": intent.service,
        "operation": intent.operation.value,
        "exchange": intent.exchange,
        "endpoint": intent.endpoint,
        "shipment": intent.shipment,
    }
