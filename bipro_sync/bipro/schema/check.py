"""Check an answer's envelope against our schemas, with lxml; it never repeats a value that stands in the answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, islice, takewhile
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, cast

from lxml import etree

from ..soap import namespaces as ns


SCHEMA = Path(__file__).parent / "envelope.xsd"
"""The schema of an envelope, which takes in all the others."""

MOST_VIOLATIONS = 100
"""How many are told of one envelope: an insurer's habit shows in each of its shipments."""

_MOST_SIBLINGS = 20_000
"""The cost of telling where something stands grows with the square of it."""

_CROWDED = etree.XPath(f"boolean(//*[count(*) > {_MOST_SIBLINGS}])")
_WITH_ATTRIBUTES = etree.XPath("//*[@*]")

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")
_RULE = re.compile(r"identity-constraint '\{[^}]*\}([A-Za-z-]+)'")
_FACETS = ("PATTERN", "ENUMERATION", "LENGTH", "MINLENGTH", "MAXLENGTH", "MININCLUSIVE")
_VALUE = "its value is not of the form that the norm gives it"
_WORDS = {
    **{f"SCHEMAV_CVC_{facet}_VALID": _VALUE for facet in _FACETS},
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": _VALUE,
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_3": _VALUE,
    "SCHEMAV_CVC_TYPE_3_1_2": _VALUE,
    "SCHEMAV_ELEMENT_CONTENT": "it lacks an element, or holds one that does not belong there",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "it holds text beside its elements, which stands in the envelope alone",
    "SCHEMAV_CVC_ELT_1": "it is no SOAP 1.1 envelope",
}
"""What lxml calls an error, in our words: its own would repeat values."""

_STEP = re.compile(r"([^\[]+)(\[[0-9]+\])?")
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Violation:
    """
    One place where an answer does not fit our schemas.

    *path* names the elements below the SOAP body without prefixes, numbered from the second of a name on; *line* is
    the envelope's, from 1; *what* says what is wrong.  Where nothing could be checked, *path* is empty.
    """

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        """
        Return it as one line for people.
        """
        return ": ".join(filter(None, (f"line {self.line}" if self.line else "", self.path, self.what)))


class UncheckableError(Exception):
    """
    An envelope cannot be checked; *violation* says why.
    """

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.violation = Violation("", line, f"not checked: {why}")


def violations(envelope: bytes) -> tuple[Violation, ...]:
    """
    Return the first places where *envelope* does not fit, none where it does; values are never repeated.

    What cannot be checked is one violation that says so.  About 0.1 s for a list of 10,000 shipments.
    """
    try:
        root = read(envelope)
    except UncheckableError as error:
        return (error.violation,)
    # The log of what was found belongs to the schema, which threads share.
    with _lock:
        schema = _schema()
        if schema.validate(root):
            return ()
        log = cast("Iterable[_Entry]", schema.error_log)
        # One wrong value may break two rules of its type, which are one in our words.
        found = dict.fromkeys((entry.path, entry.line, _words(entry)) for entry in islice(log, 2 * MOST_VIOLATIONS))
    told = islice(found, MOST_VIOLATIONS)
    return tuple(Violation(path_of(_node(root, path)), line, what) for path, line, what in told)


def read(envelope: bytes) -> etree._Element:
    """
    Parse an envelope for checking, without attributes: our schemas say nothing of them, and an answer's own wishes
    about types and schemas do not count.  Nothing outside of it is touched.  Raises :class:`UncheckableError`.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(envelope, parser)
    except etree.XMLSyntaxError as error:
        raise UncheckableError("it cannot be read without its context", error.lineno or 0) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UncheckableError("it holds a DOCTYPE")
    if _CROWDED(root):
        raise UncheckableError(f"an element in it has more than {_MOST_SIBLINGS} children")
    with_attributes: Any = _WITH_ATTRIBUTES(root)
    for element in with_attributes:
        element.attrib.clear()
    return root


def path_of(element: etree._Element) -> str:
    """
    Return where *element* stands, as :class:`Violation` writes it; a name that is none of a norm becomes a `*`.
    """
    steps = []
    for each in (element, *element.iterancestors()):
        name = etree.QName(each).localname
        if name in {"Body", "Envelope"} and etree.QName(each).namespace == ns.SOAP_11:
            break
        number = 1 + sum(1 for _ in each.itersiblings(f"{{*}}{name}", preceding=True))
        steps.append((name if _NAME.fullmatch(name) else "*") + (f"[{number}]" if number > 1 else ""))
    return "/".join(reversed(steps)) or "Envelope"


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMA))


class _Entry(Protocol):
    """
    What lxml notes of one error.
    """

    path: str
    line: int
    type_name: str
    message: str


def _words(entry: _Entry) -> str:
    if entry.type_name != "SCHEMAV_CVC_IDC":
        return _WORDS.get(entry.type_name, "it does not fit")
    # Our rule's name stands last: what stands before it may be a value.  Without one, the value that a rule needs is
    # wrong itself, which has been told already.
    rules = _RULE.findall(entry.message)
    return f"it breaks the rule: {rules[-1].replace('-', ' ')}" if rules else _VALUE


def _node(root: etree._Element, path: str) -> etree._Element:
    """
    Return the element that libxml2 names by the document's own prefixes, or by `*` where it has none.

    It cuts names of a hundred bytes short: then the element above such a one stands for it.
    """
    steps = [_STEP.fullmatch(step) for step in path.split("/")[1:]]
    expressions = accumulate(
        f"/{step[0]}" if step[1] == "*" else f"/*[name()='{step[1]}']{step[2] or ''}" for step in steps if step
    )
    found = takewhile(bool, (_elements(root, expression) for expression in expressions))
    return [root, *(elements[0] for elements in found)][-1]


def _elements(root: etree._Element, expression: str) -> list[etree._Element]:
    found: Any = root.xpath(expression)
    return [*found]
