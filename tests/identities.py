"""Who may run a command in a test."""

import sys
from pathlib import Path

from bipro_sync.audit import Identity, identify
from bipro_sync.audit.identity import Evidence


TERMINAL = (sys.executable, str(Path(__file__).with_name("terminal.py")))
"""The words before a command that give it a controlling terminal."""


def at_a_terminal(login=None):
    """A person at a terminal, by default whoever runs the tests."""
    return Identity(login or identify().os_user, Evidence.REAL_UID, scheduled=False, invocation=None, terminal=True)


def logged_in(login):
    """A person the kernel saw logging in."""
    return Identity(login, Evidence.LOGIN_UID, scheduled=False, invocation=None)


def scheduled():
    """A unit of ours."""
    return Identity("bipro-sync", Evidence.REAL_UID, scheduled=True, invocation="0123456789abcdef")


def by_something_else(login=None):
    """Neither: cron's child, say."""
    return Identity(login or identify().os_user, Evidence.REAL_UID, scheduled=False, invocation=None)
