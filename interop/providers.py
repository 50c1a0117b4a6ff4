"""Start the other sides: gSOAP's and Metro's providers, and Apache before one; what was started is stopped again."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


BUILD = Path(__file__).parent / "build"
_JARS = ("jaxws-rt", "wss4j", "xmlsec", "commons-logging", "slf4j-api", "slf4j-nop")
JAVA = ("java", "-Xmx512m", "-cp", ":".join((f"{BUILD}/classes", *(f"/usr/share/java/{jar}.jar" for jar in _JARS))))
COMMANDS = {"gSOAP": (f"{BUILD}/gsoap/provider",), "Metro": (*JAVA, "Provider")}
USER = "MAKLER-0815"
PASSWORD = 'a&b<c>"d'
"""With the characters that XML treats specially."""

_PATIENCE = 60.0
_MODULES = "/usr/lib/apache2/modules"
_APACHE = """\
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
DefaultRuntimeDir "{folder}"
PidFile "{folder}/apache.pid"
ErrorLog "{folder}/apache.log"
User nobody
Group nogroup
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule ssl_module {modules}/mod_ssl.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
LoadModule setenvif_module {modules}/mod_setenvif.so
LoadModule headers_module {modules}/mod_headers.so
LoadModule filter_module {modules}/mod_filter.so
LoadModule deflate_module {modules}/mod_deflate.so
SSLEngine on
SSLCertificateFile "{certificate}"
ProxyPass / http://127.0.0.1:{behind}/
{how}
"""


class NotStartedError(Exception):
    """
    A process of the other side ended, or said nothing for too long.
    """


@dataclass(frozen=True, slots=True)
class Provider:
    """
    One running provider; *url* is its address, Apache's where that stands before it.
    """

    url: str
    log: Path

    def calls(self) -> list[str]:
        """
        The calls that it has answered so far, oldest first: an operation, and a shipment's id.
        """
        return self.log.read_text("utf-8").splitlines()[1:]


@contextmanager
def provider(
    stack: str, framing: str, mailbox: Path, folder: Path, guard: Sequence[str] = (USER, PASSWORD)
) -> Iterator[Provider]:
    """
    Run a provider on *stack* that offers *mailbox*; *guard* are its last arguments, which say who may log in.
    """
    log = folder / "provider.log"
    with _running([*COMMANDS[stack], framing, str(mailbox), *guard], log) as process:
        _wait(process, lambda: "\n" in log.read_text("utf-8"))
        port = log.read_text("utf-8").splitlines()[0]
        yield Provider(f"http://127.0.0.1:{port}/bipro", log)


@contextmanager
def behind_apache(inner: Provider, how: str, certificate: Path, folder: Path) -> Iterator[Provider]:
    """
    Run Apache with TLS before *inner*; *how* are directives that say what it does there.
    """
    port = _free_port()
    configuration = folder / "apache.conf"
    configuration.write_text(
        _APACHE.format(
            port=port,
            folder=folder,
            modules=_MODULES,
            certificate=certificate,
            behind=urlsplit(inner.url).port,
            how=how,
        )
    )
    with _running(["/usr/sbin/apache2", "-X", "-f", str(configuration)], folder / "apache.out") as process:
        _wait(process, lambda: _answers(port))
        yield Provider(f"https://127.0.0.1:{port}/bipro", inner.log)


@contextmanager
def _running(command: Sequence[str], output: Path) -> Iterator[subprocess.Popen[bytes]]:
    errors = output.with_suffix(".err")
    with output.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=os.environ | {"LC_ALL": "C.UTF-8"}
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            raise NotStartedError(f"{process.args} did not start")
        time.sleep(0.05)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
