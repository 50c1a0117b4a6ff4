import itertools
import json
import re

import pytest

from bipro_sync import errors
from bipro_sync.errors import BiproSyncError, ConfigurationError, ExitCode, Family, FaultError, Retry, most_severe


def subclasses(kind):
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from subclasses(child)


TREE = [BiproSyncError, *subclasses(BiproSyncError)]
SEVERITY = [143, 130, 1, 15, 14, 12, 17, 10, 13, 11, 16, 3, 2, 0]


@pytest.mark.parametrize("kind", TREE)
def test_every_error_says_what_to_do_and_how_the_process_ends(kind):
    error = kind("Something happened.", **({"sent": True} if kind is errors.UnreachableError else {}))
    assert error.exit_code in ExitCode
    assert error.exit_code is not ExitCode.OK
    assert error.retry in Retry
    assert error.family in Family
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", error.code)
    assert error.hint.endswith((".", "?"))
    assert str(error) == error.message == "Something happened."
    assert kind.__doc__.strip()


def test_no_two_errors_share_a_code():
    codes = [kind.code for kind in TREE]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", [kind for kind in TREE if kind is not BiproSyncError])
def test_a_narrower_error_ends_the_process_as_its_parent_does(kind):
    [parent] = kind.__bases__
    if parent is not BiproSyncError and kind not in {errors.TerminatedRunError, errors.MissingRightError}:
        assert kind.exit_code is parent.exit_code


def test_the_tree_at_the_top_of_the_module_is_the_tree():
    drawn = set(re.findall(r"\b\w+Error\b", errors.__doc__))
    assert drawn == {kind.__name__ for kind in TREE}


def test_the_drawn_exit_codes_are_the_real_ones():
    for name, code in re.findall(r"^\W*(\w+Error) +(\d+)(?: |$)", errors.__doc__, re.MULTILINE):
        assert getattr(errors, name).exit_code == int(code)


def test_the_most_severe_code_wins_whatever_the_order():
    assert sorted(ExitCode) == sorted(SEVERITY)
    for worse, better in itertools.combinations(SEVERITY, 2):
        assert most_severe([worse, better]) == most_severe([better, worse]) == worse


def test_nothing_wrong_is_zero():
    assert most_severe([]) is ExitCode.OK
    assert most_severe([0, 0]) is ExitCode.OK


def test_a_login_that_failed_is_never_simply_repeated():
    assert {kind for kind in TREE if kind.retry is Retry.HELPS}.isdisjoint(subclasses(errors.LoginError))
    for kind in (errors.LoginRefusedError, errors.LoginUnknownError, errors.BreakerOpenError):
        assert kind.retry is Retry.FORBIDDEN


def test_what_is_said_of_one_error_stays_with_it():
    error = BiproSyncError("m", hint="h.", code="c", family=Family.GET)
    assert (error.hint, error.code, error.family) == ("h.", "c", Family.GET)
    assert BiproSyncError("m").family is Family.GENERAL


def test_an_error_as_json_has_code_message_and_hint():
    error = FaultError("The insurer refused.", codes=("00900",), hint="Wait.")
    assert json.loads(json.dumps(error.as_json())) == {
        "code": "fault",
        "message": "The insurer refused.",
        "hint": "Wait.",
    }
    assert error.codes == ("00900",)


def test_a_configuration_error_keeps_all_problems():
    assert ConfigurationError("Two problems.", problems=["a", "b"]).problems == ("a", "b")
    assert ConfigurationError("None listed.").problems == ()
