"""Alerts by mail: over TLS, to a server whose certificate is checked; plain only to this machine itself."""

from __future__ import annotations

import smtplib
import socket
from base64 import b64encode
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import urlsplit

from ..config import MailSection
from ..errors import AlertError
from ..model.secret import Secret
from ..secrets import resolve
from .news import News
from .trust import reason_of, tls_context
from .words import Language


SECONDS = 15.0
"""How long the server may take for each of its answers."""

_WELCOME = 235
_PORTS = {"smtps": 465, "smtp+starttls": 587, "smtp": 25}


def send(section: MailSection, news: News, *, language: Language) -> None:
    """
    Send *news* to everybody in *section*; the server has taken it when this returns.

    Raises :class:`~bipro_sync.errors.AlertError` where it has not, or not for all, and
    :class:`~bipro_sync.errors.CredentialMissingError` where the password is not there.
    """
    password = resolve(section.password) if section.password else None
    message = _message(section, news, language)
    server = urlsplit(section.smtp).hostname
    try:
        with _opened(section) as connection:
            if password:
                _log_in(connection, section.username, password)
            refused = connection.send_message(message, from_addr=message["From"], to_addrs=list(section.to))
    except smtplib.SMTPResponseException as error:
        raise AlertError(f"The mail server {server} refused: it answered {error.smtp_code}.") from None
    except smtplib.SMTPRecipientsRefused:
        raise AlertError(f"The mail server {server} takes nothing for any of those in [alerts] mail.") from None
    except smtplib.SMTPException as error:
        raise AlertError(f"The mail server {server} cannot be talked to: {type(error).__name__}.") from None
    except OSError as error:
        raise AlertError(f"The mail server {server} was not reached: {reason_of(error)}.") from None
    if refused:
        raise AlertError(f"The mail server {server} takes nothing for {len(refused)} of {len(section.to)} in [alerts].")


def _message(section: MailSection, news: News, language: Language) -> EmailMessage:
    message = EmailMessage()
    sender = section.sender or section.to[0]
    message["From"] = sender
    message["To"] = ", ".join(section.to)
    message["Subject"] = news.subject(language)
    message["Date"] = format_datetime(news.at)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    # So that no absence note answers it.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(news.text(language))
    return message


def _opened(section: MailSection) -> smtplib.SMTP:
    parts = urlsplit(section.smtp)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    ours = socket.gethostname()
    if parts.scheme == "smtps":
        context = tls_context(section.ca_file)
        return smtplib.SMTP_SSL(host, port, local_hostname=ours, timeout=SECONDS, context=context)
    connection = smtplib.SMTP(host, port, local_hostname=ours, timeout=SECONDS)
    if parts.scheme == "smtp+starttls":
        try:
            connection.starttls(context=tls_context(section.ca_file))
        except BaseException:
            connection.close()
            raise
    return connection


def _log_in(connection: smtplib.SMTP, username: str, password: Secret) -> None:
    text = password.reveal()
    if f"{username}{text}".isascii():
        connection.login(username, text)
        return
    # The library knows ASCII only, and its error would hold the password.
    connection.ehlo_or_helo_if_needed()
    code, answer = connection.docmd("AUTH", "PLAIN " + b64encode(f"\0{username}\0{text}".encode()).decode())
    if code != _WELCOME:
        raise smtplib.SMTPAuthenticationError(code, answer)
