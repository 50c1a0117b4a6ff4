"""Brings a checkpoint to all anchors at once; one that hangs or fails holds nothing up but itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import assert_never

import msgspec

from ..audit.anchoring import AnchorMemory, SigningMemory, remember_signing, signing_memory
from ..audit.checkpoints import Signed
from ..config import Anchor, CommandAnchor, DirectoryAnchor, StampAnchor
from ..durable import FileLock
from ..errors import AnchorError, BiproSyncError, unexpected
from ..model.ports import Clock
from . import command, directory
from .delivery import Delivery


LIMIT = 45.0
"""Seconds for all anchors together: a mount whose server is gone may hang for hours."""


def deliver(anchors: tuple[Anchor, ...], log: Path, signed: Signed, clock: Clock, *, limit: float = LIMIT) -> None:
    """
    Bring the newest checkpoint of the log in *log* to every anchor that lacks it, and remember what became of it.

    Nothing is brought where another process is just at it: the next run does.
    """
    if not anchors:
        return
    lock = FileLock(log / "checkpoints" / ".lock")
    if not lock.acquire(wait=False):
        return
    try:
        before = signing_memory(log)
        memories = {anchor.name: before.anchors.get(anchor.name, AnchorMemory()) for anchor in anchors}
        works = {
            anchor.name: partial(_bring, anchor, _delivery(log, signed, memories[anchor.name]))
            for anchor in anchors
            if not _has(memories[anchor.name], signed.checkpoint.size)
        }
        for name, result in _side_by_side(works, limit, clock).items():
            memories[name] = _after(memories[name], signed.checkpoint.size, result, clock)
        remember_signing(log, SigningMemory(anchors=memories))
    finally:
        lock.release()


def _delivery(log: Path, signed: Signed, memory: AnchorMemory) -> Delivery:
    return Delivery(signed.checkpoint.origin, signed.checkpoint.size, signed.note, log / "checkpoints", memory)


def _bring(anchor: Anchor, delivery: Delivery) -> bool:
    match anchor:
        case DirectoryAnchor():
            return directory.bring(anchor, delivery)
        case CommandAnchor():
            return command.bring(anchor, delivery)
        case StampAnchor():
            # Certificates and their library are for those alone who have such an anchor.
            from .stamp import bring  # noqa: PLC0415 - see above

            return bring(anchor, delivery)
        case _:
            assert_never(anchor)


def _has(memory: AnchorMemory, size: int) -> bool:
    return memory.size == size and memory.complete and memory.error is None


def _after(memory: AnchorMemory, size: int, result: bool | BiproSyncError, clock: Clock) -> AnchorMemory:
    now = clock.now()
    if isinstance(result, BiproSyncError):
        return msgspec.structs.replace(memory, tried_at=now, error=result.message.removesuffix("."), complete=False)
    return AnchorMemory(size=size, at=now, tried_at=now, complete=result)


def _side_by_side(
    works: Mapping[str, Callable[[], bool]], limit: float, clock: Clock
) -> dict[str, bool | BiproSyncError]:
    """
    Return what each work answered or raised; what is not done within *limit* seconds is left behind, and dies with
    the process.
    """
    results: dict[str, bool | BiproSyncError] = {}

    def one(name: str, work: Callable[[], bool]) -> None:
        try:
            results[name] = work()
        except BiproSyncError as error:
            results[name] = error
        except Exception as error:  # noqa: BLE001 - a bug with one anchor must not keep the others' results
            results[name] = unexpected(error)

    threads = [threading.Thread(target=one, args=work, daemon=True) for work in works.items()]
    end = clock.monotonic() + limit
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(end - clock.monotonic(), 0))
    late = AnchorError(f"it took longer than {limit:.0f} s")
    return {name: results.get(name, late) for name in works}
