"""The other side, in a process of its own: answers every call from files that were written before."""

from __future__ import annotations

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .messages import MULTIPART


class Answers(BaseHTTPRequestHandler):
    """Sends the file that the operation asks for; with sendfile, so that it costs this side little."""

    protocol_version = "HTTP/1.1"
    directory = Path()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        action = self.headers.get("SOAPAction", "")
        name = "token" if self.path == "/sts" else "list" if "list" in action else "shipment"
        path = self.directory / name
        self.send_response(200)
        with path.open("rb") as file:
            multipart = name == "shipment" and file.read(2) == b"--"
            kind = MULTIPART if multipart else "text/xml; charset=utf-8"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(path.stat().st_size))
            self.end_headers()
            self.wfile.flush()
            offset, size = 0, path.stat().st_size
            while offset < size:
                offset += os.sendfile(self.connection.fileno(), file.fileno(), offset, size - offset)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's own name
        """Say nothing."""


if __name__ == "__main__":
    Answers.directory = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    print(server.server_port, flush=True)
    server.serve_forever()
