"""A scripted insurer on a real socket."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections import deque
from contextlib import suppress


def reset(connection):
    """Break the connection so that the client sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silence(connection):
    """Say nothing, and close."""


class Hang:
    """Says *first*, then nothing until the client gives up."""

    def __init__(self, first=b""):
        self.first = first
        self.reached = threading.Event()

    def __call__(self, connection):
        connection.sendall(self.first)
        self.reached.set()
        connection.settimeout(20)
        with suppress(OSError):
            connection.recv(1)


def hanging_up(answer):
    """Answer as if the connection would stay, and close it."""
    return lambda connection: connection.sendall(answer)


class Served:
    """One request as the server saw it."""

    def __init__(self, head, body, intents):
        self.line, *fields = head.decode("latin-1").split("\r\n")
        self.headers = {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}
        self.body = body
        self.intents_at_first_byte = intents


class Insurer:
    """Answers each request with the next of its script: bytes, or a function of the socket."""

    def __init__(self, observer, tls=None):
        self.script = deque()
        self.served = []
        self.troubles = []
        self.connections = 0
        self._observer = observer
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def url(self, path):
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}{path}"

    def close(self):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)
        assert not self.troubles

    def wait_until_hung_up(self):
        """Return when every connection accepted so far is closed on this side."""
        for thread in self._threads[1:]:
            thread.join(10)
            assert not thread.is_alive()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection):
        connection.settimeout(10)
        try:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                while self._one(connection):
                    pass
        except ssl.SSLError:
            pass
        except OSError as error:
            if not isinstance(error, (ConnectionError, TimeoutError)):
                self.troubles.append(error)
        finally:
            connection.close()

    def _one(self, connection):
        data = connection.recv(1)
        if not data:
            return False
        intents = len(self._observer.intents)
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        served = Served(head, body, intents)
        while len(served.body) < int(served.headers.get("content-length", 0)):
            served.body += connection.recv(65536)
        self.served.append(served)
        step = self.script.popleft()
        if callable(step):
            step(connection)
            return False
        connection.sendall(step)
        return b"Connection: close" not in step
