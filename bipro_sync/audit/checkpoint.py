"""What a checkpoint says of the log: how many records there were, and one hash that commits to every one of them.

The format is C2SP's tlog-checkpoint, the text of a signed note: origin, size and root, then lines of our own, which say
when that was, what the last line's hash is, and how far each insurer's own chain goes.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NoReturn

from ..errors import Family, IntegrityError
from .merkle import SIZE


_LINES = 3
"""How many lines each log's checkpoint has; what follows is ours."""
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_TIME = re.compile(r"time (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)")
_HEAD = re.compile(r"head ([0-9a-f]{64})")
_INSURER = re.compile(r"insurer (\S+) ([1-9][0-9]{0,17}) ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """
    The state of the log named *origin* when it had *size* records, whose Merkle tree has this *root*.

    *time* is the last record's, *head* the SHA-256 of its line in hexadecimal; *insurers* holds each insurer's last
    number and that line's hash.
    """

    origin: str
    size: int
    root: bytes
    time: str
    head: str
    insurers: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """
        The checkpoint as it is signed.
        """
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        yield self.origin
        yield str(self.size)
        yield base64.b64encode(self.root).decode("ascii")
        yield f"time {self.time}"
        yield f"head {self.head}"
        for insurer, (number, head) in sorted(self.insurers.items()):
            yield f"insurer {insurer} {number} {head}"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """
        Read a checkpoint whose signature was checked.

        Raises :class:`~bipro_sync.errors.IntegrityError` for what is none of a log of ours, to the letter.
        """
        origin, size, root, time, head, *insurers = [*text.split("\n")[:-1], *[""] * (_LINES + 2)]
        when, last = _TIME.fullmatch(time), _HEAD.fullmatch(head)
        chains = [_INSURER.fullmatch(line) for line in insurers if line]
        if not (origin and _SIZE.fullmatch(size) and when and last and all(chains)):
            _refuse()
        checkpoint = cls(
            origin=origin,
            size=int(size),
            root=_root(root),
            time=when[1],
            head=last[1],
            insurers={found[1]: (int(found[2]), found[3]) for found in chains if found},
        )
        # One checkpoint has one text, or two signed notes could say the same and differ.
        if checkpoint.text != text:
            _refuse()
        return checkpoint


def in_order(checkpoints: list[Checkpoint]) -> bool:
    """
    Say whether of these checkpoints of one log each follows the one before it: none smaller or older, no insurer's
    number less, and the same root for the same size.
    """
    return all(_follows(earlier, later) for earlier, later in pairwise(checkpoints))


def _follows(earlier: Checkpoint, later: Checkpoint) -> bool:
    if later.size == earlier.size:
        return later == earlier
    grown = all(number <= later.insurers.get(insurer, (0, ""))[0] for insurer, (number, _) in earlier.insurers.items())
    return later.origin == earlier.origin and later.size > earlier.size and grown


def _root(text: str) -> bytes:
    try:
        root = base64.b64decode(text, validate=True)
    except binascii.Error:
        root = b""
    return root if len(root) == SIZE else _refuse()


def _refuse() -> NoReturn:
    raise IntegrityError(
        "A checkpoint cannot be believed: what is signed in it is no checkpoint of this program's log.",
        hint="Keep it as it is, and compare with the copies outside of this machine.",
        family=Family.AUDIT,
    )
