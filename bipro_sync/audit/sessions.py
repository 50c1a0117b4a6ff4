"""Who was at work when: an index of the log's sessions, which only says where in the log to look.

The index is derived from the log, is brought up to its end at each question, and is made anew where the log no longer
holds what was read; nobody is told what stands in it, only what stands in the log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from ..durable import exists, read_whole, replace, storage_error
from ..errors import Family, IntegrityError
from .chain import segment_path
from .pruned import pruned_of
from .reading import not_a_record
from .record import LINE_LIMIT, UNREADABLE, Record, RecordType
from .tail import whole_lines


class Session(msgspec.Struct, array_like=True, gc=False):
    """
    What one run did at one insurer (or, *insurer* None, without one): its first and last record's times and numbers,
    and where in the log the first one stands.

    *login* is the time of its `session.start`, if it has one, *ended* says whether a `session.end` was written.
    """

    run: str
    insurer: str | None
    begin: str
    end: str
    first: int
    last: int
    segment: int
    offset: int
    login: str | None
    ended: bool


class _Index(msgspec.Struct, array_like=True):
    """
    The sessions from the first segment that is left (*first*) up to the place that was read: segment, offset behind the
    last line, and that line's SHA-256.
    """

    first: int
    segment: int
    offset: int = 0
    digest: str = ""
    sessions: list[Session] = []


class _Brief(msgspec.Struct, gc=False):
    seq: int
    ts: str
    type: str
    run: str
    insurer: str | None = None


_INDEXES = msgspec.msgpack.Decoder(_Index)
_BRIEFS = msgspec.json.Decoder(_Brief)
_RECORDS = msgspec.json.Decoder(Record)


@dataclass(frozen=True, slots=True)
class SessionIndex:
    """
    The index of the log in *directory*; kept at *path*, if any.  One process at a time uses a kept one.
    """

    directory: Path
    path: Path | None

    def sessions(self) -> list[Session]:
        """
        Return all sessions of the log as it is now, by their first record.

        Raises :class:`~bipro_sync.errors.IntegrityError` at a line that is not a record,
        :class:`~bipro_sync.errors.StorageError` where the log cannot be read.
        """
        index = self._kept()
        before = (index.segment, index.offset)
        self._catch_up(index)
        if self.path is not None and (index.segment, index.offset) != before:
            replace(self.path, msgspec.msgpack.encode(index))
        return index.sessions

    def records(self, session: Session) -> Iterator[Record]:
        """
        Yield the session's records from the log itself.

        Raises :class:`~bipro_sync.errors.IntegrityError` where it does not stand where the index says.
        """
        seq = 0
        for record in self._records(session.segment, session.offset):
            if not seq and (record.seq, record.run, record.insurer) != (session.first, session.run, session.insurer):
                self.forget()
                raise IntegrityError(
                    "The index of the log's sessions was not that of this log, and was thrown away.",
                    hint="Ask again: it is made anew.",
                    family=Family.AUDIT,
                )
            seq = record.seq
            if record.run == session.run and record.insurer == session.insurer:
                yield record
            if seq >= session.last:
                return

    def forget(self) -> None:
        """
        Let the index be made anew with the next question.
        """
        if self.path is not None:
            replace(self.path, msgspec.msgpack.encode(self._empty()))

    def _kept(self) -> _Index:
        """
        Return what is kept of an earlier question, as long as the log still has the line that was read last.
        """
        empty = self._empty()
        if self.path is None or not exists(self.path):
            return empty
        try:
            index = _INDEXES.decode(read_whole(self.path))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return empty
        return index if index.offset and index.first == empty.first and self._holds(index) else empty

    def _empty(self) -> _Index:
        gone = pruned_of(self.directory)
        first = gone.segments + 1 if gone else 1
        return _Index(first, first)

    def _holds(self, index: _Index) -> bool:
        path = segment_path(self.directory, index.segment)
        if not path.exists():
            return False
        start = max(0, index.offset - LINE_LIMIT)
        with path.open("rb") as file:
            file.seek(start)
            before = file.read(index.offset - start)
        whole = start + len(before) == index.offset and before.endswith(b"\n")
        return whole and _digest(before[:-1].rpartition(b"\n")[2]) == index.digest

    def _catch_up(self, index: _Index) -> None:
        known = {(session.run, session.insurer): session for session in index.sessions}
        number, offset, line = index.segment, index.offset, b""
        while (path := segment_path(self.directory, number)).exists():
            for line in self._lines_of(path, offset):
                brief = _decoded(_BRIEFS, line, path)
                session = known.get((brief.run, brief.insurer))
                if session is None:
                    session = Session(
                        brief.run, brief.insurer, brief.ts, brief.ts, brief.seq, brief.seq, number, offset, None, False
                    )
                    known[brief.run, brief.insurer] = session
                    index.sessions.append(session)
                session.begin, session.end = min(session.begin, brief.ts), max(session.end, brief.ts)
                session.last = brief.seq
                if brief.type == RecordType.SESSION_START:
                    session.login = session.login or brief.ts
                session.ended |= brief.type == RecordType.SESSION_END
                offset += len(line)
            index.segment, index.offset = number, offset
            number, offset = number + 1, 0
        if line:
            index.digest = _digest(line[:-1])

    def _records(self, segment: int, offset: int) -> Iterator[Record]:
        while (path := segment_path(self.directory, segment)).exists():
            for line in self._lines_of(path, offset):
                yield _decoded(_RECORDS, line, path)
            segment, offset = segment + 1, 0

    @staticmethod
    def _lines_of(path: Path, offset: int) -> Iterator[bytes]:
        try:
            with path.open("rb") as file:
                file.seek(offset)
                yield from whole_lines(file)
        except OSError as error:
            raise storage_error("read", path, error) from error


def sessions_at(sessions: Sequence[Session], at: str) -> list[Session]:
    """
    Return the sessions that were open at the time *at*, written as the log writes it.

    A login without a recorded end may have lasted until the next one at that insurer, of which there is never more than
    one at a time.
    """
    following: dict[str | None, str] = {}
    found = []
    for session in reversed(sessions):
        end = session.end
        if session.login:
            end = end if session.ended else max(end, following.get(session.insurer, "~"))
            following[session.insurer] = session.login
        if session.begin <= at <= end:
            found.append(session)
    return found[::-1]


def login_before(sessions: Iterable[Session], at: str) -> Session | None:
    """
    Return the login that ended last before the time *at*.
    """
    ended = (session for session in sessions if session.login and session.end < at)
    return max(ended, key=lambda session: session.end, default=None)


def login_after(sessions: Iterable[Session], at: str) -> Session | None:
    """
    Return the login that began first after the time *at*.
    """
    begun = (session for session in sessions if session.login and session.begin > at)
    return min(begun, key=lambda session: session.begin, default=None)


_Decoded = TypeVar("_Decoded")


def _decoded(decoder: msgspec.json.Decoder[_Decoded], line: bytes, path: Path) -> _Decoded:
    try:
        return decoder.decode(line)
    except UNREADABLE as error:
        raise not_a_record(path.name) from error


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
