"""A real browser without a window: what a page looks like there, what stands in it, and whom it wants to reach."""

import re
import shutil
import struct
import subprocess
import zlib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import pytest


PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SECONDS = 60


@dataclass
class Seen:
    """A page as the browser shows it: its elements when all is loaded, and its pixels as rows of RGB triples."""

    dom: str
    width: int
    height: int
    rows: list[bytes]
    wanted: set[str]

    @property
    def text(self):
        """What a reader sees, without elements and style."""
        body = re.sub(r"<style.*?</style>", "", re.split(r"<body[^>]*>", self.dom)[1], flags=re.DOTALL)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))

    def share(self, *colour):
        """Which part of all pixels has this colour, give or take a little."""
        near = sum(
            count
            for found, count in self.colours.items()
            if all(abs(one - other) <= 12 for one, other in zip(found, colour, strict=True))
        )
        return near / (self.width * self.height)

    @cached_property
    def colours(self):
        """How many pixels have each colour."""
        return Counter(row[place : place + 3] for row in self.rows for place in range(0, len(row), 3))


def look(page, folder, *, width=900, height=700):
    """Opens a page in a browser that may reach nobody, and looks at it; skips where there is no browser."""
    if PROGRAM is None:
        pytest.skip("no Chromium is installed; `apt-get install chromium` brings one")
    shot, log = folder / "page.png", folder / "net.json"
    plain = [
        *(PROGRAM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
        *(
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={folder / 'profile'}",
            "--force-color-profile=srgb",
        ),
        *(f"--window-size={width},{height}", f"--log-net-log={log}", "--virtual-time-budget=2000"),
    ]
    address = Path(page).absolute().as_uri()
    both = [f"--screenshot={shot}", "--dump-dom"]
    done = subprocess.run([*plain, *both, address], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    width, height, rows = pixels(shot.read_bytes())
    wanted = re.findall(r'"url":"((?:https?|wss?|ftp):[^"]+)"', log.read_text(errors="replace"))
    return Seen(done.stdout, width, height, rows, {each for each in wanted if not _of_the_browser_itself(each)})


def _of_the_browser_itself(address):
    return re.match(r"https?://[\w.-]*\.?(google|googleapis|gstatic|gvt1)\.com", address) is not None


def pixels(png):
    """The width, the height and the rows of RGB triples of a PNG of eight bits a channel."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    place, data, header = 8, b"", b""
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, body = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        header, data = (body, data) if kind == b"IHDR" else (header, data + body * (kind == b"IDAT"))
        place += 12 + length
    width, height, depth, colours = struct.unpack_from(">IIBB", header)
    assert (depth, colours) in {(8, 2), (8, 6)}
    step = 3 if colours == 2 else 4
    raw, rows, before = zlib.decompress(data), [], bytearray(width * step)
    for number in range(height):
        start = number * (width * step + 1)
        row = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + width * step]), before, step)
        rows.append(_without_alpha(row, width) if step == 4 else bytes(row))
        before = row
    return width, height, rows


def _without_alpha(row, width):
    plain = bytearray(3 * width)
    for channel in range(3):
        plain[channel::3] = row[channel::4]
    return bytes(plain)


def _unfiltered(kind, row, above, step):
    if kind == 1:
        for channel in range(step):
            row[channel::step] = bytes(accumulate(row[channel::step], lambda one, other: (one + other) & 255))
    elif kind == 2:
        row[:] = bytes((one + other) & 255 for one, other in zip(row, above, strict=True))
    elif kind:
        for at in range(len(row)):
            left = row[at - step] if at >= step else 0
            corner = above[at - step] if at >= step else 0
            row[at] = (row[at] + ((left + above[at]) // 2 if kind == 3 else _nearest(left, above[at], corner))) & 255
    return row


def _nearest(left, above, corner):
    guess = left + above - corner
    return min((left, above, corner), key=lambda each: abs(guess - each))
