"""Write the three requests of norm 430, in the form that the insurer's release demands."""

from __future__ import annotations

from ...model.ports import Operation
from ..calls.request import Request, Reveal, soap_request
from ..login.session import Session
from ..soap import namespaces as ns
from ..soap.writing import NAMESPACES, element, envelope, security
from ..wire import Connection


def list_shipments(connection: Connection, session: Session) -> Request:
    """
    Write listShipments; no category filter, since several insurers answer one with a schema error.
    """
    flag = ""
    if connection.confirmed_flag != "omit":
        flag = element("BestaetigeLieferungen", connection.confirmed_flag, ns.TRANSFER)
    return _transfer(connection, Operation.LIST, session, flag)


def get_shipment(connection: Connection, session: Session, shipment_id: str) -> Request:
    """
    Write getShipment.
    """
    return _transfer(connection, Operation.GET, session, element("ID", shipment_id, ns.TRANSFER))


def acknowledge_shipment(connection: Connection, session: Session, shipment_id: str) -> Request:
    """
    Write acknowledgeShipment.
    """
    return _transfer(connection, Operation.ACKNOWLEDGE, session, element("ID", shipment_id, ns.TRANSFER))


def _transfer(connection: Connection, operation: Operation, session: Session, rest: str) -> Request:
    form = connection.form
    name = operation.value
    if form.operations == "capital":
        name = name[0].upper() + name[1:]
    fields = element("BiPROVersion", connection.bipro_version, NAMESPACES[form.version_namespace])
    if connection.consumer_id:
        fields += element("ConsumerID", connection.consumer_id, NAMESPACES[form.consumer_namespace])
    body = f'<tran:{name} xmlns:tran="{ns.TRANSFER}"><tran:Request>{fields}{rest}</tran:Request></tran:{name}>'

    def write(reveal: Reveal) -> str:
        header = "" if session.security is None else security(reveal(session.security))
        return envelope(header=header, body=body)

    headers = None if session.bearer is None else {"Authorization": f"Bearer {session.bearer.reveal()}"}
    action = f"urn:{name}" if form.soap_action == "urn" else ""
    return soap_request(
        operation, "transfer", connection.transfer_url, soap_action=action, write=write, headers=headers
    )
