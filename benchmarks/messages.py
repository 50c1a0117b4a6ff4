"""Write the answers that the other side sends; all in them is invented."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterable, Iterator
from pathlib import Path


MEBIBYTE = 1 << 20
BOUNDARY = "uuid:benchmark"
MULTIPART = f'multipart/related; boundary="{BOUNDARY}"'
_HEAD = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
_TAIL = "</s:Body></s:Envelope>"
_STATUS = (
    "<n:Status><n:ProzessID>b-1</n:ProzessID><n:Zeitstempel>2026-03-01T18:30:00</n:Zeitstempel>"
    "<n:StatusID>OK</n:StatusID></n:Status>"
)
_NAMESPACES = 'xmlns:t="http://www.bipro.net/namespace/transfer" xmlns:n="http://www.bipro.net/namespace/nachrichten"'


def shipment_id(number: int) -> str:
    """The id of the shipment with this number."""
    return f"B-2026-{number:06d}"


def token() -> str:
    """The answer to a login."""
    return (
        f'{_HEAD}<w:RequestSecurityTokenResponse xmlns:w="http://schemas.xmlsoap.org/ws/2005/02/trust">'
        "<w:RequestedSecurityToken>"
        '<c:SecurityContextToken xmlns:c="http://schemas.xmlsoap.org/ws/2005/02/sc"><c:Identifier>bipro:invented'
        "</c:Identifier></c:SecurityContextToken></w:RequestedSecurityToken></w:RequestSecurityTokenResponse>"
        f"{_TAIL}"
    )


def listing(count: int, *, rich: bool) -> str:
    """A list of so many shipments: of the five fields that insurers send, or *rich*, of ten."""
    return listed(range(1, count + 1), rich=rich)


def listed(numbers: Iterable[int], *, rich: bool = False) -> str:
    """A list of the shipments with these numbers, possibly of none."""
    more = _more if rich else lambda _number: ""
    return _answer("listShipments", "\n".join(_listed(number, more(number)) for number in numbers))


def acknowledged() -> str:
    """The answer that an acknowledgement has come."""
    return _answer("acknowledgeShipment", "")


def small(number: int) -> tuple[bytes, bytes]:
    """What stands before the one attached file of a shipment, and what behind it."""
    return _attached(number, "Police.pdf")


def noise(size: int) -> bytes:
    """So many random bytes, the same each time."""
    return random.Random(4711).randbytes(size)


def mtom(path: Path, mebibytes: int) -> None:
    """Write a shipment with one attached file of random bytes."""
    before, after = _attached(1, "Bestand.zip")
    with path.open("wb") as out:
        out.write(before)
        for piece in _noise(mebibytes):
            out.write(piece)
        out.write(after)


def inline(path: Path, mebibytes: int) -> None:
    """Write a shipment whose file stands in the XML as base64 of so many mebibytes."""
    before, after = _shipment(1, "Bestand.zip", "|").split("|")
    with path.open("wb") as out:
        out.write(before.encode())
        for piece in _noise(mebibytes * 3 // 4):
            # Whole groups of three, so that the padding stands at the end alone.
            out.write(base64.b64encode(piece[: len(piece) // 3 * 3]))
        out.write(after.encode())


def _noise(mebibytes: int) -> Iterator[bytes]:
    said = noise(2 * MEBIBYTE)
    for number in range(mebibytes):
        shift = number * 4711 % MEBIBYTE
        yield said[shift : shift + MEBIBYTE]


def _attached(number: int, name: str) -> tuple[bytes, bytes]:
    include = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:file@benchmark.invalid"/>'
    root = 'Content-Type: application/xop+xml; charset=utf-8; type="text/xml"\r\nContent-ID: <root>\r\n\r\n'
    file = "Content-Type: application/octet-stream\r\nContent-ID: <file@benchmark.invalid>\r\n\r\n"
    before = f"--{BOUNDARY}\r\n{root}{_shipment(number, name, include)}\r\n--{BOUNDARY}\r\n{file}"
    return before.encode(), f"\r\n--{BOUNDARY}--\r\n".encode()


def _shipment(number: int, name: str, data: str) -> str:
    file = f"<t:Datei><t:Dateiname>{name}</t:Dateiname><t:Daten>{data}</t:Daten></t:Datei>"
    return _answer("getShipment", _listed(number, f"<t:Transfer>{file}</t:Transfer>"))


def _answer(operation: str, content: str) -> str:
    return (
        f"{_HEAD}<t:{operation}Response {_NAMESPACES}><t:Response><n:BiPROVersion>2.6.1.1.0</n:BiPROVersion>"
        f"{_STATUS}{content}</t:Response></t:{operation}Response>{_TAIL}"
    )


def _listed(number: int, more: str) -> str:
    day = f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    time = f"{number % 24:02d}:{number % 60:02d}:{number % 59:02d}"
    return f"""<t:Lieferung>
 <t:ID>{shipment_id(number)}</t:ID>
 <t:Einstellzeitpunkt>{day}T{time}</t:Einstellzeitpunkt>
 <t:Kategorie>{100_001_000 + number % 40 * 1000}</t:Kategorie>
 <t:EnthaeltNurDaten>false</t:EnthaeltNurDaten>
 <t:AnzahlTransfers>1</t:AnzahlTransfers>
{more}</t:Lieferung>"""


def _more(number: int) -> str:
    return f""" <t:ArtDerLieferung>0100</t:ArtDerLieferung>
 <t:Sparte>{number % 10 * 10:03d}</t:Sparte>
 <t:VerfuegbarBis>2027-{number % 12 + 1:02d}-01</t:VerfuegbarBis>
 <t:Vermittler><t:Vermittlernummer>{4711 + number % 5}</t:Vermittlernummer></t:Vermittler>
 <t:PeriodischeLieferung>false</t:PeriodischeLieferung>
"""
