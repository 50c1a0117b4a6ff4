"""A client of its own for the practice insurer, made of the standard library only."""

from __future__ import annotations

import base64
import email
import email.policy
import http.client
import shutil
import ssl
import urllib.parse
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from types import SimpleNamespace
from xml.sax.saxutils import escape

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from bipro_sync.sandbox.authority import prepare


TRAN = "{http://www.bipro.net/namespace/transfer}"
NAC = "{http://www.bipro.net/namespace/nachrichten}"
ALLG = "{http://www.bipro.net/namespace/allgemein}"
GEVO = "{http://www.bipro.net/namespace/gevo}"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
PASSWORD_TYPE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"
WST = "http://schemas.xmlsoap.org/ws/2005/02/trust"
WSC = "http://schemas.xmlsoap.org/ws/2005/02/sc"

ACCOUNT = """
[account]
username = "MAKLER-0815"
password = "geheim & <erfunden>"
"""

MAILBOX = """
[[shipment]]
id = "S-1"
posted = "2026-03-01T18:30:00"
category = "100007000"
[[shipment.transfer]]
fields = { Vorgangsnummer = "V-1" }
[[shipment.transfer.file]]
name = "eins.txt"
text = "Grüße\\r\\n"
media_type = "text/plain"
compression = "KEINE"
checksum = "SHA1"

[[shipment]]
id = "S-2"
category = "140012021"
[[shipment.transfer]]
[[shipment.transfer.file]]
name = "zwei.bin"
size = 5000
"""


def envelope(body, security):
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">'
        f'<s:Header><wsse:Security xmlns:wsse="{WSSE}">{security}</wsse:Security></s:Header>'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def username_token(username, password):
    return (
        f"<wsse:UsernameToken><wsse:Username>{escape(username)}</wsse:Username>"
        f'<wsse:Password Type="{PASSWORD_TYPE}">{escape(password)}</wsse:Password></wsse:UsernameToken>'
    )


def context_token(token):
    return (
        f'<wsc:SecurityContextToken xmlns:wsc="{WSC}"><wsc:Identifier>{escape(token)}</wsc:Identifier>'
        "</wsc:SecurityContextToken>"
    )


def token_request(
    version='<v:BiPROVersion xmlns:v="http://www.bipro.net/namespace/nachrichten">2.6.1.1.0</v:BiPROVersion>',
):
    return (
        f'<RequestSecurityToken xmlns="{WST}"><TokenType>\n {WSC}/sct </TokenType>'
        f"<RequestType>{WST}/Issue</RequestType>{version}</RequestSecurityToken>"
    )


def call_body(operation, fields, version="2.6.1.1.0"):
    return (
        f'<t:{operation} xmlns:t="{TRAN[1:-1]}" xmlns:n="{NAC[1:-1]}"><t:Request>'
        f"<n:BiPROVersion>{version}</n:BiPROVersion>{fields}</t:Request></t:{operation}>"
    )


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def xml(self):
        return ET.fromstring(self.parts()[0])

    def parts(self):
        """Return the XML and the attachments by Content-ID."""
        content_type = self.headers["Content-Type"]
        if not content_type.startswith("multipart/related"):
            return self.body, {}
        wanted = email.message_from_string(f"Content-Type: {content_type}\n\n", policy=email.policy.compat32)
        # The standard library's own splitting takes a bare CR or LF for a line's end, so only heads are its.
        delimiter = b"\r\n--" + wanted.get_boundary().encode()
        self.preamble, *sections, end = (b"\r\n" + self.body).split(delimiter)
        assert end.startswith(b"--")
        self.epilogue = end[2:].strip()
        parts = []
        for section in sections:
            top, blank, data = section.partition(b"\r\n\r\n")
            assert blank
            head = email.message_from_bytes(top.lstrip(), policy=email.policy.compat32)
            in_base64 = head["Content-Transfer-Encoding"].strip() == "base64"
            parts.append((head, base64.b64decode(data) if in_base64 else data))
        start = wanted.get_param("start")
        root = next((data for head, data in parts if start and head["Content-ID"].strip() == start), parts[0][1])
        return root, {head["Content-ID"].strip(): data for head, data in parts if data is not root}

    def codes(self):
        return [each.text for each in self.xml().iter(f"{NAC}MeldungID")]

    def status_id(self):
        return self.xml().find(f".//{NAC}StatusID").text

    def ids(self):
        return [each.text for each in self.xml().iter(f"{TRAN}ID")]

    def files(self):
        """Return name and bytes of every file, however they travelled."""
        root, attachments = self.parts()
        found = []
        for file in ET.fromstring(root).iter(f"{GEVO}Datei"):
            data = file.find(f"{ALLG}Daten")
            include = data.find("{http://www.w3.org/2004/08/xop/include}Include")
            if include is None:
                content = base64.b64decode(data.text or "")
            else:
                address = urllib.parse.unquote(include.attrib["href"]).removeprefix("cid:")
                content = attachments[f"<{address}>"]
            found.append((file.findtext(f"{ALLG}Dateiname"), content))
        return found


class Client:
    def __init__(self, insurer, identity=None):
        """*identity* is a PEM file with a client's certificate and key."""
        self.insurer = insurer
        address = urllib.parse.urlsplit(insurer.sts_url)
        self.sts_path = address.path
        self.transfer_path, self.tgic_path, self.hub_path = (
            urllib.parse.urlsplit(url).path for url in (insurer.transfer_url, insurer.tgic_url, insurer.hub_url)
        )
        if insurer.ca_file:
            context = ssl.create_default_context(cafile=insurer.ca_file)
            if identity:
                context.load_cert_chain(identity)
            self.connection = http.client.HTTPSConnection(address.hostname, address.port, context=context, timeout=20)
        else:
            self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
        self.token = ""
        self._before = len(insurer.calls())

    def calls(self):
        """Return the calls since this client was made."""
        return self.insurer.calls()[self._before :]

    def post(self, path, body, action="", **headers):
        """Send and read one answer; the connection stays open as long as the other side lets it."""
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"', **headers}
        self.connection.request("POST", path, body, headers)
        response = self.connection.getresponse()
        return Reply(response.status, response.headers, response.read())

    def login(self, password="geheim & <erfunden>", username="MAKLER-0815", body=None):
        security = username_token(username, password)
        reply = self.post(self.sts_path, envelope(body or token_request(), security), "urn:RequestSecurityToken")
        found = reply.xml().find(f".//{{{WSC}}}Identifier") if reply.status == 200 else None
        if found is not None:
            self.token = found.text
        return reply

    def call(self, operation, fields="", version="2.6.1.1.0", **headers):
        body = envelope(call_body(operation, fields, version), context_token(self.token))
        return self.post(self.transfer_path, body, f"urn:{operation}", **headers)

    def bare_list(self, security=""):
        """List with no session, or another proof than a token."""
        body = envelope(call_body("listShipments", ""), security)
        return self.post(self.transfer_path, body, "urn:listShipments")

    def list(self, fields=""):
        return self.call("listShipments", fields)

    def get(self, shipment, **headers):
        return self.call("getShipment", f"<t:ID>{shipment}</t:ID>", **headers)

    def acknowledge(self, shipment):
        return self.call("acknowledgeShipment", f"<t:ID>{shipment}</t:ID>")


@pytest.fixture
def scenario(tmp_path):
    """Writes a scenario: the account and the mailbox of two, and what the test adds."""

    def write(more="", mailbox=MAILBOX, account=ACCOUNT):
        path = tmp_path / "scenario.toml"
        path.write_text(account + more + mailbox, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """Makes all certificates once, for keys take their time; an insurer keeps what lies in its directory."""
    folder = tmp_path_factory.mktemp("certificates")
    prepare(folder, "practice")
    return folder


@pytest.fixture
def start(scenario, tmp_path, request, practice_insurers):
    """Starts a practice insurer (without TLS, which has tests of its own) and returns a client of it."""
    running = []

    def run(more="", mailbox=MAILBOX, account=ACCOUNT, tls=False):
        folder = tmp_path / "insurer"
        if "login =" in account and not folder.exists():
            shutil.copytree(request.getfixturevalue("certificates"), folder)
        insurer = practice_insurers.start(scenario(more, mailbox, account), folder, tls=tls)
        running.append(client := Client(insurer))
        return client

    yield run
    for client in running:
        client.connection.close()
        client.insurer.kill()


@pytest.fixture(scope="session")
def running(tmp_path_factory, practice_insurers):
    """Starts a practice insurer for each scenario once, for tests that change nothing in it."""
    insurers = {}

    def run(text, tls):
        if (text, tls) not in insurers:
            folder = tmp_path_factory.mktemp("insurer")
            (folder / "scenario.toml").write_text(text, encoding="utf-8")
            insurers[text, tls] = practice_insurers.start(folder / "scenario.toml", folder, tls=tls)
        return insurers[text, tls]

    yield run
    for insurer in insurers.values():
        insurer.kill()


@pytest.fixture
def share(running):
    """Returns a client of a practice insurer that other tests use too; its log begins with this test."""
    clients = []

    def run(more="", mailbox=MAILBOX, account=ACCOUNT, tls=False):
        clients.append(client := Client(running(account + more + mailbox, tls)))
        return client

    yield run
    for client in clients:
        client.connection.close()


@pytest.fixture
def identified(tmp_path):
    """Makes further clients of the same insurer, each with the certificate of one of its files."""
    clients = []

    def run(client, name="client.p12"):
        folder = client.insurer.client_p12.parent
        key, certificate, _ = pkcs12.load_key_and_certificates((folder / name).read_bytes(), b"practice")
        identity = tmp_path / f"{name}.pem"
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        identity.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
        clients.append(made := Client(client.insurer, identity))
        made.certificate = certificate
        return made

    yield run
    for made in clients:
        made.connection.close()


@pytest.fixture(scope="session")
def client_class():
    """The client, for tests that start an insurer themselves."""
    return Client


@pytest.fixture(scope="session")
def make():
    """The parts that requests are made of."""
    return SimpleNamespace(
        envelope=envelope,
        username_token=username_token,
        context_token=context_token,
        token_request=token_request,
        call_body=call_body,
        WSSE=WSSE,
        WSC=WSC,
    )


@pytest.fixture(scope="session")
def account():
    """The account of every scenario here."""
    return ACCOUNT


@pytest.fixture(scope="session")
def mailbox():
    """A whole scenario: the account and a mailbox of two shipments."""
    return ACCOUNT + MAILBOX
