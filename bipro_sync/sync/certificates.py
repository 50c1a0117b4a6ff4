"""The certificates of all insurers: what can be opened here, what is remembered of the rest, whose end is near."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec

from ..archive import Layout
from ..bipro.certificate import ClientCertificate
from ..errors import CredentialMissingError, StorageError
from ..insurers import Insurer, MisconfiguredInsurer, opened_certificate, read_certificate_file
from ..model.certificate_life import days_left, level, notices
from ..model.condition import Level
from ..notify.texts import RENEWALS
from .after_run import FinishedRun
from .certificate_memory import KeptCertificate, forget_certificate, keep_certificate, kept_certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateView:
    """
    One insurer's certificate at a moment; *known* is None where it cannot be opened here and nothing is remembered,
    and *trouble* says why.  It is *remembered* where it was not opened now.
    """

    insurer: Insurer
    known: KeptCertificate | None
    remembered: bool
    trouble: str | None
    left: int | None

    @property
    def level(self) -> Level:
        """
        How bad it is; a certificate that nothing is known of is a warning.
        """
        return Level.WARNING if self.left is None else level(self.left)


def certificates(
    insurers: Iterable[Insurer | MisconfiguredInsurer], layout: Layout, now: datetime
) -> Iterator[CertificateView]:
    """
    Yield the certificate of each insurer that logs in with one.

    Raises :class:`~bipro_sync.errors.StorageError` where what is remembered cannot be read.
    """
    for insurer in insurers:
        if isinstance(insurer, Insurer) and insurer.auth.certificate:
            opened, trouble = _opened(insurer)
            known = opened or _remembered(insurer, layout)
            yield CertificateView(
                insurer=insurer,
                known=known,
                remembered=opened is None and known is not None,
                trouble=trouble,
                left=days_left(known.not_after, now) if known else None,
            )


def notice_ends(run: FinishedRun) -> Iterator[str]:
    """
    Remember the certificates that this run could open, and yield a notice for each whose end has come a step nearer:
    one for each of the days that are told, and not one a run.
    """
    layout, now = run.place.layout, run.place.clock.now()
    for insurer in run.insurers:
        if isinstance(insurer, Insurer) and insurer.auth.certificate is None:
            forget_certificate(layout, insurer.name)
    for view in certificates(run.insurers, layout, now):
        if view.known is None or view.left is None:
            continue
        before = kept_certificate(layout, view.insurer.name)
        told = before.told if before and before.serial == view.known.serial else 0
        due = notices(view.left)
        if due > told:
            yield said_of(view)
        kept = msgspec.structs.replace(view.known, told=max(due, told))
        if kept != before:
            keep_certificate(layout, view.insurer.name, kept)


def said_of(view: CertificateView) -> str:
    """
    Return what a person is to know of a certificate, and how the next one is come by.
    """
    name, known = view.insurer.name, view.known
    if known is None or view.left is None:
        return f"{name}: nothing is known of its certificate: {view.trouble}"
    ends = f"{known.not_after:%Y-%m-%d}"
    when = f"ran out on {ends}" if view.left < 0 else f"ends on {ends}, days left: {view.left}"
    renewal = f"; {RENEWALS['en'][known.kind]}" if notices(view.left) else ""
    return f"{name}: the certificate {known.serial} {when}{renewal}."


def _opened(insurer: Insurer) -> tuple[KeptCertificate | None, str | None]:
    try:
        found = opened_certificate(insurer)
    except CredentialMissingError as error:
        return None, error.message
    if found is None:
        return None, "its passphrase comes from where nobody is asked by this command."
    data, certificate = found
    return _as_opened(data, certificate, personal=insurer.has_personal_certificate), None


def _as_opened(data: bytes, certificate: ClientCertificate, *, personal: bool) -> KeptCertificate:
    """
    Return what is to be remembered of a *certificate* that the PKCS#12 file with these bytes holds.
    """
    return KeptCertificate(
        file_sha256=hashlib.sha256(data).hexdigest(),
        serial=certificate.serial,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        kind="personal" if personal else "house",
    )


def _remembered(insurer: Insurer, layout: Layout) -> KeptCertificate | None:
    """
    Return what is remembered of the insurer's certificate, unless its file is another one by now.
    """
    assert insurer.auth.certificate, "asked for insurers with one only"
    if not layout.is_begun:
        return None
    kept = kept_certificate(layout, insurer.name)
    try:
        data = read_certificate_file(insurer, insurer.auth.certificate)
    except (CredentialMissingError, StorageError):
        return kept
    return kept if kept and kept.file_sha256 == hashlib.sha256(data).hexdigest() else None
