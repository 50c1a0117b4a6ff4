"""Write the three requests of norm 430, in the form that the insurer's release demands; nothing is sent here."""

from __future__ import annotations

from ...model.ports import Operation
from ..calls.request import Request, Reveal, soap_request
from ..login.hub import authorization
from ..login.session import Session
from ..soap import namespaces as ns
from ..soap.writing import NAMESPACES, element, envelope, security
from ..wire import Connection


def list_shipments(connection: Connection, session: Session) -> Request:
    """
    Write listShipments.
    """
    category, flag = connection.list_category, connection.confirmed_flag
    rest = element("KategorieDerLieferung", category, ns.TRANSFER) if category else ""
    if flag != "omit":
        rest += element("BestaetigeLieferungen", flag, ns.TRANSFER)
    return _transfer(connection, Operation.LIST, session, rest)


def get_shipment(connection: Connection, session: Session, shipment_id: str) -> Request:
    """
    Write getShipment; where the form has the flag here too, it is `false` unless confirmed shipments are asked for.
    """
    rest = element("ID", shipment_id, ns.TRANSFER)
    if connection.form.get_confirmed_flag:
        flag = "true" if connection.confirmed_flag == "true" else "false"
        rest += element("BestaetigeLieferungen", flag, ns.TRANSFER)
    return _transfer(connection, Operation.GET, session, rest)


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

    headers = None if session.bearer is None else authorization(session.bearer)
    action = f"urn:{name}" if form.soap_action == "urn" else ""
    return soap_request(
        operation, "transfer", connection.transfer_url, soap_action=action, write=write, headers=headers
    )
