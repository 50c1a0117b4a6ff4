import os
import socket

import pytest

from bipro_sync.daemon.manager import ServiceManager


@pytest.fixture
def listening(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.settimeout(5)
        yield line, tmp_path / "notify"


def test_it_is_told_state_and_status_at_the_place_it_names(listening):
    line, path = listening
    line.bind(str(path))
    environment = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "30000000", "HOME": "/"}
    manager = ServiceManager(environment)
    manager.tell(state="READY=1", status="3 insurers")
    assert line.recv(4096) == b"READY=1\nSTATUS=3 insurers"
    assert manager.patience == 30
    assert environment == {"HOME": "/"}, "what is started by this process has nothing to tell it"


def test_an_abstract_address_begins_with_an_at_sign(listening):
    line, path = listening
    line.bind(f"\0{path}")
    ServiceManager({"NOTIFY_SOCKET": f"@{path}"}).tell(state="WATCHDOG=1")
    assert line.recv(4096) == b"WATCHDOG=1"


def test_nobody_is_told_where_nobody_listens(listening):
    _, path = listening
    ServiceManager({}).tell(state="READY=1")
    ServiceManager({"NOTIFY_SOCKET": str(path)}).tell(state="READY=1", status="alone")


@pytest.mark.parametrize(
    ("pid", "patience"),
    [(str(os.getpid()), 2.0), (str(os.getpid() + 1), None), (None, 2.0)],
    ids=["us", "other", "any"],
)
def test_the_watchdog_is_fed_by_the_process_it_watches(pid, patience):
    named = {} if pid is None else {"WATCHDOG_PID": pid}
    assert ServiceManager({"WATCHDOG_USEC": "2000000"} | named).patience == patience
