"""The model: steps of claims and entries of settlements, in words, each with the way back to its records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from .entities import Content, Entity, Fields, amount, one


@dataclass(frozen=True, slots=True)
class Claim:
    """
    One step of a claim; *amount* is what was paid or reserved by *payment* (Zahlungsart), *costs* those of handling it.
    """

    insurer: str
    policy_number: str
    line: str
    claim_number: str
    step: str
    delivery: str | None
    broker_claim_number: str | None
    happened_on: str | None
    reported_on: str | None
    payment: str | None
    currency: str | None
    amount: Decimal | None
    costs: Decimal | None
    reserve: Decimal | None
    settled: str | None
    where: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """
    What one kind of commission (Provisionsart) comes to: *rate* per cent of *base*.
    """

    kind: str | None
    base: Decimal | None
    rate: Decimal | None
    commission: Decimal | None


@dataclass(frozen=True, slots=True)
class CommissionEntry:
    """
    One entry of a settlement: premium as booked, and what the broker earns by it, in all and by *shares*.
    """

    insurer: str
    policy_number: str
    line: str
    booked_on: str | None
    since: str | None
    until: str | None
    reason: str | None
    currency: str | None
    premium: Decimal | None
    tax: Decimal | None
    gross_premium: Decimal | None
    commission: Decimal | None
    shares: tuple[Share, ...]
    where: tuple[int, ...]


def claim(entity: Entity) -> Claim:
    """
    Return the step of a claim that *entity* is, of record 0500 or 0550.
    """
    insurer, policy_number, line, claim_number, step, _ = entity.key
    first = one(entity.content, "0500/1") or one(entity.content, "0550/1")
    return Claim(
        insurer=insurer,
        policy_number=policy_number,
        line=line,
        claim_number=claim_number,
        step=step,
        delivery=first.get("Lieferart"),
        broker_claim_number=first.get("SchadenNrVermittlers"),
        happened_on=first.get("Schadendatum"),
        reported_on=first.get("Schadenmeldedatum"),
        payment=first.get("Zahlungsart"),
        currency=first.get("Waehrungsschluessel"),
        amount=amount(first, "BetragInWEGemaessZahlungsart", "Schadenbetrag100ProzInWE"),
        costs=amount(first, "SchadenbearbeitungskostInWE"),
        reserve=amount(one(entity.content, "0500/2"), "HoeheSchadenreserve"),
        settled=first.get("ErledigterSchaden") or first.get("Schadenerledigung"),
        where=entity.where,
    )


def commission_entry(entity: Entity) -> CommissionEntry:
    """
    Return the entry that *entity* is, of record 0400 or, for transport, 0450.
    """
    insurer, policy_number, line = entity.key[:3]
    first = one(entity.content, "0400/1") or one(entity.content, "0450/1")
    return CommissionEntry(
        insurer=insurer,
        policy_number=policy_number,
        line=line,
        booked_on=first.get("Buchungsdatum"),
        since=first.get("AbrechnungszeitraumVon"),
        until=first.get("AbrechnungszeitraumBis"),
        reason=first.get("Sollstellungsart"),
        currency=first.get("Waehrungsschluessel"),
        premium=amount(first, "GesbeitragNettoInWE", "PraemieInWE"),
        tax=amount(first, "VerssteuerInWE"),
        gross_premium=amount(first, "GesbeitragBruttoInWE"),
        commission=_sum(first, "GesProvisionsbetragInWE", "ProvisionsBetrag1InWE", "ProvisionsBetrag2InWE"),
        shares=tuple(_shares(entity.content)),
        where=entity.where,
    )


def _sum(fields: Fields, *keys: str) -> Decimal | None:
    found = [each for key in keys if (each := amount(fields, key)) is not None]
    return sum(found, Decimal(0)) if found else None


def _shares(content: Content) -> Iterator[Share]:
    for place, records in content.items():
        layout = place.partition("/")[0]
        if layout not in _SHARE:
            continue
        for fields in records:
            for number in (1, 2, 3):
                keys = [key.format(number) for key in (*_BASE_AND_RATE, _SHARE[layout])]
                base, rate, commission = (amount(fields, key) for key in keys)
                if any((base, rate, commission)):
                    yield Share(fields.get(f"Provisionsart{number}"), base, rate, commission)


_BASE_AND_RATE = ("ProvPflichtBetrag{}InWE", "Provisionssatz{}")
_SHARE = {"0410": "TeilspartenProvBetrag{}InWE", "0450": "ProvisionsBetrag{}InWE"}
"""The short name of a share's commission, by layout."""
