"""Whoever is told of trouble: a mail server and a web server on real sockets, with TLS, that remember what came."""

import base64
import email
import email.policy
import json
import socketserver
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .certificates import certified, server_tls


@dataclass
class Mail:
    """One mail as the server took it."""

    sender: str
    recipients: list
    login: tuple | None
    encrypted: bool
    text: bytes

    @property
    def message(self):
        return email.message_from_bytes(self.text, policy=email.policy.default)


class MailServer:
    """Takes mail by *scheme* (`smtps`, `smtp+starttls`, `smtp`); *answers* are what it says instead, by command."""

    def __init__(self, folder, scheme="smtps", *, login=None, holder=None):
        folder.mkdir(exist_ok=True)
        holder = holder or certified("mail")
        self.scheme, self.login, self.mails, self.answers = scheme, login, [], {}
        self.ca_file = folder / "mail-ca.pem"
        self.ca_file.write_bytes(holder.pem)
        self.tls = server_tls(folder, holder)
        self._server = _Listener(("127.0.0.1", 0), _Session)
        self._server.mail = self
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self._server.server_address[1]}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, _request, _address):
        """A client that will not talk to it is what some tests are about."""


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.encrypted, self.who, self.sender, self.recipients = False, None, "", []
        if self.server.mail.scheme == "smtps":
            self._encrypt()
        self._say("220 invented")
        while line := self.rfile.readline():
            word = line.split()[0].decode().upper()
            if word in self.server.mail.answers:
                self._say(self.server.mail.answers[word])
            elif not getattr(self, f"do_{word}")(line.decode().strip()):
                return

    def finish(self):
        super().finish()
        self.connection.close()

    def _encrypt(self):
        self.connection = self.server.mail.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile, self.encrypted = self.connection.makefile("rb"), self.connection.makefile("wb"), True

    def _say(self, *lines):
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
        self.wfile.flush()
        return True

    def do_EHLO(self, _line):  # noqa: N802 - found by its name
        more = ["250-STARTTLS"] if self.server.mail.scheme == "smtp+starttls" and not self.encrypted else []
        return self._say("250-invented", *more, "250 AUTH PLAIN")

    def do_STARTTLS(self, _line):  # noqa: N802
        self._say("220 go on")
        self._encrypt()
        return True

    def do_AUTH(self, line):  # noqa: N802
        _, name, password = base64.b64decode(line.split()[2]).decode().split("\0")
        self.who = (name, password)
        return self._say("235 welcome" if self.who == self.server.mail.login else "535 Erika Mustermann is no user")

    def do_MAIL(self, line):  # noqa: N802
        self.sender = line.split("<")[1].split(">")[0]
        return self._say("250 ok")

    def do_RCPT(self, line):  # noqa: N802
        self.recipients.append(line.split("<")[1].split(">")[0])
        return self._say("250 ok" if "nobody@" not in line else "550 no such user")

    def do_DATA(self, _line):  # noqa: N802
        self._say("354 go on")
        text = b"".join(iter(self.rfile.readline, b".\r\n"))
        self.server.mail.mails.append(Mail(self.sender, self.recipients, self.who, self.encrypted, text))
        return self._say("250 taken")

    def do_RSET(self, _line):  # noqa: N802
        return self._say("250 ok")

    def do_QUIT(self, _line):  # noqa: N802
        self._say("221 bye")
        return False


@dataclass
class Request:
    """One request as the server saw it, and when."""

    method: str
    path: str
    headers: dict
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def document(self):
        return json.loads(self.body)


class WebServer:
    """Answers each request with *status*, after *delay* seconds."""

    def __init__(self, folder, holder=None):
        folder.mkdir(exist_ok=True)
        holder = holder or certified("web")
        self.requests, self.status, self.delay = [], 204, 0.0
        self.ca_file = folder / "web-ca.pem"
        self.ca_file.write_bytes(holder.pem)
        self._server = _Web(("127.0.0.1", 0), _Answer)
        self._server.socket = server_tls(folder, holder).wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._server.web = self
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self):
        return f"https://127.0.0.1:{self._server.server_address[1]}/told"

    @property
    def paths(self):
        return [request.path.partition("?")[0] for request in self.requests]

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class _Web(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, _request, _address):
        """As above."""


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        web = self.server.web
        web.requests.append(Request(self.command, self.path, dict(self.headers), body))
        time.sleep(web.delay)
        self.send_response(web.status)
        if web.status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    do_GET = do_POST  # noqa: N815

    def log_message(self, *_words):
        """Tests look at what came, not at a log."""
