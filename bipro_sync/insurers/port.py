"""The port to an insurer, and the way to open it; nothing is sent before the first call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from ..bipro import BiproClient, Connection, TokenShelf
from ..model.ports import CallObserver, Clock, LoginGate, PartSink
from ..model.shipment import Acknowledgement, FetchedShipment, Listing
from .insurer import Insurer
from .login import hub_of, login_of


class Provider(Protocol):
    """
    Whoever delivers shipments; each method may raise the errors of :mod:`bipro_sync.errors`.
    """

    @property
    def clock_skew(self) -> float | None:
        """
        The insurer's clock minus ours in seconds, by its last answer; None before the first.
        """
        ...

    @property
    def repeated(self) -> int:
        """
        How many calls were made once more after a trouble that passes.
        """
        ...

    def login(self) -> None:
        """
        Log in, unless that is done and still holds.
        """
        ...

    def list_shipments(self) -> Listing:
        """
        Return what lies in the mailbox; an empty listing is a positive answer (invariant I11).
        """
        ...

    def fetch(self, shipment_id: str, *, exchange: str, sink: PartSink) -> FetchedShipment:
        """
        Fetch one shipment into *sink*; *exchange* names for the audit log what is fetched.
        """
        ...

    def acknowledge(self, shipment_id: str) -> Acknowledgement:
        """
        Tell the insurer that the shipment has arrived for good; it may delete it now.

        Doubt is a verdict; an :class:`~bipro_sync.errors.InsurerError` or :class:`~bipro_sync.errors.LoginError`
        is raised only where surely nothing was carried out.
        """
        ...

    def close(self, *, keep_session: bool = False) -> None:
        """
        Hang up, and end the session unless another provider of this shelf is to go on with it.
        """
        ...


def open_provider(
    insurer: Insurer,
    *,
    observer: CallObserver,
    gate: LoginGate,
    clock: Clock,
    shelf: TokenShelf | None = None,
    stop: Callable[[], bool] = lambda: False,
    waiting: Callable[[float], None] = lambda _seconds: None,
    repeats: bool = True,
) -> Provider:
    """
    Return the way to *insurer*; nothing is sent yet.

    Before a call is repeated *waiting* is told the seconds of the wait, which ends early as soon as *stop* says so.
    Without *repeats* no call is repeated; the pace that the insurer demands is kept all the same.  Insurers of one
    account that are given the same *shelf* share its token.

    Raises :class:`~bipro_sync.errors.CredentialMissingError` where a secret's source holds nothing, or a certificate's
    file does not open; it names the key.
    """
    connection = Connection(
        insurer=insurer.name,
        account=insurer.account,
        sts_url=insurer.sts_url,
        transfer_url=insurer.transfer_url,
        bipro_version=insurer.bipro_version,
        form=insurer.form,
        consumer_id=insurer.consumer_id,
        confirmed_flag=insurer.confirmed_flag,
        list_category=insurer.list_category,
        ca_file=insurer.ca_file,
        proxy=insurer.proxy,
        calls_per_second=insurer.calls_per_second,
        unlock_contact=insurer.profile.facts.unlock_contact,
    )
    if not repeats:
        connection = replace(connection, most_retries=0)
    return BiproClient(
        connection,
        login_of(insurer),
        hub=hub_of(insurer),
        observer=observer,
        gate=gate,
        clock=clock,
        shelf=shelf,
        stop=stop,
        waiting=waiting,
    )
