import pytest

from bipro_sync.config import load
from bipro_sync.errors import NotPermittedError
from bipro_sync.model.ports import SystemClock
from bipro_sync.model.rights import Verb
from bipro_sync.sync.after_run import FinishedRun, Step, StepReport, carry_out
from bipro_sync.sync.results import PullResult
from bipro_sync.sync.selection import PullOptions
from bipro_sync.sync.workplace import open_workplace


@pytest.fixture
def finished(office):
    office.configure(sts_url="https://good.example/sts", transfer_url="https://good.example/transfer")
    with open_workplace(load(office.config), SystemClock(), Verb.PULL, identity=office.identity) as place:
        yield FinishedRun(place=place, insurers=[], options=PullOptions(), result=PullResult(()))


def raising(error):
    def _raise(_run):
        raise error

    return _raise


def test_each_step_is_carried_out_in_its_order_whatever_became_of_those_before(finished):
    done = []
    steps = (
        Step("first", lambda run: done.append(run) or ["mend the first"]),
        Step("second", raising(NotPermittedError("Nobody may do that."))),
        Step("third", raising(OSError(28, "No space left on device"))),
        Step("fourth", raising(ValueError("Erika Mustermann"))),
        Step("fifth", lambda run: done.append(run) or ()),
    )
    reports = carry_out(steps, finished)
    assert done == [finished, finished]
    assert reports[0] == StepReport("first", ("mend the first",))
    assert reports[1].warnings == ("second: Nobody may do that.",)
    assert "No space left" in str(reports[2].warnings)
    assert reports[3].warnings == ("fourth: unexpected: ValueError",)
    assert reports[4].warnings == ()


def test_what_a_step_said_before_it_failed_is_not_lost(finished):
    def half(_run):
        yield "one target was not reached"
        raise NotPermittedError("The rest is refused.")

    (report,) = carry_out([Step("hand-over", half)], finished)
    assert report.warnings == ("one target was not reached", "hand-over: The rest is refused.")
