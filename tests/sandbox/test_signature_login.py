"""A signed login is taken when every signed byte, its time and its certificate are right, and only then."""

import base64
import hashlib
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from lxml import etree


DS = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
TOKENS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


class Identity:
    def __init__(self, file):
        self.key, self.certificate, _ = pkcs12.load_key_and_certificates(file.read_bytes(), b"practice")

    def sign(self, data):
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            numbers = decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
            return "ecdsa-sha256", b"".join(number.to_bytes(32) for number in numbers)
        return "rsa-sha256", self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def unsigned(identity, make, age=timedelta(), life=timedelta(minutes=5), signed=("body", "time")):
    """Return a login with a signature whose digests and value are still empty."""
    created = datetime.now(UTC) - age
    moment = "%Y-%m-%dT%H:%M:%SZ"
    token = base64.b64encode(identity.certificate.public_bytes(Encoding.DER)).decode()
    method, _ = identity.sign(b"")
    references = "".join(
        f'<ds:Reference URI="#{name}"><ds:Transforms><ds:Transform Algorithm="{C14N}"/></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue/></ds:Reference>'
        for name in signed
    )
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:wsu="{WSU}" xmlns:wsse="{WSSE}" xmlns:unused="urn:unused">'
        f'<s:Header><wsse:Security s:mustUnderstand="1"><wsse:BinarySecurityToken wsu:Id="cert"'
        f' EncodingType="{TOKENS}soap-message-security-1.0#Base64Binary"'
        f' ValueType="{TOKENS}x509-token-profile-1.0#X509v3">{token}</wsse:BinarySecurityToken>'
        f'<wsu:Timestamp wsu:Id="time"><wsu:Created>{created.strftime(moment)}</wsu:Created>'
        f"<wsu:Expires>{(created + life).strftime(moment)}</wsu:Expires></wsu:Timestamp>"
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{C14N}"/>'
        f'<ds:SignatureMethod Algorithm="{MORE}{method}"/>{references}</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo>'
        f'<wsse:SecurityTokenReference><wsse:Reference URI="#cert"/></wsse:SecurityTokenReference></ds:KeyInfo>'
        f'</ds:Signature></wsse:Security></s:Header><s:Body wsu:Id="body">{make.token_request()}</s:Body></s:Envelope>'
    )


def by_hand(identity, text):
    """Sign with libxml2's canonical form."""
    root = etree.fromstring(text)
    for reference in root.iter(f"{{{DS}}}Reference"):
        (named,) = root.xpath(f'//*[@*[local-name()="Id"]="{reference.get("URI")[1:]}"]')
        digest = hashlib.sha256(etree.tostring(named, method="c14n", exclusive=True)).digest()
        reference.find(f"{{{DS}}}DigestValue").text = base64.b64encode(digest).decode()
    information = root.find(f".//{{{DS}}}SignedInfo")
    _, value = identity.sign(etree.tostring(information, method="c14n", exclusive=True))
    root.find(f".//{{{DS}}}SignatureValue").text = base64.b64encode(value).decode()
    return etree.tostring(root, encoding="unicode")


def by_xmlsec1(identity, text, folder):
    """Sign with the program xmlsec1."""
    if shutil.which("xmlsec1") is None:
        pytest.skip("the program xmlsec1 is not installed")
    secret = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(secret)
    (folder / "login.xml").write_text(text, encoding="utf-8")
    names = [f"{SOAP}:Body", f"{WSU}:Timestamp", f"{WSSE}:BinarySecurityToken"]
    arguments = [each for name in names for each in ("--id-attr:Id", name)]
    done = subprocess.run(
        ["xmlsec1", "--sign", *arguments, "--privkey-pem", folder / "key.pem", folder / "login.xml"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def identities(insurer):
    names = ("client", "client-foreign", "client-expired")
    return {name: Identity(insurer.client_p12.with_name(f"{name}.p12")) for name in names}


@pytest.fixture
def signing(start, account):
    """Starts an insurer that wants signed logins."""

    def run(more="", extra="", tls=True):
        client = start(more, account=f'{account}login = "signature"\n{extra}', tls=tls)
        client.identities = identities(client.insurer)
        return client

    return run


@pytest.fixture
def client(share, account):
    """A client of an insurer that several tests share."""
    client = share(account=f'{account}login = "signature"\n')
    client.identities = identities(client.insurer)
    return client


def send(client, text):
    reply = client.post(client.sts_path, text.encode(), "urn:RequestSecurityToken")
    if reply.status == 200:
        client.token = reply.xml().find(".//{http://schemas.xmlsoap.org/ws/2005/02/sc}Identifier").text
    return reply


def is_refused(reply):
    return (reply.status, reply.codes()) == (500, ["00960", "00963"])


@pytest.mark.parametrize("signed", [("body", "time"), ("time", "cert", "body")])
def test_a_login_signed_by_hand_is_taken(client, make, signed):
    identity = client.identities["client"]
    assert send(client, by_hand(identity, unsigned(identity, make, signed=signed))).status == 200
    assert client.list().ids() == ["S-1", "S-2"]
    assert client.calls()[0]["user"] == "MAKLER-0815"


@pytest.mark.parametrize("signed", [("body", "time"), ("time", "cert", "body")])
def test_a_login_signed_by_xmlsec1_is_taken(client, make, tmp_path, signed):
    identity = client.identities["client"]
    text = by_xmlsec1(identity, unsigned(identity, make, signed=signed), tmp_path)
    assert send(client, text).status == 200
    assert is_refused(send(client, text.replace("2.6.1.1.0", "2.6.1.1.1")))


def test_an_elliptic_key_may_sign_too_although_this_one_is_somebody_elses(client, make):
    identity = client.identities["client-foreign"]
    reply = send(client, by_hand(identity, unsigned(identity, make)))
    assert is_refused(reply)
    assert b"not one of this account" in reply.body
    broken = by_hand(identity, unsigned(identity, make)).replace("2.6.1.1.0", "2.6.1.1.1")
    assert b"A signed element was changed" in send(client, broken).body


def test_an_expired_certificate_is_refused(client, make):
    identity = client.identities["client-expired"]
    assert is_refused(send(client, by_hand(identity, unsigned(identity, make))))


def test_another_serial_is_refused(signing, make):
    client = signing(extra='certificate_serial = "0A0B"\n')
    identity = client.identities["client"]
    assert is_refused(send(client, by_hand(identity, unsigned(identity, make))))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2.6.1.1.0", "2.6.1.1.1"),
        ("<wsu:Created>20", "<wsu:Created>19"),
        ("<wsu:Expires>20", "<wsu:Expires>21"),
        ('<s:Body wsu:Id="body">', '<s:Body wsu:Id="other">'),
        ("<s:Body ", '<other wsu:Id="body"/><s:Body '),
        (f'<ds:DigestMethod Algorithm="{SHA256}"/>', f'<ds:DigestMethod Algorithm="{DS}sha1"/>'),
        (f'CanonicalizationMethod Algorithm="{C14N}"', f'CanonicalizationMethod Algorithm="{C14N}WithComments"'),
        ("rsa-sha256", "rsa-sha512"),
        ("rsa-sha256", "ecdsa-sha256"),
        ('URI="#cert"', 'URI="#time"'),
        ("#X509v3", "#X509PKIPathv1"),
        ("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"),
        ("<ds:DigestValue>", "<ds:DigestValue>!"),
        ("<wsu:Timestamp ", "<wsu:Timestamp/><wsu:Timestamp "),
    ],
)
def test_whatever_is_changed_is_noticed(client, make, old, new):
    identity = client.identities["client"]
    text = by_hand(identity, unsigned(identity, make))
    assert old in text
    assert is_refused(send(client, text.replace(old, new)))
    assert send(client, text).status == 200


@pytest.mark.parametrize("signed", [("body",), ("time",), ("cert",), ()])
def test_body_and_timestamp_must_both_be_signed(client, make, signed):
    identity = client.identities["client"]
    reply = send(client, by_hand(identity, unsigned(identity, make, signed=signed)))
    assert is_refused(reply)
    assert b"must both be signed" in reply.body


def test_a_login_without_signature_or_with_a_password_is_refused(client, make):
    assert client.login().codes() == ["00900", "00907"]
    assert is_refused(client.post(client.sts_path, make.envelope(make.token_request(), "<other/>")))


@pytest.mark.parametrize(("age", "skew"), [(400, 0), (-400, 0), (0, 400), (0, -400)])
def test_the_time_of_a_login_is_judged_by_the_insurers_clock(signing, make, age, skew):
    client = signing(f"[http]\nclock_skew = {skew}\n", tls=False)
    identity = client.identities["client"]
    life = timedelta(minutes=30)
    assert is_refused(send(client, by_hand(identity, unsigned(identity, make, timedelta(seconds=age), life))))
    right = timedelta(seconds=-skew)
    assert send(client, by_hand(identity, unsigned(identity, make, right, life))).status == 200


def test_a_login_that_expired_is_refused(client, make):
    identity = client.identities["client"]
    ago, life = timedelta(seconds=60), timedelta(seconds=30)
    assert is_refused(send(client, by_hand(identity, unsigned(identity, make, ago, life))))
