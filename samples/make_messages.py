"""Makes the sample messages of both services; it shares no code with the client or the practice insurer.

`python samples/make_messages.py` writes `samples/messages/`.  The result is the same each time, every name,
number, token and password is invented.  `*.xml` are SOAP bodies, `*.http` are raw answers with CRLF.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from xml.sax.saxutils import escape


HERE = Path(__file__).parent
TARGET = HERE / "messages"
DOCUMENT = HERE.parent / "bipro_sync" / "sandbox" / "documents" / "police.pdf"

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
VERSION = "2.6.1.1.0"
TOKEN = "bipro:sample-0001"  # noqa: S105  invented
BIPRO = "http://www.bipro.net/namespace"
TRUST = "http://schemas.xmlsoap.org/ws/2005/02/trust"
CONVERSATION = "http://schemas.xmlsoap.org/ws/2005/02/sc"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
BOUNDARY = "uuid:00000000-0000-4000-8000-000000000000"


def envelope(body: str, header: str = "") -> str:
    """
    Return a SOAP 1.1 message.
    """
    head = f"<s:Header>{header}</s:Header>" if header else ""
    return f'{DECLARATION}<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">{head}<s:Body>{body}</s:Body></s:Envelope>\n'


def security(content: str) -> str:
    """
    Return a WS-Security header.
    """
    return f'<wsse:Security xmlns:wsse="{WSS}-wssecurity-secext-1.0.xsd">{content}</wsse:Security>'


def login_request(version: str) -> str:
    """
    Return a request for a token; *version* is its BiPROVersion, or nothing.
    """
    kind = f"{WSS}-username-token-profile-1.0#PasswordText"
    user = (
        "<wsse:UsernameToken><wsse:Username>MAKLER-0815</wsse:Username>"
        f'<wsse:Password Type="{kind}">{escape("erfunden & <geheim>")}</wsse:Password>'
        "</wsse:UsernameToken>"
    )
    body = (
        f'<wst:RequestSecurityToken xmlns:wst="{TRUST}"><wst:TokenType>{CONVERSATION}/sct</wst:TokenType>'
        f"<wst:RequestType>{TRUST}/Issue</wst:RequestType>{version}</wst:RequestSecurityToken>"
    )
    return envelope(body, security(user))


def login_answer(created: str, expires: str) -> str:
    """
    Return the answer with a token.
    """
    utility = f'xmlns:wsu="{WSS}-wssecurity-utility-1.0.xsd"'
    return envelope(
        f'<wst:RequestSecurityTokenResponse xmlns:wst="{TRUST}"><wst:RequestedSecurityToken>'
        f'<wsc:SecurityContextToken xmlns:wsc="{CONVERSATION}"><wsc:Identifier>{TOKEN}</wsc:Identifier>'
        "</wsc:SecurityContextToken></wst:RequestedSecurityToken>"
        f"<wst:Lifetime><wsu:Created {utility}>{created}</wsu:Created>"
        f"<wsu:Expires {utility}>{expires}</wsu:Expires></wst:Lifetime></wst:RequestSecurityTokenResponse>"
    )


def status(status_id: str, *messages: tuple[str, str, str]) -> str:
    """
    Return a Status with its messages: kind, code and text.
    """
    told = "".join(
        f"<nac:Meldung><nac:ArtID>{kind}</nac:ArtID><nac:MeldungID>{code}</nac:MeldungID>"
        f"<nac:Text>{text}</nac:Text></nac:Meldung>"
        for kind, code, text in messages
    )
    return (
        "<nac:Status><nac:ProzessID>sample-1</nac:ProzessID><nac:Zeitstempel>2026-03-02T09:00:05</nac:Zeitstempel>"
        f"<nac:StatusID>{status_id}</nac:StatusID><nac:Schwebe>false</nac:Schwebe>{told}</nac:Status>"
    )


def fault(text: str, *messages: tuple[str, str, str]) -> str:
    """
    Return a SOAP fault as both services send it with HTTP 500.
    """
    return envelope(
        f"<s:Fault><faultcode>s:Client</faultcode><faultstring>{text}</faultstring><detail>"
        f'<nac:BiproException xmlns:nac="{BIPRO}/nachrichten"><nac:BiPROVersion>{VERSION}</nac:BiPROVersion>'
        f"{status('NOK', *messages)}</nac:BiproException></detail></s:Fault>"
    )


def request(operation: str, fields: str = "") -> str:
    """
    Return a call of the mailbox.
    """
    token = (
        f'<wsc:SecurityContextToken xmlns:wsc="{CONVERSATION}"><wsc:Identifier>{TOKEN}</wsc:Identifier>'
        "</wsc:SecurityContextToken>"
    )
    body = (
        f'<tran:{operation} xmlns:tran="{BIPRO}/transfer" xmlns:nac="{BIPRO}/nachrichten"><tran:Request>'
        f"<nac:BiPROVersion>{VERSION}</nac:BiPROVersion>{fields}</tran:Request></tran:{operation}>"
    )
    return envelope(body, security(token))


def answer(operation: str, content: str) -> str:
    """
    Return an answer of the mailbox.
    """
    names = {"tran": "transfer", "nac": "nachrichten", "allg": "allgemein", "gevo": "gevo"}
    declared = "".join(f' xmlns:{prefix}="{BIPRO}/{name}"' for prefix, name in names.items())
    return envelope(
        f'<tran:{operation}Response{declared} xmlns:xmime="http://www.w3.org/2005/05/xmlmime"><tran:Response>'
        f"<nac:BiPROVersion>{VERSION}</nac:BiPROVersion>{content}</tran:Response></tran:{operation}Response>"
    )


def shipment(identifier: str, category: str, transfer: str = "", *, data_only: str = "false") -> str:
    """
    Return a Lieferung, with its transfer in an answer to getShipment.
    """
    return (
        f"<tran:Lieferung><tran:ID>{identifier}</tran:ID>"
        f"<tran:Einstellzeitpunkt>2026-03-01T18:30:00</tran:Einstellzeitpunkt><tran:Kategorie>{category}</tran:Kategorie>"
        f"<tran:EnthaeltNurDaten>{data_only}</tran:EnthaeltNurDaten><tran:AnzahlTransfers>1</tran:AnzahlTransfers>"
        f"{transfer}</tran:Lieferung>"
    )


def transfer(content: str, further: str = "") -> str:
    """
    Return a Transfer.
    """
    number = "<gevo:Vorgangsnummer>V-0001</gevo:Vorgangsnummer>"
    return f"<tran:Transfer>{number}{content}{further}</tran:Transfer>"


def file(data: str) -> str:
    """
    Return a Datei around base64 or a reference.
    """
    return (
        "<gevo:Datei><allg:Dateiname>Police Größe M.pdf</allg:Dateiname><allg:Dateityp>Dokument</allg:Dateityp>"
        f'<allg:Daten xmime:contentType="application/pdf">{data}</allg:Daten>'
        "<allg:Komprimierungstyp>KEINE</allg:Komprimierungstyp><allg:DokumentartID>Police</allg:DokumentartID></gevo:Datei>"
    )


def mtom(document: bytes) -> bytes:
    """
    Return a whole HTTP answer with the document as a part of its own.
    """
    include = (
        '<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:File-1@practice-insurer.example"/>'
    )
    root = answer("getShipment", OK + shipment("SAMPLE-1", "100007000", transfer(file(include))))
    delimiter = f"--{BOUNDARY}\r\n".encode()
    body = b"".join(
        [
            delimiter,
            b'Content-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\n',
            b"Content-Transfer-Encoding: binary\r\n",
            b"Content-ID: <Root@practice-insurer.example>\r\n\r\n",
            root.encode() + b"\r\n",
            delimiter,
            b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: binary\r\n",
            b"Content-ID: <File-1@practice-insurer.example>\r\n\r\n",
            document + b"\r\n",
            f"--{BOUNDARY}--\r\n".encode(),
        ]
    )
    content_type = (
        f'multipart/related; type="application/xop+xml"; boundary="{BOUNDARY}"; '
        'start="<Root@practice-insurer.example>"; start-info="text/xml"'
    )
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


OK = status("OK", ("Hinweis", "04000", "Der Aufruf war erfolgreich (Beispiel)"))
ID = "<tran:ID>SAMPLE-1</tran:ID>"


def files() -> dict[str, bytes]:
    """
    Return every message by file name.
    """
    document = DOCUMENT.read_bytes()
    version = f'<v:BiPROVersion xmlns:v="{BIPRO}/{{}}">{{}}</v:BiPROVersion>'
    arrears = (
        f'<ink:Mahndatum xmlns:ink="{BIPRO}/transfer/inkassostoerfall">2026-02-27</ink:Mahndatum>'
        f'<ink:Mahnbetrag xmlns:ink="{BIPRO}/transfer/inkassostoerfall">610.10</ink:Mahnbetrag>'
    )
    inline = file(base64.b64encode(document).decode())
    listed = shipment("SAMPLE-1", "100007000") + shipment("SAMPLE-2", "140012021", data_only="true")
    texts = {
        "sts_request.xml": login_request(version.format("nachrichten", VERSION)),
        "sts_request_2.1.xml": login_request(version.format("allgemein", "2.1.6.1.0")),
        "sts_request_without_version.xml": login_request(""),
        "sts_answer_utc.xml": login_answer("2026-03-02T08:00:00Z", "2026-03-02T08:10:00Z"),
        "sts_answer_local.xml": login_answer("2026-03-02T09:00:00", "2026-03-02T09:30:00"),
        "sts_fault_password.xml": fault(
            "Anmeldung abgelehnt (Beispiel)",
            ("Fehler", "00960", "Die Anmeldung ist nicht gültig (Beispiel)"),
            ("Hinweis", "00961", "Kennung oder Passwort stimmt nicht (Beispiel)"),
        ),
        "list_request.xml": request("listShipments"),
        "list_answer.xml": answer("listShipments", OK + listed),
        "list_answer_empty.xml": answer(
            "listShipments", status("OK", ("Hinweis", "04001", "Es liegt nichts vor (Beispiel)"))
        ),
        "get_request.xml": request("getShipment", ID),
        "get_answer_inline.xml": answer("getShipment", OK + shipment("SAMPLE-1", "100007000", transfer(inline))),
        "get_answer_data_only.xml": answer(
            "getShipment", OK + shipment("SAMPLE-2", "140012021", transfer("", arrears), data_only="true")
        ),
        "get_answer_unknown.xml": answer(
            "getShipment", status("NOK", ("Fehler", "04003", "Diese ID ist unbekannt (Beispiel)"))
        ),
        "ack_request.xml": request("acknowledgeShipment", ID),
        "ack_answer.xml": answer("acknowledgeShipment", OK),
        "ack_answer_refused.xml": answer(
            "acknowledgeShipment", status("NOK", ("Fehler", "04004", "Das geht nicht (Beispiel)"))
        ),
        "transfer_fault_token.xml": fault(
            "Sitzung abgelaufen (Beispiel)",
            ("Fehler", "00960", "Die Anmeldung ist nicht gültig (Beispiel)"),
            ("Hinweis", "00962", "Die Sitzung ist abgelaufen (Beispiel)"),
        ),
    }
    return {name: text.encode() for name, text in texts.items()} | {"get_answer_mtom.http": mtom(document)}


def main() -> int:
    """
    Write all messages.
    """
    for name, data in files().items():
        (TARGET / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
