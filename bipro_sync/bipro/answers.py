"""Read SOAP bodies, faults and the norm's Status; what is not positively recognised is an error, never "empty".

Norms 410 and 430 over SOAP 1.1, by namespace URI and local name, never by prefix or order.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus

from ..errors import FaultError, MissingRightError, NotOkError, ProtocolError, TemporaryError
from ..model.ports import Operation, Outcome
from ..model.shipment import Message, Status
from .calls.call import TEMPORARY_STATUS, Answer, Call
from .codes import advice, is_about_header, is_about_login, is_temporary, spoken
from .soap import namespaces as ns
from .soap.element import Element


_STATUS_IDS = frozenset({"OK", "NOK"})
_ERROR = "Fehler"


@dataclass(frozen=True, slots=True)
class Fault:
    """
    A SOAP fault; *status* is that of its BiproException, if it has one (norm 250).
    """

    status: Status | None

    @property
    def codes(self) -> tuple[str, ...]:
        """
        The Meldung codes, possibly none.
        """
        return () if self.status is None else self.status.codes


def soap_body(root: Element) -> Element | Fault:
    """
    Return what the envelope carries.

    Raises :class:`ProtocolError` where it is none of SOAP 1.1, unless it carries a fault of SOAP 1.2.
    """
    soap = root.namespace
    if root.name != "Envelope" or soap not in (ns.SOAP_11, ns.SOAP_12):
        raise ProtocolError("The answer is XML, yet no SOAP envelope.")
    body = next((each for each in root.children if each.name == "Body" and each.namespace == soap), None)
    if body is None or not body.children:
        raise ProtocolError("The answer's SOAP body is missing or empty.")
    # A fault beside something else is a fault.
    fault = next((each for each in body.children if each.name == "Fault" and each.namespace == soap), None)
    if fault is not None:
        return Fault(_fault_status(fault))
    if soap == ns.SOAP_12:
        raise ProtocolError("The insurer answers in SOAP 1.2, which norms 410 and 430 do not use.")
    return body.children[0]


def content_of(answer: Answer) -> Element | Fault | None:
    """
    Return what the answer's envelope carries, None where a temporary status came and no fault of SOAP with it.

    Raises :class:`ProtocolError` as :func:`soap_body`.
    """
    if answer.message is None:
        return None
    passing = answer.http_status in TEMPORARY_STATUS
    try:
        content = soap_body(answer.message.root)
    except ProtocolError:
        if passing:
            return None
        raise
    return None if passing and not isinstance(content, Fault) else content


def response(
    call: Call, answer: Answer, operation: Operation, *, missing_right: Collection[str] = frozenset()
) -> tuple[Element, Status]:
    """
    Return the `Response` of a transfer call and its Status, whether OK or not, and tell *call* of them.

    *missing_right* are the codes by which this insurer says that the account lacks a right.  Raises
    :class:`TemporaryError`, :class:`MissingRightError`, :class:`FaultError` or :class:`ProtocolError`.
    """
    content = content_of(answer)
    if content is None:
        raise temporary((), answer.http_status)
    if isinstance(content, Fault):
        call.outcome, call.status = Outcome.FAULT, content.status
        if is_temporary(content.codes) or (not content.codes and answer.http_status in TEMPORARY_STATUS):
            raise temporary(content.codes, answer.http_status)
        if _lacks_right(content.codes, missing_right, forbidden=answer.http_status == HTTPStatus.FORBIDDEN):
            raise _missing_right(content.codes)
        raise FaultError(
            f"The insurer answered with a fault, {spoken(content.codes)}.",
            codes=content.codes,
            hint=advice(content.codes),
        )
    if not answer.positive:
        raise ProtocolError("The answer holds neither a fault nor a success.")
    element = _operation_response(content, operation)
    call.status = status = _status(element)
    if not status.ok or has_error(status):
        call.outcome = Outcome.NOK
    return element, status


def require_ok(status: Status, missing_right: Collection[str] = frozenset()) -> None:
    """
    Raise :class:`NotOkError` for a Status that is NOK, or OK with a Meldung of kind `Fehler`.

    Where its codes call that temporary, :class:`TemporaryError`; where one of them is of *missing_right*, by which this
    insurer says that the account lacks a right, :class:`MissingRightError`.
    """
    if status.ok and not has_error(status):
        return
    if is_temporary(status.codes):
        raise temporary(status.codes)
    if _lacks_right(status.codes, missing_right):
        raise _missing_right(status.codes)
    said = "OK and reports an error" if status.ok else "NOK"
    raise NotOkError(
        f"The insurer answered {said}, {spoken(status.codes)}.", codes=status.codes, hint=advice(status.codes)
    )


def has_error(status: Status) -> bool:
    """
    Tell whether a Meldung is of kind `Fehler`.
    """
    return any(message.kind == _ERROR for message in status.messages)


def temporary(codes: Collection[str], http_status: int | None = None) -> TemporaryError:
    """
    Return the error for what the other side calls temporary itself, by codes of the norm or else by HTTP.
    """
    reason = spoken(codes) if codes else f"HTTP status {http_status}"
    return TemporaryError(f"The service has a temporary trouble, {reason}.")


def _lacks_right(codes: Collection[str], missing_right: Collection[str], *, forbidden: bool = False) -> bool:
    """
    Tell whether the codes speak of a right rather than of the login, whose codes outweigh all others.

    *forbidden* says that HTTP itself does (403), which counts unless a code objects to the security header.
    """
    if is_about_login(codes):
        return False
    named = any(code in missing_right for code in codes)
    return named or (forbidden and bool(codes) and not is_about_header(codes))


def _missing_right(codes: tuple[str, ...]) -> MissingRightError:
    return MissingRightError(f"The account lacks the right to this, {spoken(codes)}.", codes=codes)


def _operation_response(content: Element, operation: Operation) -> Element:
    name = f"{operation.value}Response"
    if content.namespace == ns.BIPRO:
        raise ProtocolError(
            "The insurer answers in Release 1 of the norm, which is not supported.",
            hint="Ask the insurer for the address of its service of release 2, and set transfer_url to it.",
        )
    if content.namespace != ns.TRANSFER or content.name not in (name, name[0].upper() + name[1:]):
        raise ProtocolError(f"The answer is SOAP, yet none to {operation.value}.")
    return _only(content, "Response")


def _status(element: Element) -> Status:
    status = _only(element, "Status")
    if _only(status, "StatusID").value not in _STATUS_IDS:
        raise ProtocolError("The answer holds no StatusID that is OK or NOK.")
    return _read_status(status)


def _only(parent: Element, name: str) -> Element:
    """
    Return the one child of this name: of two that say different things neither is believed.
    """
    found = tuple(parent.each(name))
    if len(found) != 1:
        raise ProtocolError(f"The answer holds no {name}, or more than one.")
    return found[0]


def _read_status(status: Element) -> Status:
    status_id = status.text_of("StatusID")
    return Status(
        ok=status_id == "OK",
        status_id=status_id,
        process_id=status.text_of("ProzessID"),
        timestamp=status.text_of("Zeitstempel"),
        messages=tuple(
            Message(
                kind=message.text_of("ArtID"),
                code=message.text_of("MeldungID"),
                text=message.text_of("Text"),
                reference=message.text_of("Identifikationsnummer"),
            )
            for message in status.each("Meldung")
        ),
    )


def _fault_status(fault: Element) -> Status | None:
    for detail in fault.children:
        for exception in detail.each("BiproException"):
            status = exception.child("Status")
            if status is not None:
                return _read_status(status)
    return None
