"""What is remembered of insurers' certificates, for whoever may not open them: numbers and dates, never a key."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from ..archive import Layout, read_state
from ..durable import exists, make_directory, remove_file, replace
from ..model.certificate_life import days_left, level, notices
from ..model.condition import Condition, Matter


class KeptCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """
    A certificate as it was when it was last opened: *file_sha256* is over its PKCS#12 file, *told* counts the notices
    of its end that a run has given.
    """

    file_sha256: str
    serial: str
    not_before: datetime
    not_after: datetime
    kind: Literal["personal", "house"]
    told: int = 0


_DECODER = msgspec.json.Decoder(KeptCertificate)


def kept_certificate(layout: Layout, insurer: str) -> KeptCertificate | None:
    """
    Return what is remembered of an insurer's certificate; None where it was never opened here.

    Raises :class:`~bipro_sync.errors.StorageError` where it is garbage.
    """
    path = _file(layout, insurer)
    hint = "Remove it: the next run that opens the certificate writes it anew."
    return read_state(path, _DECODER, problem=f"{path} cannot be read.", hint=hint)


def keep_certificate(layout: Layout, insurer: str, kept: KeptCertificate) -> None:
    """
    Remember it durably.
    """
    path = _file(layout, insurer)
    make_directory(path.parent)
    replace(path, msgspec.json.encode(kept))


def forget_certificate(layout: Layout, insurer: str) -> None:
    """
    Remember nothing of an insurer that logs in without one.
    """
    path = _file(layout, insurer)
    if exists(path):
        remove_file(path)


def condition_of(insurer: str, known: KeptCertificate, now: datetime) -> Condition | None:
    """
    Return what somebody should be told of a certificate; None where its end is far.
    """
    left = days_left(known.not_after, now)
    if not notices(left):
        return None
    facts = {"days": str(left), "ends": f"{known.not_after:%Y-%m-%d}", "serial": known.serial, "whose": known.kind}
    return Condition(matter=Matter.CERTIFICATE, level=level(left), insurer=insurer, weight=notices(left), facts=facts)


def _file(layout: Layout, insurer: str) -> Path:
    return layout.state / "certificates" / f"{insurer}.json"
