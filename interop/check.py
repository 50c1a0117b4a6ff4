"""Check bipro-sync against stacks that nobody here wrote, one line a check; it never reaches beyond this machine."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from http.client import HTTPException
from pathlib import Path

import framings
import providers
import pulls
import signatures
from authority import Authority
from verdict import WrongError


Check = tuple[str, Callable[[Path], None]]
"""A check's name, and what carries it out in a folder of its own."""

APACHE = {
    "gzip": "RequestHeader set Accept-Encoding gzip\nSetOutputFilter DEFLATE",
    "until closed": "SetEnvIf Request_URI ^ downgrade-1.0 nokeepalive",
}
"""What Metro's own HTTP server cannot do, Apache does before it, whether the caller asked for it or not."""

FRAMINGS = {
    "gSOAP": ("inline", "plain", "chunked", "gzip"),
    "Metro": ("inline", "chunked", *APACHE),
}

FAILURES = (WrongError, providers.NotStartedError, subprocess.TimeoutExpired, OSError, HTTPException)
"""What ends a check and not the run: a wrong fact, or an other side that is not there."""


def main() -> int:
    """
    Run every check; return 1 if one failed.
    """
    passed = failed = 0
    for name, check in checks():
        begin = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="interop-") as folder:
            try:
                check(Path(folder))
                passed += 1
                verdict = "ok"
            except FAILURES as error:
                failed += 1
                verdict = f"FAILED: {error}"
        print(f"{name:<45} {time.monotonic() - begin:5.1f} s  {verdict}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def checks() -> Iterator[Check]:
    """
    Give every check in the order in which they run.
    """
    for stack, known in FRAMINGS.items():
        for framing in known:
            before = ", behind Apache with TLS" if stack == "Metro" and framing in APACHE else ""
            yield f"{stack}, {framing}{before}", partial(framed, stack, framing)
        yield f"{stack}, wrong password", partial(wrong_password, stack)
        yield f"{stack}, invalid request", partial(invalid_request, stack)
    yield "Metro, certificate, behind Apache with TLS", partial(by_certificate, "certificate")
    yield "Metro, tls, behind Apache with TLS", partial(by_certificate, "tls")
    yield "Metro with WSS4J, signature", signed
    for algorithm, key in signatures.KEYS.items():
        yield f"WSS4J, login signed with {algorithm}", partial(signatures.check, signatures.wss4j, key)
        yield f"xmlsec1, login signed with {algorithm}", partial(signatures.check, signatures.xmlsec1, key)
    yield "WSS4J, old login and a stranger's", signatures.check_trust


def framed(stack: str, framing: str, folder: Path) -> None:
    """
    Pull the mailbox in one framing.
    """
    authority = Authority(folder)
    with ExitStack() as running:
        provider = running.enter_context(providers.provider(stack, framing, pulls.fill(folder), folder))
        if stack == "Metro" and framing in APACHE:
            apache = providers.behind_apache(provider, APACHE[framing], authority.server(), folder)
            provider = running.enter_context(apache)
        framings.check(provider, framing, authority.file)
        broker = pulls.Broker(folder, authority.file)
        broker.configure(provider, broker.by_password())
        pulls.check_pull(provider, broker, "Issue")


def wrong_password(stack: str, folder: Path) -> None:
    """
    Pull with a password that the provider refuses by a fault of the norm.
    """
    with providers.provider(stack, "plain", pulls.fill(folder), folder) as provider:
        broker = pulls.Broker(folder, Authority(folder).file)
        broker.configure(provider, broker.by_password("wrong"))
        pulls.check_refusal(provider, broker, "Issue")


def invalid_request(stack: str, folder: Path) -> None:
    """
    Have the provider refuse what is not of the schemas, so that its silence about our requests says something.
    """
    with providers.provider(stack, "plain", pulls.fill(folder), folder) as provider:
        framings.check_validation(provider, Authority(folder).file)


def by_certificate(method: str, folder: Path) -> None:
    """
    Pull by mutual TLS, with a login at the STS or without one; a stranger's certificate reaches no provider.
    """
    authority = Authority(folder)
    ask = f'SSLCACertificateFile "{authority.file}"\nSSLVerifyClient require'
    with (
        providers.provider("Metro", "chunked", pulls.fill(folder), folder, ("", "")) as inner,
        providers.behind_apache(inner, ask, authority.server(), folder) as provider,
    ):
        _stranger_then_ours(provider, authority, method, folder, *(["Issue"] if method == "certificate" else []))


def signed(folder: Path) -> None:
    """
    Pull by a signed login that WSS4J judges within Metro; a stranger's signature is no login.
    """
    authority = Authority(folder)
    guard = ("", "", str(authority.file))
    with providers.provider("Metro", "chunked", pulls.fill(folder), folder, guard) as provider:
        _stranger_then_ours(provider, authority, "signature", folder, "Issue")


def _stranger_then_ours(
    provider: providers.Provider, authority: Authority, method: str, folder: Path, *login: str
) -> None:
    elsewhere = folder / "stranger"
    stranger = pulls.Broker(elsewhere, authority.file)
    stranger_certificate = stranger.by_certificate(method, Authority(elsewhere))
    stranger.configure(provider, stranger_certificate)
    pulls.check_refusal(provider, stranger)
    ours = pulls.Broker(folder, authority.file)
    ours.configure(provider, ours.by_certificate(method, authority))
    pulls.check_pull(provider, ours, *login)


if __name__ == "__main__":
    sys.exit(main())
