"""The readers of a person's answers: each takes a text and returns what is written down, or raises ValueError."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from pydantic import TypeAdapter, ValidationError

from ..config.addresses import address, mail_server, mailbox, proxy
from ..config.checks import absolute, supported_login, version
from ..config.schema import AuthMethod
from ..config.values import Label
from ..errors import ConfigurationError
from ..insurers import load_profile


NONE = "none"
"""The answer that says in so many words that there is to be nothing."""

Reader = Callable[[str], str]

_LABELS = TypeAdapter(Label)


def text(answer: str) -> str:
    """
    Read anything but nothing.
    """
    if not answer.strip() or not answer.isprintable():
        raise ValueError("must be text, on one line")
    return answer.strip()


def label(answer: str) -> str:
    """
    Read the key of a table of ours.
    """
    try:
        return _LABELS.validate_python(answer)
    except ValidationError as error:
        raise ValueError(str(error.errors()[0]["ctx"]["error"])) from None


def path(answer: str) -> str:
    """
    Read an absolute path.
    """
    return str(absolute(answer))


def environment(answer: str) -> str:
    """
    Read the environment.
    """
    return _one_of(answer, ("production", "test"))


def method(answer: str) -> str:
    """
    Read the way to log in.
    """
    supported_login(answer)
    return _one_of(answer, get_args(get_args(AuthMethod)[0]))


def kind(answer: str) -> str:
    """
    Read whose a certificate is.
    """
    return _one_of(answer, ("personal", "house"))


def profile(answer: str) -> str:
    """
    Read the name or path of a profile that there is.
    """
    try:
        load_profile(answer)
    except ConfigurationError as error:
        raise ValueError("; ".join(error.problems)) from None
    return answer


def release(answer: str) -> str:
    """
    Read a release of the transfer service.
    """
    return version(answer)


def web_address(answer: str) -> str:
    """
    Read an address of https.
    """
    return address("https", "http")(answer)


def proxy_address(answer: str) -> str:
    """
    Read a proxy's address.
    """
    return proxy(answer)


def mail_address(answer: str) -> str:
    """
    Read who is written to.
    """
    return mailbox(answer)


def mail_server_address(answer: str) -> str:
    """
    Read a mail server's address.
    """
    return mail_server(answer)


def or_none(read: Reader) -> Reader:
    """
    Return a reader that lets the answer be :data:`NONE`.
    """
    return lambda answer: NONE if answer == NONE else read(answer)


def _one_of(answer: str, words: tuple[str, ...]) -> str:
    if answer not in words:
        raise ValueError(f"must be one of {', '.join(words)}")
    return answer
