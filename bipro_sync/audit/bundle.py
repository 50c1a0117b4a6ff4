"""Writes an export of the log: records, a table, proofs, the checkpoint they lead to, and the file that checks them.

A half export never looks whole: everything is written into a draft, which gets its name when it is complete.
"""

from __future__ import annotations

import csv
import io
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import msgspec

from ..durable import NewFile, exists, make_scratch, publish_directory, remove_tree, seal, write_new
from ..errors import UsageError
from .checkpoints import Signed
from .merkle import Tree, leaf_hash
from .proofs import STAMPED, write_checkpoints, write_proof, write_stamps
from .pruned import pruned_of
from .reading import lines
from .record import Record, RecordType, timestamp
from .verification import Verification


_COLUMNS = tuple(each.name for each in msgspec.structs.fields(Record))
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would take for a formula."""

_RECORDS = msgspec.json.Decoder(Record)


@dataclass(frozen=True, slots=True)
class Question:
    """
    What was asked: which insurer's records, all without one, from *since* on and before *until*.
    """

    insurer: str | None
    since: datetime | None
    until: datetime | None


@dataclass(slots=True)
class Tally:
    """
    What an answer counts: records, from which to which, calls by exchange and outcome, and logins and calls by who made
    them.
    """

    records: int = 0
    first: Record | None = None
    last: Record | None = None
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    logins: Counter[str] = field(default_factory=Counter)
    callers: Counter[str] = field(default_factory=Counter)

    def take(self, record: Record) -> None:
        """
        Count one more record.
        """
        self.records += 1
        self.first = self.first or record
        self.last = record
        who = _who(record)
        if record.type is RecordType.SESSION_START:
            self.logins[who] += 1
        elif record.type is RecordType.CALL_INTENT:
            self.callers[who] += 1
        elif record.type is RecordType.CALL_OUTCOME:
            self.calls[record.exchange or "-", record.outcome or "-"] += 1


@dataclass(frozen=True, slots=True)
class Chosen:
    """
    What is exported: the sequence numbers, the tree that proves them, and how many records that fit are not signed yet.
    """

    numbers: list[int]
    tree: Tree
    unsigned: int


@dataclass(frozen=True, slots=True)
class Answer:
    """
    A question, what is exported to answer it, the checkpoint that proves it, what the log's check has found, and which
    time stamps go along: the anchor's name and the size of the stamped checkpoint.
    """

    question: Question
    chosen: Chosen
    signed: Signed
    verification: Verification
    stamps: tuple[tuple[str, int], ...] = ()


def choose(directory: Path, question: Question, signed: Signed) -> Chosen:
    """
    Return what answers the *question*: of the insurer's records, from the first to the last one of that time, those
    that the checkpoint covers.  About 100 bytes of memory a record.
    """
    begin = timestamp(question.since) if question.since else ""
    end = timestamp(question.until) if question.until else "~"
    leaves: list[bytes] = []
    of_insurer: list[int] = []
    fitting: list[int] = []
    unsigned = 0
    gone = pruned_of(directory)
    for line in lines(directory):
        record = _RECORDS.decode(line)
        seq = record.seq
        fits = question.insurer in {None, record.insurer}
        in_time = fits and begin <= record.ts < end
        if seq > signed.checkpoint.size:
            unsigned += in_time
            continue
        leaves.append(leaf_hash(line))
        if fits:
            of_insurer.append(seq)
        if in_time:
            fitting.append(seq)
    # A clock that was moved must tear no hole: what stands between two that fit, belongs to them.
    numbers = [seq for seq in of_insurer if fitting and fitting[0] <= seq <= fitting[-1]]
    return Chosen(numbers, Tree(leaves, gone.tree() if gone else None), unsigned)


def write_bundle(
    directory: Path,
    out: Path,
    answer: Answer,
    *,
    about: Mapping[str, object],
    page: Callable[[Tally], str],
    before: Callable[[Tally], None],
) -> Tally:
    """
    Write the export to the new directory *out*, read-only; durable when it returns.

    *about* goes into `export.json`, *page* makes `index.html` of what was counted, *before* is called when all is
    written and *out* not yet there.  Raises :class:`~bipro_sync.errors.UsageError` where *out* exists or cannot be.
    """
    if exists(out) or not out.parent.is_dir():
        raise UsageError(f"{out} cannot be made: it exists, or the directory above it does not.")
    with _draft(out) as draft:
        tally = _write_records(directory, draft, answer.chosen)
        if tally.first and tally.last:
            numbers = _number(tally.first, answer.question), _number(tally.last, answer.question)
            write_proof(draft, answer.chosen.tree, tally.last.seq, numbers)
        write_checkpoints(directory, draft, answer.chosen.tree)
        write_stamps(directory, draft, answer.stamps)
        write_new(draft / "checkpoint.note", answer.signed.note, 0o400)
        write_new(draft / "export.json", msgspec.json.format(msgspec.json.encode(about), indent=1) + b"\n", 0o400)
        write_new(draft / "verify_audit.py", files(__package__).joinpath("verify_audit.py").read_bytes(), 0o400)
        write_new(draft / "index.html", page(tally).encode(), 0o400)
        before(tally)
        publish_directory(draft, out)
    if answer.stamps:
        seal(out / STAMPED)
    return tally


@contextmanager
def _draft(out: Path) -> Iterator[Path]:
    draft = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    make_scratch(draft)
    try:
        yield draft
    finally:
        if exists(draft):
            remove_tree(draft)


def _write_records(directory: Path, draft: Path, chosen: Chosen) -> Tally:
    tally = Tally()
    wanted = iter(chosen.numbers)
    following = next(wanted, 0)
    gone = pruned_of(directory)
    with _file(draft / "records.jsonl") as records, _file(draft / "records.csv") as table:
        table.write(b"\xef\xbb\xbf" + _row(_COLUMNS))
        for seq, line in enumerate(lines(directory), start=gone.records + 1 if gone else 1):
            if not following:
                break
            if seq == following:
                record = _RECORDS.decode(line)
                tally.take(record)
                records.write(line + b"\n")
                table.write(_row([_cell(getattr(record, column)) for column in _COLUMNS]))
                following = next(wanted, 0)
    return tally


@contextmanager
def _file(path: Path) -> Iterator[NewFile]:
    file = NewFile(path, 0o400)
    try:
        yield file
        file.finish()
    except BaseException:
        file.abandon()
        raise


def _row(cells: tuple[str, ...] | list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, delimiter=";").writerow(cells)
    return line.getvalue().encode()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _number(record: Record, question: Question) -> int:
    """
    Return the record's number in the counting of which the export lacks none.
    """
    return record.seq if question.insurer is None else record.insurer_seq or 0


def _who(record: Record) -> str:
    if record.actor == "schedule":
        return f"Zeitplan ({record.responsible or '-'})"
    return f"{record.principal} ({record.principal_name})" if record.principal else record.os_user
