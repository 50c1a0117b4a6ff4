import pytest

from bipro_sync.audit import identify
from bipro_sync.model.ports import SystemClock

from ..identities import at_a_terminal, scheduled


def person(key, login):
    return f'[users.{key}]\nname = "Erika Erfunden"\nlogin = "{login}"\nrole = "admin"\nactive_from = 2020-01-01\n'


@pytest.fixture
def personal(office):
    """An office in earnest with a personal certificate, whose owner is whoever runs this."""
    office.head = (
        '[audit]\nresponsible = "u002"\nanchors = "none"\n[alerts]\nnone = true\n'
        f"{person('u001', identify().os_user)}{person('u002', 'colleague')}"
    )
    office.opens('login = "certificate"\n', office.shipment("A"), environment="production")
    office.configure(auth=office.by_certificate(kind="personal") | {"owner": "u001"})
    return office


def colleague():
    return at_a_terminal("colleague")


def test_its_owner_pulls_with_a_personal_certificate(personal):
    pulled = personal.pull()
    assert (pulled["exit_code"], pulled["acknowledged"], pulled["remarks"]) == (0, 1, [])


def test_nobody_else_does_and_the_audit_log_says_so(personal):
    result = personal.pull_at(SystemClock(), identity=colleague())
    assert (result.exit_code, result.outcome, result.error.code) == (17, "suspended", "not-permitted")
    assert "personal to u001, so u002 may not use it" in result.error.message
    assert personal.calls() == personal.records("call.intent") == []
    end = personal.records("session.end")[-1]
    assert (end["principal"], end["outcome"], end["detail"]) == ("u002", "not-permitted", result.error.message)


def test_a_schedule_may_and_is_warned_about(personal):
    result = personal.pull_at(SystemClock(), identity=scheduled())
    assert (result.exit_code, result.acknowledged) == (0, 1)
    (remark,) = result.remarks
    assert "personal certificate of u001" in remark


def test_a_certificate_of_the_house_is_everybody_s(personal):
    personal.configure(auth=personal.by_certificate(kind="house"))
    result = personal.pull_at(SystemClock(), identity=colleague())
    assert (result.acknowledged, result.remarks) == (1, [])
