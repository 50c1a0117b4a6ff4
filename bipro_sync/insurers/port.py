"""The port to an insurer, and the way to open it; the one place where a secret is fetched, at the last moment."""

from __future__ import annotations

from typing import Protocol

from ..bipro import BiproClient, Connection, PasswordLogin
from ..model.ports import CallObserver, Clock, LoginGate, PartSink
from ..model.secret import SecretRef
from ..model.shipment import Acknowledgement, FetchedShipment, Listing
from .credentials import fetch_secret
from .insurer import Insurer


class Provider(Protocol):
    """
    Whoever delivers shipments; each method may raise the errors of :mod:`bipro_sync.errors`.
    """

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

    def close(self) -> None:
        """
        Forget the session.
        """
        ...


def open_provider(insurer: Insurer, *, observer: CallObserver, gate: LoginGate, clock: Clock) -> Provider:
    """
    Return the way to *insurer*; nothing is sent yet.

    Raises :class:`~bipro_sync.errors.CredentialMissingError` where a secret's source holds nothing; it names the key.
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
        ca_file=insurer.ca_file,
    )
    username = insurer.auth.username
    login = PasswordLogin(
        username=fetch_secret(insurer, "username", username).reveal() if isinstance(username, SecretRef) else username,
        password=fetch_secret(insurer, "password", insurer.auth.password),
    )
    return BiproClient(connection, login, observer=observer, gate=gate, clock=clock)
