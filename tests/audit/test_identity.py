import os
import pwd

import pytest

from bipro_sync.audit import identify
from bipro_sync.audit.identity import Evidence, kernel_login_uid


UNIT = {"INVOCATION_ID": "0123456789abcdef0123456789abcdef"}
NOBODY = pwd.getpwnam("nobody").pw_uid


def test_a_person_is_whom_the_kernel_saw_logging_in_also_behind_sudo():
    found = identify(environment={}, login_uid=lambda: NOBODY, real_uid=lambda: 0)
    assert (found.os_user, found.evidence, found.scheduled) == ("nobody", Evidence.LOGIN_UID, False)


def test_without_a_login_the_real_user_counts():
    found = identify(environment={}, login_uid=lambda: None, real_uid=lambda: NOBODY)
    assert (found.os_user, found.evidence, found.scheduled) == ("nobody", Evidence.REAL_UID, False)
    assert found.invocation is None


def test_a_unit_that_nobody_has_logged_in_for_is_a_schedule():
    found = identify(environment=UNIT, login_uid=lambda: None, real_uid=lambda: NOBODY)
    assert (found.os_user, found.scheduled, found.invocation) == ("nobody", True, UNIT["INVOCATION_ID"])


def test_a_person_is_never_called_a_schedule_even_inside_a_unit():
    found = identify(environment=UNIT, login_uid=lambda: NOBODY, real_uid=lambda: 0)
    assert (found.os_user, found.scheduled) == ("nobody", False)


def test_a_user_without_a_name_is_named_by_number():
    unknown = 3_999_999_999
    with pytest.raises(KeyError):
        pwd.getpwuid(unknown)
    assert identify(environment={}, login_uid=lambda: unknown).os_user == str(unknown)


def test_the_real_process_has_an_identity():
    found = identify(environment={})
    login = kernel_login_uid()
    assert found.evidence is (Evidence.REAL_UID if login is None else Evidence.LOGIN_UID)
    assert found.os_user == pwd.getpwuid(os.getuid() if login is None else login).pw_name
