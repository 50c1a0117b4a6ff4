"""The bare loop that ours is compared with: the same libraries and promises, and no care at all."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from pathlib import Path

import httpx2

from .measuring import tell


CHUNK = 1 << 20


def fetch(url: str, target: Path) -> None:
    """Fetch, split, hash, write, fsync, read back from the device and hash."""
    digest = hashlib.sha256()
    with (
        httpx2.Client(trust_env=False) as client,
        client.stream("POST", url, content=b"<get/>", headers={"SOAPAction": "get"}, timeout=120) as response,
    ):
        delimiter = b"\r\n--" + response.headers["content-type"].partition('boundary="')[2].rstrip('"').encode()
        with target.open("wb") as file:
            buffer, headers = b"\r\n", 2
            for raw in response.iter_raw():
                buffer += raw
                while headers and (end := buffer.find(b"\r\n\r\n")) >= 0:
                    buffer, headers = buffer[end + 4 :], headers - 1
                if headers:
                    continue
                found = buffer.find(delimiter)
                keep = found if found >= 0 else max(0, len(buffer) - len(delimiter))
                file.write(buffer[:keep])
                digest.update(buffer[:keep])
                buffer = buffer[keep:]
            file.flush()
            os.fsync(file.fileno())
    again = hashlib.sha256()
    with target.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while chunk := file.read(CHUNK):
            again.update(chunk)
    assert digest.hexdigest() == again.hexdigest()


if __name__ == "__main__":
    begun = time.perf_counter()
    fetch(sys.argv[1], Path(sys.argv[2]))
    tell(time.perf_counter() - begun)
