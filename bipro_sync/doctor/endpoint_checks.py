"""Whether the insurers' machines are there and trusted: TLS handshakes side by side, without a request or a login."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ..bipro.endpoints import Endpoint, tried
from ..errors import ExitCode
from ..insurers import Insurer
from .check import Check, Verdict


LONGEST = 15.0
"""Seconds after which nobody is waited for any more: looking a name up has no end of its own."""

_ENDS_SOON = timedelta(days=14)
_ID = "endpoints"


def endpoint_checks(insurers: Sequence[Insurer], now: datetime) -> dict[str, list[Check]]:
    """
    Return by insurer what came of a handshake with each machine that a pull would call.
    """
    found: dict[str, list[Endpoint]] = {}

    def reach(insurer: Insurer) -> None:
        found[insurer.name] = list(tried(_addresses(insurer), ca_file=insurer.ca_file, proxy=insurer.proxy))

    # Not a pool: at its end it would wait for who hangs.
    threads = [threading.Thread(target=reach, args=[insurer], daemon=True) for insurer in insurers]
    for thread in threads:
        thread.start()
    until = time.monotonic() + LONGEST
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return {insurer.name: list(_checks(insurer, found.get(insurer.name), now)) for insurer in insurers}


def _checks(insurer: Insurer, endpoints: Sequence[Endpoint] | None, now: datetime) -> Iterator[Check]:
    if endpoints is None:
        sentence = f"Its machines did not answer within {LONGEST:.0f} s."
        yield Check(_ID, insurer.name, Verdict.FAIL, sentence, "Is the network there?", ExitCode.INSURER)
    for each in endpoints or ():
        if each.trouble:
            yield Check(_ID, insurer.name, Verdict.FAIL, each.sentence, each.trouble.hint, ExitCode.INSURER)
        elif each.handshake and each.handshake.ends and each.handshake.ends - now < _ENDS_SOON:
            remedy = "The insurer renews it; where ca_file holds it, get the next one from them."
            yield Check(_ID, insurer.name, Verdict.WARN, each.sentence, remedy)
        else:
            yield Check(_ID, insurer.name, Verdict.OK, each.sentence)


def _addresses(insurer: Insurer) -> tuple[str, ...]:
    tgic = insurer.auth.tgic.url if insurer.auth.tgic else ""
    urls = (insurer.sts_url, tgic, insurer.hub_url or "", insurer.transfer_url)
    return tuple(dict.fromkeys(url for url in urls if url))
