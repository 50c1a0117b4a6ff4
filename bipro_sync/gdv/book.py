"""The model: contracts with their risks, and partners, in words, each with the way back to its records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ..model.policy_number import normalised
from .codes import Gone, Reference, Status
from .entities import ADDRESSING, Content, Entity, Fields, amount, one


@dataclass(frozen=True, slots=True)
class Risk:
    """
    What is insured, for one line and number in the contract; *fields* by place, as in the entity's content.
    """

    line: str
    number: str
    fields: Mapping[str, list[Fields]]


@dataclass(frozen=True, slots=True)
class Contract:
    """
    A contract; dates are in ISO form and may be partial, amounts are in *currency*, what was not sent is None.

    *where* are the numbers of its records in the file.
    """

    insurer: str
    policy_number: str
    line: str
    policy_number_sent: str | None
    broker: str | None
    bundled: bool
    status: str | None
    gone_because: str | None
    gone_on: str | None
    begin: str | None
    end: str | None
    due: str | None
    payment: str | None
    currency: str | None
    premium: Decimal | None
    gross_premium: Decimal | None
    product: str | None
    customer: str | None
    reference: str | None
    reference_is: str | None
    risks: tuple[Risk, ...]
    where: tuple[int, ...]

    @property
    def is_cancelled(self) -> bool:
        """
        Whether the contract's status says that it has ended.
        """
        return self.status == Status.CANCELLED

    @property
    def went_to_another_insurer(self) -> bool:
        """
        Whether it ended because the insurer's portfolio went to another (Fusion).
        """
        return self.is_cancelled and self.gone_because == Gone.FUSION

    @property
    def new_number(self) -> str | None:
        """
        The number, normalised, under which it goes on, where the insurer says that.
        """
        if self.reference_is == Reference.NEW or (
            self.is_cancelled and self.gone_because == Gone.NEW_NUMBER and self.reference_is != Reference.OLD
        ):
            return normalised(self.reference or "") or None
        return None

    @property
    def old_number(self) -> str | None:
        """
        The number, normalised, which it had before, where the insurer says that.
        """
        return normalised(self.reference or "") or None if self.reference_is == Reference.OLD else None


@dataclass(frozen=True, slots=True)
class Partner:
    """
    A person or firm in its *role* (Adresskennzeichen) for a contract; *names* as sent, the family's or firm's first.
    """

    insurer: str
    policy_number: str
    role: str
    ordinal: int
    names: tuple[str, ...]
    title: str | None
    birth_date: str | None
    street: str | None
    postcode: str | None
    town: str | None
    country: str | None
    customer: str | None
    broker_customer: str | None
    where: tuple[int, ...]

    @property
    def person(self) -> tuple[str, ...]:
        """
        What is the same for the same person under several policy numbers: the insurer's number for the customer, else
        the broker's, else names and date of birth.
        """
        if self.customer:
            return "insurer", self.insurer, normalised(self.customer)
        if self.broker_customer:
            return "broker", normalised(self.broker_customer)
        return "names", *(name.casefold() for name in self.names), self.birth_date or ""


def contract(entity: Entity) -> Contract:
    """
    Return the contract that *entity* is.
    """
    insurer, policy_number, line = entity.key
    common, first, second = (one(entity.content, place) for place in (ADDRESSING, "0200/1", "0200/2"))
    return Contract(
        insurer=insurer,
        policy_number=policy_number,
        line=line,
        policy_number_sent=common.get("VsNr"),
        broker=common.get("GeschaeftsstelleVermittler"),
        bundled=common.get("Buendelungskennzeichen") == "1",
        status=entity.status,
        gone_because=first.get("Abgangsgrund"),
        gone_on=first.get("Abgangsdatum"),
        begin=first.get("Vertragsbeginn"),
        end=first.get("Vertragsablauf"),
        due=first.get("Hauptfaelligkeit"),
        payment=first.get("Zahlungsweise"),
        currency=first.get("Waehrungsschluessel"),
        premium=amount(first, "GesbeitragNettoInWE"),
        gross_premium=amount(second, "GesbeitragBruttoInWE"),
        product=second.get("Produktname"),
        customer=first.get("PersonenKundenNrVersicherers"),
        reference=first.get("ReferenzVsNr"),
        reference_is=first.get("SpezifikationReferenzVsNr"),
        risks=tuple(_risks(entity.content)),
        where=entity.where,
    )


def partner(entity: Entity) -> Partner:
    """
    Return the partner that *entity* is.
    """
    insurer, policy_number, role, ordinal = entity.key
    first, second = one(entity.content, "0100/1"), one(entity.content, "0100/2")
    return Partner(
        insurer=insurer,
        policy_number=policy_number,
        role=role,
        ordinal=int(ordinal),
        names=tuple(first[key] for key in ("Name1", "Name2", "Name3") if key in first),
        title=first.get("Titel"),
        birth_date=first.get("Geburtsdatum"),
        street=first.get("Str"),
        postcode=first.get("PLZ"),
        town=first.get("Ort"),
        country=first.get("LKZ"),
        customer=second.get("PersonenKundenNrVersicherers"),
        broker_customer=second.get("PersonenKundenNrVermittlers"),
        where=entity.where,
    )


def _risks(content: Content) -> Iterator[Risk]:
    """
    Yield the risks; parts without a running number, as a vehicle's second ones, are of the only one of their line.
    """
    places = list(_risk_places(content))
    numbers: dict[str, set[str]] = {}
    for line, number, _ in places:
        numbers.setdefault(line, set()).update({number} - {""})
    found: dict[tuple[str, str], dict[str, list[Fields]]] = {}
    for line, number, place in places:
        only = next(iter(numbers[line])) if len(numbers[line]) == 1 else ""
        found.setdefault((line, number or only), {})[place] = content[place]
    for (line, number), fields in found.items():
        yield Risk(line, number, fields)


def _risk_places(content: Content) -> Iterator[tuple[str, str, str]]:
    """
    Yield line, running number and place of what a contract's risks say.
    """
    for place in content:
        name, _, number = place.partition(":")
        if name[:3] in {"022", "023"}:
            yield name[5:8], number, place
