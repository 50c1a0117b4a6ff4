"""What can be told of one insurer without asking it: configuration, secrets, certificate, logins, clock, rights."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from ..errors import ExitCode
from ..insurers import Insurer, MisconfiguredInsurer, absent_here, certificate_remark, missing_files, warnings
from ..model.certificate_life import FIRST_NOTICE
from ..model.kinds import Kind
from ..model.secret import SecretSource
from ..secrets import credentials_are_here
from .check import Check, Verdict
from .past import Past


_CERTIFICATE = "certificate"
_NOTICEABLE_SKEW = 60.0
"""Seconds; insurers forgive about five minutes in a signed login."""


def configuration_checks(insurer: Insurer | MisconfiguredInsurer) -> Iterator[Check]:
    """
    Yield what is wrong with an insurer's section, or that nothing is.
    """
    name, check_id = insurer.name, "configuration"
    if isinstance(insurer, MisconfiguredInsurer):
        for problem in insurer.problems:
            remedy = "Correct it in the configuration; `bipro-sync config check` looks again."
            yield Check(check_id, name, Verdict.FAIL, problem, remedy, ExitCode.CONFIGURATION)
        return
    remarks = list(warnings(insurer))
    for remark in remarks:
        yield Check(check_id, name, Verdict.WARN, remark, "Decide whether that is meant so.")
    if not remarks:
        yield Check(check_id, name, Verdict.OK, "The configuration has no problem.")


def secret_checks(insurer: Insurer) -> Iterator[Check]:
    """
    Yield which files of secrets cannot be used, and what this process lacks that a pull's may have; a command or
    keyring is not asked, it may want a person's answer.  Of credentials outside of a unit :func:`credential_checks`
    tells.
    """
    for sentence in absent_here(insurer, SecretSource.ENV):
        remedy = "Where a pull runs it must be in the environment; a systemd credential is seen by fewer."
        yield Check("secrets", insurer.name, Verdict.WARN, sentence, remedy)
    for sentence in absent_here(insurer, SecretSource.CREDENTIAL) if credentials_are_here() else ():
        remedy = "`bipro-sync credentials set NAME`, as root, stores it and lets the units of its insurer load it."
        yield Check("secrets", insurer.name, Verdict.WARN, sentence, remedy)
    missing = list(missing_files(insurer))
    for sentence in missing:
        remedy = "A pull would end with 12.  Put the file there, readable by its owner alone."
        yield Check("secrets", insurer.name, Verdict.FAIL, sentence, remedy, ExitCode.LOGIN)
    if not missing:
        yield Check("secrets", insurer.name, Verdict.OK, "Every secret that is a file can be read.")


def certificate_checks(insurer: Insurer, past: Past, now: datetime) -> Iterator[Check]:
    """
    Yield what is wrong with an insurer's certificate, when it ends, and whose it is; nothing where it has none.
    """
    if insurer.auth.certificate is None:
        return
    yield _certificate_check(insurer, past.certificate_ends, now)
    if insurer.has_personal_certificate:
        sentence = (
            f"The certificate is personal to {insurer.auth.owner}: nobody else may pull, and each timed pull warns."
        )
        yield Check(
            _CERTIFICATE, insurer.name, Verdict.WARN, sentence, "Ask the insurer for a certificate of the house."
        )


def _certificate_check(insurer: Insurer, ends: datetime | None, now: datetime) -> Check:
    """
    Return what is to be said of a certificate that can be opened here, or of which its end alone is known.
    """
    invalid = "No login is possible with it.  Get a valid one from whoever issued it."
    soon = "Ask for the next one now: it takes weeks."
    remark = certificate_remark(insurer, now)
    if remark:
        verdict, remedy = (Verdict.FAIL, invalid) if remark.is_problem else (Verdict.WARN, soon)
        code = ExitCode.LOGIN if remark.is_problem else ExitCode.OK
        return Check(_CERTIFICATE, insurer.name, verdict, remark.sentence, remedy, code)
    if ends is None:
        sentence = "The certificate cannot be opened here, and no run has told of its end yet."
        return Check(_CERTIFICATE, insurer.name, Verdict.OK, sentence)
    sentence = f"The certificate ends on {ends:%Y-%m-%d}, days left: {(ends - now).days}."
    if ends <= now:
        return Check(_CERTIFICATE, insurer.name, Verdict.FAIL, sentence, invalid, ExitCode.LOGIN)
    verdict, remedy = (Verdict.WARN, soon) if ends - now < FIRST_NOTICE else (Verdict.OK, "")
    return Check(_CERTIFICATE, insurer.name, verdict, sentence, remedy)


def suspension_checks(insurer: Insurer, past: Past) -> Iterator[Check]:
    """
    Yield that an operator has suspended the insurer; nothing where nobody has.
    """
    if past.suspended:
        sentence = f"It is {past.suspended}: pulls of it end with 17, and nothing is sent."
        remedy = f"`bipro-sync insurers resume {insurer.name} --reason …` lifts it."
        yield Check("suspension", insurer.name, Verdict.WARN, sentence, remedy)


def login_checks(insurer: Insurer, past: Past) -> Iterator[Check]:
    """
    Yield whether a login may be tried; where not, who unlocks the account.
    """
    contact = insurer.profile.facts.unlock_contact
    unblock = f"Find the cause; `bipro-sync insurers unblock {insurer.name} --reason …` allows logins again."
    if past.objection:
        remedy = f"{unblock}  Who unlocks the account: {contact}"
        sentence = f"No login may be tried: {past.objection}."
        yield Check("logins", insurer.name, Verdict.FAIL, sentence, remedy, ExitCode.LOGIN)
    elif past.refused:
        sentence = f"The credential was refused and is not tried again: {past.refused}."
        yield Check("logins", insurer.name, Verdict.WARN, sentence, f"Store another one.  {unblock}")
    else:
        yield Check("logins", insurer.name, Verdict.OK, "Logins are allowed.")


def clock_checks(insurer: Insurer, past: Past) -> Iterator[Check]:
    """
    Yield how far the insurer's clock and ours were apart at the last run; nothing before the first.
    """
    if past.clock_skew is None or past.clock_seen_at is None:
        return
    seen = f"{past.clock_seen_at:%Y-%m-%d %H:%M} UTC"
    if abs(past.clock_skew) < _NOTICEABLE_SKEW:
        yield Check("clock", insurer.name, Verdict.OK, f"At {seen} its clock and ours agreed.")
        return
    direction = "ahead of" if past.clock_skew > 0 else "behind"
    sentence = f"At {seen} its clock was {abs(past.clock_skew):.0f} s {direction} ours."
    remedy = "See with `timedatectl` whether this machine's clock is right; else tell the insurer."
    yield Check("clock", insurer.name, Verdict.WARN, sentence, remedy)


def right_checks(insurer: Insurer, past: Past, delivered: Collection[Kind]) -> Iterator[Check]:
    """
    Yield which rights the insurer denied, and which kinds that need one were never delivered.
    """
    name, remedy = insurer.name, "Have it granted in the insurer's portal, if it is wanted."
    for kind, right in past.missing_rights.items():
        what = f"shipments of the kind {kind}" if kind else "the list of shipments"
        needed = f" (it needs: {right})" if right else ""
        yield Check("rights", name, Verdict.WARN, f"The right to {what} is missing{needed}.", remedy)
    if delivered:
        for kind, right in insurer.profile.facts.rights_for.items():
            if kind not in delivered and kind not in past.missing_rights:
                what = f"Nothing of the kind {kind} was ever delivered; it needs: {right}."
                yield Check("rights", name, Verdict.WARN, what, remedy)


def list_checks(insurer: Insurer, past: Past) -> Iterator[Check]:
    """
    Yield where the last lists did not fit the norm's schemas; nothing where they did, or there was none.
    """
    if past.list_remarks:
        sentence = f"Its last list does not fit the norm: {'; '.join(past.list_remarks)}."
        remedy = "Nothing is lost by it.  Tell the insurer's support, if anything is missing."
        yield Check("lists", insurer.name, Verdict.WARN, sentence, remedy)


def silence_checks(insurer: Insurer, past: Past) -> Iterator[Check]:
    """
    Yield what was expected of an insurer and has not come; nothing where nothing is overdue.
    """
    for sentence in past.silences:
        remedy = "Ask the insurer, or look into its portal; is `expect` what may be expected?"
        yield Check("silence", insurer.name, Verdict.WARN, f"{sentence}.", remedy)
