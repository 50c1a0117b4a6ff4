import signal
import subprocess
import sys
import threading

from bipro_sync import durable

from .practice import python


LOCKER = """
import sys, time
from pathlib import Path
from bipro_sync.durable import FileLock
lock = FileLock(Path(sys.argv[1]))
print(lock.acquire(wait=False), flush=True)
sys.stdin.read()
"""


def test_a_lock_excludes_other_processes_until_it_is_freed_or_its_holder_is_killed(tmp_path):
    path = tmp_path / "lock"
    with durable.FileLock(path):
        assert python(LOCKER, path, stdin=subprocess.DEVNULL) == "False\n"
    with subprocess.Popen(
        [sys.executable, "-c", LOCKER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "True\n"
        lock = durable.FileLock(path)
        assert not lock.acquire(wait=False)
        lock.release()
        waiting = threading.Thread(target=lock.acquire, kwargs={"wait": True})
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        holder.send_signal(signal.SIGKILL)
        waiting.join(10)
        assert not waiting.is_alive()
    assert python(LOCKER, path, stdin=subprocess.DEVNULL) == "False\n"
    lock.release()
    assert python(LOCKER, path, stdin=subprocess.DEVNULL) == "True\n"


def test_a_lock_is_shared_by_any_number_or_held_by_one_alone(tmp_path):
    first, second, alone = (durable.FileLock(tmp_path / "lock") for _ in range(3))
    assert first.acquire(wait=False, shared=True)
    assert second.acquire(wait=False, shared=True)
    assert not alone.acquire(wait=False)
    first.release()
    assert not alone.acquire(wait=False)
    second.release()
    assert alone.acquire(wait=False)
    assert not first.acquire(wait=False, shared=True)
    alone.release()


def test_a_directory_is_locked_without_a_file_of_its_own(tmp_path):
    first, second = durable.DirectoryLock(tmp_path), durable.DirectoryLock(tmp_path)
    assert (first.acquire(wait=False), second.acquire(wait=False)) == (True, False)
    first.release()
    assert second.acquire(wait=False)
    second.release()
    assert list(tmp_path.iterdir()) == []
