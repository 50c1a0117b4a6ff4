"""What the audit log costs: checking a million records, here and elsewhere, asking who was there, and appending."""

from __future__ import annotations

import multiprocessing
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bipro_sync.audit import verify_audit
from bipro_sync.audit.checkpoints import Checkpoints
from bipro_sync.audit.merkle import Tree, leaf_hash
from bipro_sync.audit.note import Signer
from bipro_sync.audit.proofs import write_checkpoints, write_proof
from bipro_sync.audit.reading import lines

from .big_log import A_RUN, fill_log, moment_of
from .configuration import configure
from .mailbox_side import mailbox_side
from .measuring import Figure, command, median, peak, remove, run
from .syncs import CALLS


PROMISED = 200_000
"""Shipments that make a million records."""
VERIFY, MEMORY, ALONE, WHO = 4.0, 100, 12.0, 1.0
"""Seconds for the check, its MiB, seconds for the file that checks an export, and for the question who was there."""
THREADS, RATE, TOGETHER = 8, 5000, 3
"""Who appends, how many durable records a second at least, and how many a sync."""
_NAME = "benchmark"


def auditing(directory: Path, shipments: int, times: int) -> Iterator[Figure]:
    """Check and ask a log of so many shipments."""
    with mailbox_side(directory, 0) as side:
        config = configure(directory, side.url, ca_file=side.ca_file, acknowledge="auto")
        command("--config", str(config), "pull", "--json")
    log, anchor = directory / "archive" / "audit", directory / "anchor"
    fill_log(log, shipments)
    signer = Signer(_NAME, Ed25519PrivateKey.generate())
    signed = Checkpoints(log).add(signer, [signer.verifier])
    assert signed is not None
    anchor.mkdir()
    (anchor / f"{_NAME}-{signed.checkpoint.size:012d}.note").write_bytes(signed.note)
    what, promised = f"{signed.checkpoint.size:,} audit records", shipments >= PROMISED
    yield _check(log, anchor, str(signer.verifier), what, times, promised=promised)
    yield _check_alone(directory, log, anchor, str(signer.verifier), what, promised=promised)
    yield from _ask(config, what, shipments, times, promised=promised)
    remove(directory / "archive")


def _check(log: Path, anchor: Path, key: str, what: str, times: int, *, promised: bool) -> Figure:
    runs = [run("benchmarks.checking", str(log), str(anchor), key)[0] for _ in range(times)]
    return Figure(
        f"checking {what}, with key and anchor",
        median(runs),
        mebibytes=peak(runs),
        limit=f"≤ {VERIFY:.0f} s, ≤ {MEMORY} MiB" if promised else "",
        held=not promised or (median(runs) <= VERIFY and peak(runs) <= MEMORY),
    )


def _check_alone(directory: Path, log: Path, anchor: Path, key: str, what: str, *, promised: bool) -> Figure:
    bundle = directory / "bundle"
    # In a process of its own: what this one takes for the tree, the next ones would be said to have taken.
    making = multiprocessing.get_context("spawn").Process(target=_make_bundle, args=(bundle, log, anchor))
    making.start()
    making.join()
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-I", verify_audit.__file__, bundle, "--key", key, "--anchor", anchor],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    seconds = time.perf_counter() - begun
    return Figure(
        f"an export of {what}, by its own file, with key and anchor",
        seconds,
        limit=f"≤ {ALONE:.0f} s" if promised else "",
        held=not promised or seconds <= ALONE,
    )


def _make_bundle(bundle: Path, log: Path, anchor: Path) -> None:
    bundle.mkdir()
    with (bundle / "records.jsonl").open("wb") as records:
        for segment in sorted(log.glob("audit-*.jsonl")):
            with segment.open("rb") as file:
                shutil.copyfileobj(file, records)
    tree = Tree(map(leaf_hash, lines(log)))
    write_proof(bundle, tree, tree.size, (1, tree.size))
    write_checkpoints(log, bundle, tree)
    shutil.copy(max(anchor.iterdir()), bundle / "checkpoint.note")
    (bundle / "export.json").write_text('{"insurer": null, "asked_at": "2026-11-21T09:00:00+00:00"}')


def _ask(config: Path, what: str, shipments: int, times: int, *, promised: bool) -> Iterator[Figure]:
    moment = moment_of(shipments // 2 // A_RUN * A_RUN + 1)
    question = ("--config", str(config), "audit", "who", "--at", moment.isoformat(), "--json")
    first = command(*question)
    runs = [command(*question) for _ in range(times)]
    yield Figure(f"who was there, of {what}: the first time", first.seconds, mebibytes=first.mebibytes)
    yield Figure(
        f"who was there, of {what}: after that",
        median(runs),
        mebibytes=peak(runs),
        limit=f"≤ {WHO:.0f} s" if promised else "",
        held=not promised or median(runs) <= WHO,
    )


def appending(directory: Path, count: int, times: int) -> Sequence[Figure]:
    """The rate of durable records that several threads append, and how many of them share a sync."""
    work = [str(THREADS), str(count)]
    runs = [run("benchmarks.appending", str(directory / str(number)), *work)[0] for number in range(times)]
    rate = THREADS * count / statistics.median(each.seconds for each in runs)
    name = f"durable audit records a second, {THREADS} threads"
    figures = [Figure(name, rate, unit="/s", limit=f"≥ {RATE} /s", held=rate >= RATE)]
    table = directory / "syncs"
    strace = ["strace", "--follow-forks", "--summary-only", f"--trace={CALLS}", f"--output={table}"]
    module = [sys.executable, "-m", "benchmarks.appending", str(directory / "counted"), *work]
    try:
        subprocess.run([*strace, *module], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = f"audit records a sync: no strace ({type(error).__name__})"
        return [*figures, Figure(reason, None, limit=f"≥ {TOGETHER}", held=None)]
    lines = (line.split() for line in table.read_text().splitlines())
    syncs = sum(int(fields[3]) for fields in lines if fields and fields[-1] in CALLS.split(","))
    together = THREADS * count / syncs
    return [
        *figures,
        Figure("audit records a sync", together, unit="", limit=f"≥ {TOGETHER}", held=together >= TOGETHER),
    ]
