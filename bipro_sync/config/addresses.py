"""The checks of addresses; each raises ValueError, and never repeats what people pasted: it may hold a password."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from ..model.address import is_loopback


_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def _address_parts(text: object, sentence: str) -> SplitResult:
    """
    Return the parts of an address that names a host and no user, refusing everything else with *sentence*.
    """
    if not isinstance(text, str) or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(sentence)
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError:
        raise ValueError("is not an address") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user or a password")
    if not host or parts.fragment:
        raise ValueError(sentence)
    return parts


def address(secure: str, plain: str) -> Callable[[object], str]:
    """
    Return the check of an address: *secure* as scheme, or *plain* where the host is this machine itself.
    """

    def check(text: object) -> str:
        parts = _address_parts(text, f"must be an address that begins with {secure}://")
        if parts.scheme not in {secure, plain}:
            raise ValueError(f"must be an address that begins with {secure}://")
        if parts.scheme == plain and not is_loopback(parts.hostname or ""):
            raise ValueError(f"must begin with {secure}://; {plain}:// is for this machine itself only")
        return str(text)

    return check


def address_or_nothing(secure: str, plain: str) -> Callable[[object], str]:
    """
    Return the check of an address as by :func:`address`, or of the empty text that stands for none.
    """
    check = address(secure, plain)
    return lambda text: "" if text == "" else check(text)


def mail_server(text: object) -> str:
    """
    Check a mail server's address: `smtps://` is TLS from the first byte, `smtp+starttls://` TLS before any login.
    """
    if isinstance(text, str) and text.startswith("smtp+starttls://"):
        _address_parts(text, "must be an address that begins with smtps:// or smtp+starttls://")
        return text
    return address("smtps", "smtp")(text)


def mailbox(text: object) -> str:
    """
    Check who is written to; nothing in it may end a header.
    """
    if not isinstance(text, str) or not _MAILBOX.fullmatch(text):
        raise ValueError('must be a mail address such as "it@broker.example"')
    return text


def proxy(text: object) -> str:
    """
    Check a proxy's address, or the empty text that stands for none; who it is for goes through it encrypted.
    """
    if text == "":
        return ""
    sentence = 'must be a proxy\'s address such as "http://proxy.example:3128"'
    parts = _address_parts(text, sentence)
    if parts.scheme not in {"http", "https"} or parts.path not in {"", "/"} or parts.query:
        raise ValueError(sentence)
    return str(text)
