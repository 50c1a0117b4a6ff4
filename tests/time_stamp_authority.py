"""A time stamp authority on a local socket: `openssl ts` answers, or a test says how it misbehaves."""

import subprocess
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


CONFIGURATION = """
[tsa]
default_tsa = here
[here]
serial = {home}/serial
signer_cert = {home}/tsa.pem
signer_key = {home}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Authority:
    """An authority of its own root, behind *tls* if given, whose certificate is *valid* for so long.

    *spoil* changes an answer's bytes, *status* is HTTP's."""

    def __init__(self, home, tls=None, *, valid=timedelta(days=30)):
        home.mkdir()
        self.home = home
        self.expires = datetime.now(UTC) + valid
        self.ca_file = home / "root.pem"
        self.requests = []
        self.spoil = lambda answer: answer
        self.status = 200
        self._make()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self):
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/tsr?as=test"

    def _make(self):
        root, root_key = _certified("Root", None, None, self.expires, leaf=False)
        leaf, key = _certified("Time stamps", root, root_key, self.expires, leaf=True)
        self.ca_file.write_bytes(root.public_bytes(Encoding.PEM))
        (self.home / "tsa.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
        (self.home / "tsa.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (self.home / "tsa.cnf").write_text(CONFIGURATION.format(home=self.home))
        (self.home / "serial").write_text("01\n")

    def answer(self, request):
        """What openssl says to a request."""
        query, reply = self.home / "query", self.home / "reply"
        query.write_bytes(request)
        words = ["openssl", "ts", "-reply", "-config", self.home / "tsa.cnf", "-queryfile", query, "-out", reply]
        subprocess.run(words, capture_output=True, check=True)
        return reply.read_bytes()

    def verifies(self, data, stamp, *more):
        """Whether openssl says that a time stamp is over this file."""
        words = ["openssl", "ts", "-verify", "-data", data, "-in", stamp, "-CAfile", self.ca_file, *more]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    def _handler(self):
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                request = self.rfile.read(int(self.headers["Content-Length"]))
                authority.requests.append((self.path, self.headers["Content-Type"], request))
                answer = authority.spoil(authority.answer(request))
                self.send_response(authority.status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        return Handler

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _certified(name, issuer, issuer_key, end, *, leaf):
    key = rsa.generate_private_key(65537, 2048)
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=not leaf, path_length=None), critical=True)
    )
    if leaf:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer_key or key, hashes.SHA256()), key
