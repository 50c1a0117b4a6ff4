"""Checks the time stamps that are kept beside the checkpoints: whether each is over its checkpoint, and since when.

They lie beside the log, so they are no anchor outside of it: whoever rolls back all of it rolls them back, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from ..audit.findings import DamageError
from ..audit.note_files import note_name, stamp_name, stamps_in
from ..config import StampAnchor
from ..durable import exists, read_whole
from ..errors import AnchorError
from .stamp import read_roots


_CERTIFICATE = "certificate verify error"
"""What OpenSSL calls it when the certificates are in doubt, and not the signature or what is signed."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """
    The checkpoint of *size* records existed at *time*, by the authority of this *anchor*.
    """

    anchor: str
    size: int
    time: datetime


@dataclass(frozen=True, slots=True)
class Stamps:
    """
    What the newest time stamps show, why others show nothing, and where one contradicts the log: the first *damage*.
    """

    stamped: tuple[Stamped, ...]
    remarks: tuple[str, ...]
    damage: DamageError | None


def check_stamps(log: Path, anchors: Iterable[StampAnchor]) -> Stamps:
    """
    Check the newest time stamp of each anchor that is kept beside the log's checkpoints.

    One that was given to something else, or is no longer what it was when it was kept, is damage; one whose
    certificates cannot be checked any more shows nothing.
    """
    stamped: list[Stamped] = []
    remarks: list[str] = []
    damages: list[DamageError] = []
    newest = {name: size for size, name in stamps_in(log / "checkpoints")}
    for anchor in anchors:
        if anchor.name not in newest:
            remarks.append(f"No time stamp of {anchor.name} lies beside the log.")
            continue
        size = newest[anchor.name]
        try:
            stamped.append(_stamped(log / "checkpoints", anchor, size))
        except AnchorError as error:
            remarks.append(f"The time stamp of {anchor.name} up to record {size} shows nothing: {error.message}.")
        except DamageError as error:
            damages.append(error)
    return Stamps(tuple(stamped), tuple(remarks), min(damages, key=lambda each: each.seq, default=None))


def _stamped(checkpoints: Path, anchor: StampAnchor, size: int) -> Stamped:
    what = f"the time stamp of {anchor.name} over the checkpoint of {size} records"
    note = checkpoints / note_name(size)
    if not exists(note):
        raise DamageError(size, f"the checkpoint up to it is missing, of which a time stamp of {anchor.name} tells")
    digest = hashlib.sha256(read_whole(note)).digest()
    try:
        stamp = decode_timestamp_response(read_whole(checkpoints / stamp_name(size, anchor.name)))
        if stamp.tst_info.message_imprint.message != digest:
            raise DamageError(size, f"{what} was given to another one than lies beside the log now")
    except ValueError:
        raise DamageError(size, f"{what} is not what it was: it cannot be read") from None
    verifier = VerifierBuilder()
    for root in dict.fromkeys(read_roots(anchor.ca_file)):
        verifier = verifier.add_root_certificate(root)
    try:
        verifier.build().verify(stamp, digest)
    except (VerificationError, ValueError) as error:
        if _CERTIFICATE in str(error):
            raise AnchorError(f"its certificates are not vouched for by {anchor.ca_file}") from None
        raise DamageError(size, f"{what} is not what it was: its signature is wrong") from None
    return Stamped(anchor.name, size, stamp.tst_info.gen_time)
