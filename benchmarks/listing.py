"""A list, from its bytes to the shipments; beside lxml's bare parse and a walk through its tree."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from lxml import etree

from bipro_sync.bipro.answers import soap_body
from bipro_sync.bipro.calls.unkept import Unkept
from bipro_sync.bipro.framing.media_type import MediaType
from bipro_sync.bipro.framing.message import MessageReader
from bipro_sync.bipro.soap.element import Element
from bipro_sync.bipro.transfer.shipments import listed_shipments

from . import messages
from .measuring import Figure, run, tell


CHUNK = 64 << 10
PROMISED = 10_000
SECONDS = 0.15
"""What a list of as many shipments as are promised may take."""


def listing(directory: Path, count: int, times: int, *, rich: bool = False) -> Sequence[Figure]:
    """The time and memory of a list of so many shipments, in a process of its own."""
    path = directory / "list"
    path.write_text(messages.listing(count, rich=rich))
    ours, floor = run("benchmarks.listing", str(path), str(count), str(times))
    bounded = count == PROMISED and not rich
    limit = f"≤ {SECONDS} s" if bounded else ""
    held = ours.seconds <= SECONDS or not bounded
    fields = "ten" if rich else "five"
    figure = Figure(
        f"a list of {count:,} shipments of {fields} fields",
        ours.seconds,
        floor=floor.seconds,
        ratio=floor.seconds / ours.seconds,
        mebibytes=ours.mebibytes,
        limit=limit,
        held=held,
    )
    return [figure]


def read(data: bytes, count: int) -> None:
    """As a call reads it, in pieces as the network gives them."""
    reader = MessageReader(MediaType.parse("text/xml; charset=utf-8"), Unkept())
    for start in range(0, len(data), CHUNK):
        reader.feed(data[start : start + CHUNK])
    content = soap_body(reader.finish().root)
    assert isinstance(content, Element)
    response = content.child("Response")
    assert response is not None
    assert len(listed_shipments(response)) == count


def walk(data: bytes) -> None:
    """Every tag and every text once, and nothing made of them."""
    for element in etree.fromstring(data).iter():
        _ = element.tag, element.text


def seconds(work: Callable[[], None]) -> float:
    """How long *work* took."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    data, count, times = Path(sys.argv[1]).read_bytes(), int(sys.argv[2]), int(sys.argv[3])
    rounds = [(seconds(lambda: read(data, count)), seconds(lambda: walk(data))) for _ in range(times)]
    tell(*(statistics.median(each) for each in zip(*rounds, strict=True)))
