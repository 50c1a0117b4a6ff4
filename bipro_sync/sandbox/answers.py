"""Writes the insurer's answers as XML text; it never decides what they say.

The order of elements is the norm's, VerfuegbarBis (whose place is not public) stands after Sparte.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from .envelope import ENVELOPE
from .faults import message
from .scenario import NAMESPACES, File, Shipment, Transfer
from .words import Algorithm, Prefixes


_DECLARED = {
    **NAMESPACES,
    "xmime": "http://www.w3.org/2005/05/xmlmime",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_STYLES = {
    Prefixes.TRAN: {"soap": "soapenv"},
    Prefixes.T: {"tran": "t", "nac": "n", "allg": "a", "gevo": "g", "soap": "S"},
    Prefixes.XF: {"tran": "xf", "soap": "SOAP-ENV"},
}


def fault_answer(
    codes: Sequence[str],
    why: str,
    version: str,
    moment: str,
    *,
    code: str = "Client",
    detail: bool = True,
) -> str:
    """
    Return a SOAP fault; with *detail* it carries the norm's BiproException with *codes*.
    """
    exception = ""
    if detail:
        writer = Writer(Prefixes.TRAN)
        content = writer.leaf("nac", "BiPROVersion", version or "0.0.0.0.0") + writer.status("NOK", codes, moment, why)
        exception = f'<nac:BiproException xmlns:nac="{NAMESPACES["nac"]}">{content}</nac:BiproException>'
    text = escape(why or (message(codes[0])[1] if codes else "Internal Error"))
    return (
        f'<S:Envelope xmlns:S="{ENVELOPE}"><S:Body><S:Fault><faultcode>S:{code}</faultcode>'
        f"<faultstring>{text}</faultstring><detail>{exception}</detail></S:Fault></S:Body></S:Envelope>"
    )


@dataclass(frozen=True, slots=True)
class Writer:
    """
    Writes the mailbox's answers with one set of prefixes.
    """

    prefixes: Prefixes

    def _prefix(self, name: str) -> str:
        return _STYLES[self.prefixes].get(name, name)

    def element(self, namespace: str, name: str, content: str, attributes: str = "") -> str:
        """
        Return an element around *content*, which is XML already.
        """
        tag = f"{self._prefix(namespace)}:{name}"
        return f"<{tag}{attributes}>{content}</{tag}>"

    def leaf(self, namespace: str, name: str, value: str | float | bool | None) -> str:
        """
        Return an element around a text, or nothing where there is no value.
        """
        if value is None:
            return ""
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return self.element(namespace, name, escape(text, {"\r": "&#13;"}))

    def status(self, status_id: str, codes: Iterable[str], moment: str, why: str = "") -> str:
        """
        Return a Status with one Meldung a code; *why* is told with the first.
        """
        messages: list[str] = []
        for code in codes:
            kind, text = message(code)
            told = self.leaf("nac", "Text", f"{text}: {why}" if why and not messages else text)
            messages.append(
                self.element(
                    "nac", "Meldung", self.leaf("nac", "ArtID", kind) + self.leaf("nac", "MeldungID", code) + told
                )
            )
        content = (
            self.leaf("nac", "ProzessID", f"practice-{uuid.uuid4()}")
            + self.leaf("nac", "Zeitstempel", moment)
            + self.leaf("nac", "StatusID", status_id)
            + self.leaf("nac", "Schwebe", False)
        )
        return self.element("nac", "Status", content + "".join(messages))

    def response(self, operation: str, version: str, content: str) -> str:
        """
        Return the whole envelope of an answer; *operation* is spelled as in the request.
        """
        told = self.leaf("allg" if operation[0].isupper() else "nac", "BiPROVersion", version)
        declared = "".join(f' xmlns:{self._prefix(name)}="{address}"' for name, address in _DECLARED.items())
        response = self.element("tran", "Response", told + content)
        body = self.element("tran", f"{operation}Response", response, declared)
        soap = self._prefix("soap")
        return f'<{soap}:Envelope xmlns:{soap}="{ENVELOPE}"><{soap}:Body>{body}</{soap}:Body></{soap}:Envelope>'

    def shipment(self, shipment: Shipment, transfers: str = "", count: int | None = None) -> str:
        """
        Return a Lieferung, with its transfers where they are given; *count* is what AnzahlTransfers says.
        """
        number = shipment.transfer_count if shipment.transfer_count is not None else len(shipment.transfers)
        content = (
            self.leaf("tran", "ID", shipment.id)
            + self.leaf("tran", "Einstellzeitpunkt", shipment.posted)
            + self.leaf("tran", "Kategorie", shipment.category)
            + self.leaf("tran", "ArtDerLieferung", shipment.delivery_type)
            + self.leaf("tran", "EnthaeltNurDaten", shipment.data_only)
            + self.leaf("tran", "PeriodischeLieferung", shipment.periodic)
            + self.leaf("tran", "Sparte", shipment.line)
            + self.leaf("tran", "VerfuegbarBis", shipment.available_until)
            + self.leaf("tran", "AnzahlTransfers", number if count is None else count)
            + self.fields("tran", shipment.further)
        )
        return self.element("tran", "Lieferung", content + transfers)

    def transfer(self, transfer: Transfer, files: str) -> str:
        """
        Return a Transfer around *files*.
        """
        kind = f" xsi:type={quoteattr(transfer.type)}" if transfer.type else ""
        content = self.fields("gevo", transfer.fields) + files + self.fields("tran", transfer.further)
        return self.element("tran", "Transfer", content, kind)

    def fields(self, namespace: str, fields: Mapping[str, Any]) -> str:
        """
        Return the fields of a scenario as elements.
        """
        return "".join(
            self._field(namespace, name, each)
            for name, value in fields.items()
            for each in (value if isinstance(value, list) else [value])
        )

    def _field(self, namespace: str, name: str, value: str | Mapping[str, Any]) -> str:
        prefix, colon, local = name.partition(":")
        own, tag = (prefix, local) if colon else (namespace, name)
        return self.leaf(own, tag, value) if isinstance(value, str) else self.element(own, tag, self.fields(own, value))

    def file(self, file: File, content: str | None, algorithm: Algorithm, checksum: str) -> str:
        """
        Return a Datei; *content* is what stands in Daten, if there are any.
        """
        data = told = ""
        if content is not None:
            kind = f" xmime:contentType={quoteattr(file.media_type)}" if file.media_type else ""
            data = self.element("allg", "Daten", content, kind)
        if algorithm is not Algorithm.NONE:
            facts = self.leaf("allg", "Typ", algorithm.value) + self.leaf("allg", "Wert", checksum)
            told = self.element("allg", "Pruefsumme", facts)
        return self.element(
            "gevo",
            "Datei",
            self.leaf("allg", "Dateiname", file.name)
            + self.leaf("allg", "Dateityp", file.kind)
            + data
            + self.leaf("allg", "Datenlink", file.link)
            + self.leaf("allg", "Komprimierungstyp", file.compression)
            + "".join(self.leaf("allg", "DokumentartID", each) for each in file.document_types)
            + told,
        )


def include(address: str) -> str:
    """
    Return the reference to a part of the message (W3C XOP 1.0).
    """
    return f'<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href={quoteattr(address)}/>'
