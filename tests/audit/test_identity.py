import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from bipro_sync.audit import identify
from bipro_sync.audit.identity import Evidence, kernel_cgroups, kernel_login_uid

from ..identities import TERMINAL


INVOKED = {"INVOCATION_ID": "0123456789abcdef0123456789abcdef"}
SERVICE = "0::/system.slice/system-bipro\\x2dsync\\x2dpull.slice/bipro-sync-pull@alpha.service\n"
NOBODY = pwd.getpwnam("nobody").pw_uid


def test_a_person_is_whom_the_kernel_saw_logging_in_also_behind_sudo():
    found = identify(environment={}, login_uid=lambda: NOBODY, real_uid=lambda: 0)
    assert (found.os_user, found.evidence, found.scheduled) == ("nobody", Evidence.LOGIN_UID, False)


def test_without_a_login_the_real_user_counts():
    found = identify(environment={}, login_uid=lambda: None, real_uid=lambda: NOBODY)
    assert (found.os_user, found.evidence, found.scheduled) == ("nobody", Evidence.REAL_UID, False)
    assert found.invocation is None


@pytest.mark.parametrize(
    "cgroups",
    [
        SERVICE,
        "4:memory:/\n1:name=systemd:/system.slice/bipro-sync-pull@alpha.service\n",
        "1:name=systemd:/system.slice/bipro-sync.service\n0::/system.slice/bipro-sync.service\n",
    ],
)
def test_a_unit_of_ours_that_nobody_has_logged_in_for_is_a_schedule(cgroups):
    found = identify(environment=INVOKED, login_uid=lambda: None, real_uid=lambda: NOBODY, cgroups=lambda: cgroups)
    assert (found.os_user, found.scheduled, found.invocation) == ("nobody", True, INVOKED["INVOCATION_ID"])


@pytest.mark.parametrize(
    ("environment", "cgroups"),
    [
        (INVOKED, ""),
        (INVOKED, "0::/\n"),
        (INVOKED, "0::/system.slice/docker-0123456789ab.scope\n"),
        (INVOKED, "0::/user.slice/user-1000.slice/user@1000.service/app.slice/terminal.scope\n"),
        (INVOKED, "0::/user.slice/user-1000.slice/user@1000.service/app.slice/bipro-sync-pull.service\n"),
        (INVOKED, "4:memory:/system.slice/bipro-sync-pull.service\n0::/\n"),
        (INVOKED, "0::/system.slice/pull.service\n"),
        (INVOKED, "0::/system.slice/my-bipro-sync.service\n"),
        (INVOKED, "0::/system.slice/bipro-sync.service/run.scope\n"),
        ({}, "0::/system.slice/cron.service\n"),
    ],
    ids=[
        *("no cgroups", "a container", "a container's scope", "a terminal", "a user's own unit", "another controller"),
        *("somebody's unit", "somebody's unit like ours", "below ours", "cron"),
    ],
)
def test_who_is_not_shown_to_run_in_a_unit_of_ours_is_no_schedule(environment, cgroups):
    found = identify(environment=environment, login_uid=lambda: None, real_uid=lambda: NOBODY, cgroups=lambda: cgroups)
    assert (found.os_user, found.scheduled, found.invocation) == ("nobody", False, None)


def test_a_person_is_never_called_a_schedule_even_inside_a_unit():
    found = identify(environment=INVOKED, login_uid=lambda: NOBODY, real_uid=lambda: 0, cgroups=lambda: SERVICE)
    assert (found.os_user, found.scheduled) == ("nobody", False)


@pytest.mark.parametrize(
    ("login", "terminal", "attended"),
    [(NOBODY, False, True), (None, True, True), (None, False, False), (NOBODY, True, True)],
)
def test_somebody_stands_behind_what_a_login_or_a_terminal_vouches_for(login, terminal, attended):
    found = identify(
        environment={},
        login_uid=lambda: login,
        real_uid=lambda: NOBODY,
        cgroups=lambda: "0::/\n",
        terminal=lambda: terminal,
    )
    assert found.attended is attended


@pytest.mark.parametrize(
    ("cgroups", "attended"),
    [
        ("0::/system.slice/cron.service\n", False),
        ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/backup.service\n", False),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", True),
        ("0::/\n", True),
    ],
    ids=["cron", "a timer of the person's own", "ssh", "a container"],
)
def test_what_a_service_runs_with_somebody_s_login_uid_is_attended_at_a_terminal_only(cgroups, attended):
    for terminal in (False, True):
        found = identify(
            environment={}, login_uid=lambda: NOBODY, cgroups=lambda: cgroups, terminal=lambda here=terminal: here
        )
        assert found.attended is (attended or terminal)


def test_a_controlling_terminal_is_noticed_and_its_absence_too():
    script = "from bipro_sync.audit.identity import kernel_terminal; print(kernel_terminal())"
    words = [sys.executable, "-c", script]
    without = subprocess.run(words, capture_output=True, text=True, check=True, start_new_session=True)
    within = subprocess.run([*TERMINAL, *words], capture_output=True, text=True, check=True)
    assert (without.stdout, within.stdout) == ("False\n", "True\n")


def test_a_user_without_a_name_is_named_by_number():
    unknown = 3_999_999_999
    with pytest.raises(KeyError):
        pwd.getpwuid(unknown)
    assert identify(environment={}, login_uid=lambda: unknown).os_user == str(unknown)


def test_the_kernel_names_this_process_s_own_cgroups():
    assert all(line.count(":") >= 2 for line in kernel_cgroups().splitlines())
    assert kernel_cgroups() == Path(f"/proc/{os.getpid()}/cgroup").read_text()


def test_the_real_process_has_an_identity():
    found = identify(environment={})
    login = kernel_login_uid()
    assert found.evidence is (Evidence.REAL_UID if login is None else Evidence.LOGIN_UID)
    assert found.os_user == pwd.getpwuid(os.getuid() if login is None else login).pw_name
