"""The daemon as a process of its own, with practice insurers, signals and a service manager that listens."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from ..receivers import MailServer


PATIENCE = 20
RARELY = "0 0 29 2 *"
"""A schedule that no test waits for; who was never pulled is due all the same."""


class Listening:
    """A service manager's end of sd_notify: what it was told, in order."""

    def __init__(self, path):
        self.path = path
        self.said = []
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._line.bind(str(path))
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self):
        while word := self._line.recv(4096):
            self.said += word.decode().split("\n")

    def has_said(self, word, times):
        return self.said.count(word) >= times

    def environment(self, **more):
        return os.environ | {"NOTIFY_SOCKET": str(self.path)} | more

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(b"", str(self.path))
        self._listener.join()
        self._line.close()


@pytest.fixture
def manager(tmp_path):
    opened = Listening(tmp_path / "notify")
    yield opened
    opened.close()


@pytest.fixture
def served(office, manager):
    """Starts the daemon of an office, which then says that it is ready."""

    def _served(*words, **environment):
        before = manager.said.count("READY=1")
        child = office.start("daemon", *words, env=manager.environment(**environment))
        office.until(lambda: manager.said.count("READY=1") > before or child.poll() is not None)
        assert child.poll() is None, child.communicate()
        return child

    return _served


def stopped(child):
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=30)
    return child.returncode, err


def ended(office, name="muster"):
    """How the runs of an insurer have ended."""
    return [each["outcome"] for each in office.records("session.end") if each["insurer"] == name]


def at_work(child):
    """The processes of the daemon's runs."""
    return [int(word) for word in Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text("ascii").split()]


def test_whoever_was_never_pulled_is_pulled_at_once_and_once(office, served, manager):
    office.opens(office.shipment("A"), schedule=RARELY)
    office.opens(office.shipment("B"), name="other", schedule=RARELY)
    child = served()
    office.until(lambda: ended(office) and ended(office, "other"))
    office.until(lambda: not at_work(child))
    assert stopped(child) == (0, "")
    assert (ended(office), ended(office, "other")) == (["ok"], ["ok"])
    assert office.states() == {"A": "acknowledged", "B": "acknowledged"}
    assert "STOPPING=1" in manager.said
    assert any(line.startswith("STATUS=2 insurers; ") and "next at" in line for line in manager.said)


class Ago:
    """The clock of a machine as it was some time ago."""

    def __init__(self, **ago):
        self._ago = timedelta(**ago)

    def now(self):
        return datetime.now(UTC) - self._ago

    def monotonic(self):
        return time.monotonic()


def test_what_fell_due_while_nobody_ran_is_made_up_for_by_one_run_however_often_it_was(office, served):
    office.opens(office.shipment("A"), schedule="0 6 * * *")
    assert not office.pull_at(Ago(days=4)).errors
    child = served()
    office.until(lambda: len(ended(office)) == 2)
    office.until(lambda: not at_work(child))
    assert stopped(child) == (0, "")
    assert len(office.calls("login")) == 2


def test_who_was_pulled_since_the_last_due_time_is_left_alone(office, served):
    office.opens(office.shipment("A"), schedule=RARELY)
    assert not office.pull_at(Ago(days=4)).errors
    child = served()
    assert stopped(child) == (0, "")
    assert len(office.calls("login")) == 1


def test_sections_of_one_account_that_are_due_together_share_a_run_and_its_login(office, served):
    office.opens(office.shipment("A"), schedule=RARELY, account="shared")
    office.configure("twin", **office.addresses(), schedule=RARELY, account="shared")
    child = served()
    office.until(lambda: ended(office) and ended(office, "twin"))
    assert stopped(child)[0] == 0
    assert len(office.calls("login")) == 1


def test_when_told_to_stop_it_finishes_the_shipment_in_hand_and_the_next_one_goes_on(office, served):
    stall = office.fault("getShipment", "stall", shipment="A", seconds=1, times=1)
    office.opens(*map(office.shipment, "AB"), stall, schedule=RARELY)
    child = served()
    office.under_way("getShipment")
    code, err = stopped(child)
    assert (code, "Terminated" in err) == (0, True)
    assert office.states() == {"A": "acknowledged", "B": "listed"}
    again = served()
    office.until(lambda: len(ended(office)) == 2)
    assert stopped(again) == (0, "")
    assert office.states() == {"A": "acknowledged", "B": "acknowledged"}


def test_ctrl_c_said_twice_waits_for_nothing(office, served):
    stall = office.fault("getShipment", "stall", shipment="A", seconds=PATIENCE, times=1)
    office.opens(office.shipment("A"), stall, schedule=RARELY)
    child = served()
    office.under_way("getShipment")
    before = time.monotonic()
    child.send_signal(signal.SIGINT)
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=PATIENCE)
    assert (child.returncode, "SIGKILL" in err) == (0, True)
    assert time.monotonic() - before < PATIENCE / 2


def test_a_run_that_is_killed_ends_alone_and_the_daemon_goes_on(office, served):
    stall = office.fault("getShipment", "stall", shipment="A", seconds=2, times=1)
    office.opens(office.shipment("A"), stall, schedule=RARELY)
    child = served()
    office.under_way("getShipment")
    (run,) = at_work(child)
    os.kill(run, signal.SIGKILL)
    office.until(lambda: not at_work(child))
    time.sleep(0.5)
    assert not at_work(child), "what cannot go well is not begun again and again"
    code, err = stopped(child)
    assert (code, "muster: the run was ended by SIGKILL" in err) == (0, True)
    again = served()
    office.until(lambda: ended(office) == ["ok"])
    assert stopped(again) == (0, "")
    assert office.states() == {"A": "acknowledged"}


def test_that_a_run_was_killed_is_told_by_mail(office, served, tmp_path):
    mails = MailServer(tmp_path / "mail")
    office.head = (
        f'[alerts]\nmail = {{ to = ["it@broker.example"], smtp = "{mails.url}", ca_file = "{mails.ca_file}" }}\n'
    )
    stall = office.fault("getShipment", "stall", shipment="A", seconds=2, times=1)
    office.opens(office.shipment("A"), stall, schedule=RARELY)
    child = served()
    office.under_way("getShipment")
    (run,) = at_work(child)
    os.kill(run, signal.SIGKILL)
    office.until(lambda: mails.mails)
    stopped(child)
    mails.close()
    [mail] = mails.mails
    assert "muster: der Lauf wurde abgebrochen (SIGKILL)" in mail.message.get_content()


def test_a_daemon_that_is_killed_is_followed_by_one_that_makes_up_for_it(office, served):
    stall = office.fault("listShipments", "stall", seconds=1, times=1)
    office.opens(office.shipment("A"), stall, schedule=RARELY)
    child = served()
    office.under_way("listShipments")
    runs = at_work(child)
    # As systemd does, all that belongs to the unit.
    for process in (child.pid, *runs):
        os.kill(process, signal.SIGKILL)
    child.communicate()
    again = served()
    office.until(lambda: ended(office) == ["ok"])
    assert stopped(again) == (0, "")


def test_a_second_daemon_of_one_archive_ends_with_11(office, served):
    office.opens(schedule=RARELY)
    child = served("--json")
    second = office.start("daemon", "--json")
    out, _ = second.communicate(timeout=PATIENCE)
    assert (second.returncode, json.loads(out)["error"]["code"]) == (11, "busy")
    child.send_signal(signal.SIGTERM)
    out, _ = child.communicate(timeout=PATIENCE)
    assert (child.returncode, json.loads(out)) == (0, {"exit_code": 0})


def test_a_configuration_that_was_mended_is_read_anew_and_who_is_new_in_it_is_pulled(office, served, manager):
    office.opens(office.shipment("A"), schedule=RARELY)
    child = served()
    office.until(lambda: ended(office))
    office.opens(office.shipment("B"), name="other", schedule=RARELY)
    assert not ended(office, "other")
    child.send_signal(signal.SIGHUP)
    office.until(lambda: ended(office, "other"))
    code, err = stopped(child)
    assert (code, "was read anew" in err) == (0, True)
    assert manager.said.index("RELOADING=1") < len(manager.said) - manager.said[::-1].index("READY=1") - 1
    assert ended(office) == ["ok"]


def test_a_broken_configuration_is_refused_and_told_and_the_old_one_stays(office, served, manager):
    office.opens(office.shipment("A"), schedule=RARELY)
    child = served()
    office.until(lambda: ended(office))
    before = office.config.read_text()
    elsewhere = before.replace(str(office.archive), str(office.root / "elsewhere"))
    for broken in (
        "no TOML",
        '[archive]\nroot = "relative"\n',
        f"{before}\n[insurers.worse]\nworkers = 0\n",
        elsewhere,
    ):
        office.config.write_text(broken)
        answered = partial(manager.has_said, "READY=1", manager.said.count("READY=1") + 1)
        child.send_signal(signal.SIGHUP)
        office.until(answered)
    code, err = stopped(child)
    assert (code, err.count("stays in force")) == (0, 4)
    assert not (office.root / "elsewhere").exists()


def test_an_insurer_whose_section_is_broken_keeps_no_other_from_being_pulled(office, served):
    office.opens(office.shipment("A"), schedule=RARELY)
    office.configure("broken", sts_url="http://insurer.example/")
    child = served()
    office.until(lambda: ended(office))
    code, err = stopped(child)
    assert (code, "broken is not pulled" in err) == (0, True)


def test_only_a_daemon_that_works_feeds_the_watchdog(office, served, manager):
    office.opens(schedule=RARELY)
    child = served(WATCHDOG_USEC="300000")
    office.until(lambda: manager.said.count("WATCHDOG=1") > 5)
    child.send_signal(signal.SIGSTOP)
    time.sleep(0.2)
    before = manager.said.count("WATCHDOG=1")
    time.sleep(0.5)
    assert manager.said.count("WATCHDOG=1") == before
    child.send_signal(signal.SIGCONT)
    office.until(lambda: manager.said.count("WATCHDOG=1") > before)
    assert stopped(child)[0] == 0


@pytest.fixture
def by_the_second(office, manager):
    """Starts a daemon of a pulled office by a schedule of six fields, the first of them seconds."""

    def _by_the_second(schedule):
        words = [sys.executable, "-m", "tests.daemon.serving", str(office.config), schedule]
        with subprocess.Popen(
            words, cwd=Path(__file__).parents[2], env=manager.environment(), stderr=subprocess.PIPE, text=True
        ) as child:
            try:
                office.until(lambda: "READY=1" in manager.said or child.poll() is not None)
                assert child.poll() is None, child.communicate()
                yield child
            finally:
                child.kill()

    opened = []

    def start(schedule):
        opened.append(_by_the_second(schedule))
        return next(opened[-1])

    yield start
    for each in opened:
        each.close()


RESPONSIBLE = """
[audit]
responsible = "boss"
anchors = "none"
[daemon]
jitter = "0 minutes"
[alerts]
none = true
[users.boss]
name = "Erika Erfunden"
login = "boss"
role = "admin"
active_from = 2026-01-01
"""


def test_each_due_time_is_one_run_of_a_schedule_that_somebody_answers_for(office, by_the_second):
    office.head = RESPONSIBLE
    office.opens(environment="production")
    child = by_the_second("*/3 * * * * *")
    office.until(lambda: len(ended(office)) >= 3)
    assert stopped(child)[0] == 0
    runs = office.records("session.start")
    assert {(each["actor"], each["responsible"], each["invocation"]) for each in runs} == {
        ("schedule", "boss", "0123456789abcdef")
    }
    begun = [datetime.fromisoformat(each["ts"]) for each in runs]
    # However late one begins, it has served what fell due meanwhile.
    assert len({int(each.timestamp()) // 3 for each in begun}) == len(begun) == len(office.calls("login"))


def test_a_clock_that_was_put_makes_all_times_reckoned_anew(office, by_the_second):
    office.head = RESPONSIBLE
    office.opens(environment="production", schedule=RARELY)
    child = by_the_second(RARELY)
    office.until(lambda: len(ended(office)) == 1 and not at_work(child))
    (office.config.with_name("days")).write_text("1500")
    child.send_signal(signal.SIGCHLD)
    office.until(lambda: len(ended(office)) == 2)
    assert stopped(child)[0] == 0
