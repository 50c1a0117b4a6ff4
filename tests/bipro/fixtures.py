"""The fixture messages, and HTTP answers made of them."""

from __future__ import annotations

from pathlib import Path


MESSAGES = Path(__file__).parent / "messages"
PASSWORD = 'a&b<c"d'
TOKEN = "bipro:4711-invented-0001"
SHIPMENT = "L-2026-000017"


def message(name):
    """The bytes of the one fixture whose name begins with *name*."""
    (path,) = MESSAGES.glob(f"{name}_*")
    return path.read_bytes()


def http_parts(name):
    """Head fields and body of a raw HTTP fixture."""
    head, _, body = message(name).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines), body


def answer(body, *, status=200, content_type="text/xml; charset=utf-8", length=None, **headers):
    """A whole HTTP answer; *length* lies about the body's."""
    fields = {"Content-Type": content_type, "Content-Length": len(body) if length is None else length}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    fields.setdefault("Connection", "close")
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in fields.items() if value != "")]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def unframed(body, *, content_type="text/xml"):
    """An answer whose end is the connection's end."""
    return f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nConnection: close\r\n\r\n".encode() + body


def token_answer(name="04"):
    return answer(message(name))


def mtom_answer(name, **options):
    head, body = http_parts(name)
    return answer(body, content_type=head["Content-Type"], **options)
