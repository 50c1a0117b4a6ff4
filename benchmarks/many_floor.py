"""The bare loop that many small shipments are compared with: the same libraries, threads and promises, and no care."""

from __future__ import annotations

import hashlib
import os
import queue
import ssl
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
from lxml import etree
from pysqlite3 import dbapi2

from .measuring import tell
from .messages import BOUNDARY, shipment_id


_REQUEST = """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>\
<t:{0} xmlns:t="http://www.bipro.net/namespace/transfer"><t:ID>{1}</t:ID></t:{0}></s:Body></s:Envelope>"""
_STATUS = "{http://www.bipro.net/namespace/nachrichten}StatusID"


class Bare:
    """Fetches, stores and acknowledges into *directory*; shared by its threads."""

    def __init__(self, url: str, ca_file: str, directory: Path) -> None:
        self._url = url
        self._client = httpx2.Client(verify=ssl.create_default_context(cafile=ca_file), trust_env=False, timeout=60)
        self._directory = directory
        self._rows = dbapi2.connect(str(directory / "rows.db"), check_same_thread=False, isolation_level=None)
        self._rows.execute("PRAGMA journal_mode = WAL")
        self._rows.execute("PRAGMA synchronous = FULL")
        self._rows.execute("CREATE TABLE rows (id TEXT PRIMARY KEY, size INTEGER, sha256 TEXT)")
        self._writing = threading.Lock()

    def login(self) -> None:
        """Let the mailbox begin anew."""
        self._client.post(f"{self._url}/sts", content=b"<login/>").raise_for_status()

    def one(self, shipment: str) -> None:
        """Fetch, split, parse, hash, write, fsync, read back from the device and hash, note it, acknowledge."""
        root, file = _split(self._call("getShipment", shipment))
        _demand_ok(root)
        path = self._directory / shipment
        _store(path, file)
        digest = _read_back(path)
        assert digest == hashlib.sha256(file).hexdigest()
        with self._writing:
            self._rows.execute("INSERT INTO rows VALUES (?, ?, ?)", (shipment, len(file), digest))
        _demand_ok(self._call("acknowledgeShipment", shipment))

    def _call(self, operation: str, shipment: str) -> bytes:
        body = _REQUEST.format(operation, shipment).encode()
        answer = self._client.post(f"{self._url}/transfer", content=body, headers={"Content-Type": "text/xml"})
        answer.raise_for_status()
        return answer.content


def _split(body: bytes) -> tuple[bytes, bytes]:
    _, root, file, _ = body.split(f"--{BOUNDARY}".encode())
    return root.partition(b"\r\n\r\n")[2], file.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")


def _demand_ok(envelope: bytes) -> None:
    assert next(etree.fromstring(envelope).iter(_STATUS)).text == "OK"


def _store(path: Path, data: bytes) -> None:
    directory = os.open(path.parent, os.O_RDONLY)
    with path.open("xb", buffering=0) as file:
        file.write(data)
        os.fsync(file.fileno())
    os.fsync(directory)
    os.close(directory)


def _read_back(path: Path) -> str:
    with path.open("rb", buffering=0) as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.sha256(file.read()).hexdigest()


def work(bare: Bare, waiting: queue.SimpleQueue[str]) -> None:
    """Take one shipment after the other until none is left."""
    while True:
        try:
            shipment = waiting.get_nowait()
        except queue.Empty:
            return
        bare.one(shipment)


if __name__ == "__main__":
    url, ca_file, directory, count, workers = sys.argv[1:]
    begun, spent = time.perf_counter(), time.process_time()
    bare = Bare(url, ca_file, Path(directory))
    bare.login()
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for number in range(1, int(count) + 1):
        waiting.put(shipment_id(number))
    with ThreadPoolExecutor(int(workers)) as pool:
        for done in [pool.submit(work, bare, waiting) for _ in range(int(workers))]:
            done.result()
    tell(time.perf_counter() - begun, processor=time.process_time() - spent)
