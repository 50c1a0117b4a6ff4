"""Checks what a client sends as a strict server does; it never guesses what was meant.

WS-Security 1.0, WS-Trust of February 2005, and the field order of norm 430.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .envelope import CONVERSATION, LOGIN, SECURITY, TRUST, TRUST_1_3, Envelope
from .faults import RefusedCallError
from .scenario import NAMESPACES, Scenario
from .words import CategoryFilter, ConfirmedFlag, LoginForm, Operation, SoapAction


_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing/"
_PASSWORD_TEXT = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"  # noqa: S105  a URI
_VERSION = re.compile(r"\d{1,3}(\.\d{1,3}){4}", re.ASCII)
_CATEGORY = re.compile(r"(\d{3}){1,3}", re.ASCII)
_LONGEST_CONSUMER_ID = 50
_LONGEST_ID = 25
_RELEASE_1 = "http://www.bipro.net/namespace"
_OPERATIONS = {each.value: each for each in (Operation.LIST, Operation.GET, Operation.ACKNOWLEDGE)}
_ACTIONS = {
    Operation.LOGIN: f"urn:{LOGIN}",
    Operation.VALIDATE: f"urn:{LOGIN}",
    Operation.CANCEL: f"urn:{LOGIN}",
    Operation.TGIC: f"{TRUST_1_3}/RST/Issue",
}
_COARSE = 3


def check_soap_action(header: str | None, operation: Operation, habit: SoapAction) -> None:
    """
    Refuse a call whose SOAPAction is missing or that of another operation, where the scenario is strict.
    """
    expected = _ACTIONS.get(operation, f"urn:{operation.value}")
    if habit is SoapAction.STRICT and header != f'"{expected}"':
        raise RefusedCallError("00930", detail="The header SOAPAction is missing or wrong")


def read_username(envelope: Envelope, *, typed: bool) -> tuple[str, str]:
    """
    Return user name and password; where it must be *typed*, the password says that it is one.
    """
    token = envelope.security.child(SECURITY, "UsernameToken")
    if token is None:
        raise RefusedCallError("00900", "00908")
    username, password = token.child(SECURITY, "Username"), token.child(SECURITY, "Password")
    if username is None or password is None:
        raise RefusedCallError("00900", "00908")
    kind = password.attributes.get("Type")
    if kind != _PASSWORD_TEXT and (typed or kind is not None):
        raise RefusedCallError("00900", "00908")
    return username.text, password.text


def check_login_form(envelope: Envelope, wanted: LoginForm) -> None:
    """
    Refuse a request for a token that is not of a form in use, or not of the one that the account takes.
    """
    others = [each for each in envelope.payload.children if each.namespace != TRUST]
    forms = {
        LoginForm.STANDARD: [(NAMESPACES["nac"], "BiPROVersion")],
        LoginForm.RELEASE_2_1: [(NAMESPACES["allg"], "BiPROVersion")],
        LoginForm.VEMA: [],
    }
    names = [(each.namespace, each.name) for each in others]
    if names not in forms.values() or (wanted is not LoginForm.ANY and names != forms[wanted]):
        raise RefusedCallError.schema("The request for a token is not of the form that this account takes")
    if others and not _VERSION.fullmatch(others[0].text.strip()):
        raise RefusedCallError.schema("BiPROVersion must consist of five numbers")
    action = None if envelope.header is None else envelope.header.value(_ADDRESSING, "Action")
    if wanted is LoginForm.VEMA and action != f"{TRUST}/RST/SCT":
        raise RefusedCallError.schema("The header Action is missing or wrong")


def read_token(envelope: Envelope) -> str:
    """
    Return the token of a call.
    """
    context = envelope.security.child(CONVERSATION, "SecurityContextToken")
    if context is None:
        raise RefusedCallError("00900", "00917")
    identifier = context.value(CONVERSATION, "Identifier")
    if not identifier:
        raise RefusedCallError("00900", "00909")
    return identifier


def identify_transfer(envelope: Envelope, *, release1: bool) -> tuple[Operation, str | None]:
    """
    Return which call of the mailbox it is, and of which shipment; Release 1 is recognised and refused.
    """
    payload = envelope.payload
    if payload.namespace == _RELEASE_1:
        raise RefusedCallError("00930", "00931", detail="Release 1 of the transfer service is not offered here")
    if release1:
        raise RefusedCallError.schema("Only Release 1 of the transfer service is offered here")
    operation = _OPERATIONS.get(payload.name[:1].lower() + payload.name[1:])
    if payload.namespace != NAMESPACES["tran"] or operation is None:
        raise RefusedCallError.schema("This operation is not known")
    request = payload.child(NAMESPACES["tran"], "Request")
    return operation, None if request is None else request.value(NAMESPACES["tran"], "ID")


@dataclass(frozen=True, slots=True)
class TransferCall:
    """
    A well-formed call of the mailbox; *capitalised* is the way of release 2.1.
    """

    operation: Operation
    capitalised: bool
    category: str | None
    confirmed: bool
    shipment: str


def read_transfer(envelope: Envelope, operation: Operation, scenario: Scenario) -> TransferCall:
    """
    Return a call whose elements stand in the schema's order and hold what they may.
    """
    capitalised = envelope.payload.name[0].isupper()
    fields = _fields_in_order(envelope, operation, capitalised=capitalised)
    if not _VERSION.fullmatch(fields["BiPROVersion"]):
        raise RefusedCallError.schema("BiPROVersion must consist of five numbers")
    _check_consumer_id(fields.get("ConsumerID"), scenario.account.consumer_id)
    category, confirmed = fields.get("KategorieDerLieferung"), fields.get("BestaetigeLieferungen")
    if category is not None and (
        not _CATEGORY.fullmatch(category) or scenario.transfer.category_filter is CategoryFilter.REFUSE
    ):
        raise RefusedCallError.schema("KategorieDerLieferung is not accepted")
    if confirmed is not None and (
        confirmed not in ("true", "false") or scenario.transfer.confirmed_flag is ConfirmedFlag.FORBIDDEN
    ):
        raise RefusedCallError.schema("BestaetigeLieferungen is not accepted")
    shipment = fields.get("ID", "")
    if operation is not Operation.LIST and not 1 <= len(shipment) <= _LONGEST_ID:
        raise RefusedCallError.schema(f"ID must have 1 to {_LONGEST_ID} characters")
    return TransferCall(operation, capitalised, category, confirmed == "true", shipment)


def _fields_in_order(envelope: Envelope, operation: Operation, *, capitalised: bool) -> dict[str, str]:
    request = envelope.payload.child(NAMESPACES["tran"], "Request")
    if request is None or len(envelope.payload.children) != 1:
        raise RefusedCallError.schema("The call must hold exactly one Request")
    version, consumer = ("allg", "tran") if capitalised else ("nac", "nac")
    schema = [(NAMESPACES[version], "BiPROVersion"), (NAMESPACES[consumer], "ConsumerID")]
    if operation is Operation.LIST:
        schema += [(NAMESPACES["tran"], "KategorieDerLieferung"), (NAMESPACES["tran"], "BestaetigeLieferungen")]
    else:
        schema.append((NAMESPACES["tran"], "ID"))
        if capitalised and operation is Operation.GET:
            schema.append((NAMESPACES["tran"], "BestaetigeLieferungen"))
    place = 0
    for each in request.children:
        if (each.namespace, each.name) not in schema[place:] or each.children:
            raise RefusedCallError.schema("An element of the request is unknown or in the wrong place")
        place = schema.index((each.namespace, each.name)) + 1
    fields = {each.name: each.text for each in request.children}
    required = {"BiPROVersion"} if operation is Operation.LIST else {"BiPROVersion", "ID"}
    if not required <= fields.keys():
        raise RefusedCallError.schema(f"The request lacks {' and '.join(sorted(required - fields.keys()))}")
    return fields


def _check_consumer_id(given: str | None, wanted: str) -> None:
    if given is not None and len(given) > _LONGEST_CONSUMER_ID:
        raise RefusedCallError.schema(f"ConsumerID must have at most {_LONGEST_CONSUMER_ID} characters")
    if wanted and given != wanted:
        raise RefusedCallError.schema("ConsumerID is missing or not that of this account")


def coarse(category: str | None) -> bool:
    """
    Say whether a category filter is as coarse as every insurer supports.
    """
    return category is None or len(category) == _COARSE
