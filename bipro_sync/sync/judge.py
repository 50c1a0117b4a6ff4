"""Whether a fetched shipment is what was announced and asked for; it judges contents and touches nothing."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection
from dataclasses import dataclass

from ..model.shipment import Checksum, FetchedShipment, ListedShipment
from ..model.states import Failure


_WARNING = "Warnung"
_CODE = re.compile(r"[0-9]{5}")


@dataclass(frozen=True, slots=True)
class Objection:
    """
    Why a shipment is not simply stored; *reason* is a sentence without the insurer's own words.
    """

    failure: Failure
    reason: str


def judge(listed: ListedShipment, fetched: FetchedShipment, broker_numbers: Collection[str]) -> Objection | None:
    """
    Compare the answer with what was asked and announced; the gravest objection comes first.

    Checksums are not looked at here, see :func:`checksum_fits`.
    """
    if fetched.listed.id != listed.id:
        return Objection(Failure.OTHER_ID, "the insurer answered with another shipment than the one asked for")
    foreign = foreign_broker_numbers(fetched, broker_numbers)
    if foreign:
        return Objection(Failure.FOREIGN_BROKER, f"it is for {foreign} broker number(s) that are not ours")
    for announced in (fetched.listed.transfer_count, listed.transfer_count):
        if announced is not None and announced != len(fetched.transfers):
            return Objection(
                Failure.WRONG_COUNT, f"{announced} transfer(s) are announced and {len(fetched.transfers)} came"
            )
    if any(file.part is None for file in fetched.files):
        return Objection(Failure.LINK_ONLY, "a file is only linked; links in shipments are never followed")
    return None if fetched.files else _objection_to_no_file({listed.data_only, fetched.listed.data_only}, fetched)


def _objection_to_no_file(data_only: Collection[bool | None], fetched: FetchedShipment) -> Objection | None:
    """
    Say what is wrong where no file came; *data_only* is what list and delivery say of that.
    """
    if False in data_only:
        return Objection(Failure.WRONG_COUNT, "files are announced and none came")
    fields = (field for transfer in fetched.transfers for field in transfer.fields)
    if True in data_only or any(field.value.strip() and not field.is_attribute for field in fields):
        return None
    return Objection(Failure.WRONG_COUNT, "neither files nor data came, and nobody said that there are none")


def foreign_broker_numbers(fetched: FetchedShipment, ours: Collection[str]) -> int:
    """
    Return how many broker numbers in the shipment are not among *ours*; with none configured nothing is foreign.
    """
    if not ours:
        return 0
    return len(set(fetched.numbers.broker) - {number.strip() for number in ours})


def warnings_of(fetched: FetchedShipment) -> tuple[str, ...]:
    """
    Return the codes of the warnings that came beside a shipment, in the order sent; what is no code is a dash.
    """
    warnings = (message.code for message in fetched.status.messages if message.kind == _WARNING)
    return tuple(code if _CODE.fullmatch(code) else "-" for code in warnings)


def algorithm_of(checksum: Checksum) -> str | None:
    """
    Return the name of the checksum's algorithm as :mod:`hashlib` knows it, however it is spelled (`SHA-1`, `Md5`).

    None for one that the norm does not know.
    """
    name = "".join(character for character in checksum.algorithm.lower() if character.isalnum())
    return name if name in {"md5", "sha1"} else None


def checksum_fits(checksum: Checksum, digest: str) -> bool:
    """
    Say whether the insurer's checksum is *digest* (hexadecimal); it is sent in hexadecimal or in base64.
    """
    value = checksum.value.strip()
    if value.lower() == digest:
        return True
    try:
        return base64.b64decode(value, validate=True).hex() == digest
    except ValueError:
        return False
