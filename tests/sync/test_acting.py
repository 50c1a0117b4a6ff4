from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from bipro_sync.audit import RecordType
from bipro_sync.audit.verification import verify
from bipro_sync.config import load
from bipro_sync.errors import ConfigurationError, NotPermittedError, UsageError
from bipro_sync.model.ports import SystemClock
from bipro_sync.model.rights import RIGHTS, Role, Verb
from bipro_sync.sync.acting import acting

from ..identities import at_a_terminal, by_something_else, logged_in, scheduled


def person(key, role, *, active="active_from = 2026-01-01", more=""):
    return f'[users.{key}]\nname = "{key.title()} Erfunden"\nlogin = "{key}-login"\nrole = "{role}"\n{active}\n{more}'


@pytest.fixture
def house(office):
    """An office in earnest, with one person of each role and an archive."""
    office.head = '[audit]\nresponsible = "admin"\nanchors = "none"\n[alerts]\nnone = true\n' + "".join(
        [
            *(person(role, role) for role in Role if role is not Role.SCHEDULE),
            person("limited", "auditor", more='insurer = "muster"\n'),
            person("gone", "admin", active="active_from = 2026-01-01\nactive_to = 2026-06-30"),
        ]
    )
    office.opens(office.shipment("A"), environment="production")
    office.identity = logged_in("admin-login")
    assert office.pull()["exit_code"] == 0
    return office


def act(house, verb, identity, **options):
    """Does something, with a record of it."""
    with acting(load(house.config), SystemClock(), verb, identity=identity, **options) as log:
        log.write(RecordType.READ, operation=verb, detail=options.get("purpose"))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SCHEDULE])
def test_each_role_does_what_the_table_lets_it_and_refusals_are_recorded(house, role):
    for verb in Verb:
        before = len(house.records())
        if role in RIGHTS[verb]:
            act(house, verb, logged_in(f"{role}-login"), purpose="claim 4711")
        else:
            with pytest.raises(NotPermittedError) as refused:
                act(house, verb, logged_in(f"{role}-login"), purpose="claim 4711")
            assert refused.value.exit_code == 17
        (record,) = house.records()[before:]
        assert (record["actor"], record["principal"], record["role"]) == ("person", role, role)
        assert (record["operation"], record["type"]) == (verb, "read" if role in RIGHTS[verb] else "access.refused")


def test_a_schedule_does_what_the_table_lets_it_under_its_invocation_and_who_answers_for_it(house):
    for verb in Verb:
        before = len(house.records())
        if Role.SCHEDULE in RIGHTS[verb]:
            act(house, verb, scheduled())
        else:
            with pytest.raises(NotPermittedError, match="not for a schedule"):
                act(house, verb, scheduled())
        (record,) = house.records()[before:]
        assert (record["actor"], record["responsible"]) == ("schedule", "admin")
        assert record["invocation"] == scheduled().invocation
        assert "principal" not in record


def test_no_schedule_acts_for_somebody_who_has_left(house):
    house.head = house.head.replace('responsible = "admin"', 'responsible = "gone"')
    house.write_config()
    with pytest.raises(NotPermittedError, match="gone, who answers for scheduled runs, is not active"):
        act(house, Verb.PULL, scheduled())


@pytest.mark.parametrize("login", ["stranger", "gone-login"])
def test_who_is_unknown_or_has_left_may_do_nothing_and_that_is_recorded(house, login):
    for verb in (Verb.SHIPMENTS_SHOW, Verb.PULL):
        with pytest.raises(NotPermittedError, match="not an active person"):
            act(house, verb, logged_in(login), purpose="claim 4711")
        record = house.records()[-1]
        assert (record["type"], record["os_user"], record["outcome"]) == ("access.refused", login, "not-permitted")


def test_what_neither_a_login_nor_a_terminal_nor_a_unit_vouches_for_is_refused_though_the_user_is_known(house):
    with pytest.raises(NotPermittedError, match="it is no unit of ours"):
        act(house, Verb.PULL, by_something_else("admin-login"))
    record = house.records()[-1]
    assert (record["type"], record["actor"], record["os_user"]) == ("access.refused", "unknown", "admin-login")
    assert "principal" not in record
    act(house, Verb.PULL, at_a_terminal("admin-login"))


def test_a_refused_pull_sends_nothing(house):
    before = len(house.calls())
    house.identity = logged_in("reader-login")
    code, document = house.ask("pull")
    assert (code, document["error"]["code"]) == (17, "not-permitted")
    assert len(house.calls()) == before
    assert house.records()[-1]["operation"] == "pull"


@pytest.mark.parametrize("verb", list(Verb))
def test_an_auditor_of_one_insurer_may_ask_about_that_one_only(house, verb):
    limited = logged_in("limited-login")
    about_all = {Verb.ARCHIVE_VERIFY, Verb.ARCHIVE_COMPARE, Verb.ARCHIVE_KEPT, Verb.DOCS_PROCEDURE, Verb.HANDOVER_LIST}
    if verb in about_all or Role.AUDITOR not in RIGHTS[verb]:
        with pytest.raises(NotPermittedError):
            act(house, verb, limited)
        return
    with acting(load(house.config), SystemClock(), verb, identity=limited) as log:
        assert log.session.scope == "muster"
    act(house, verb, limited, insurers=["muster"])
    for insurers in (["other"], ["muster", "other"]):
        with pytest.raises(NotPermittedError, match="limited may see muster only"):
            act(house, verb, limited, insurers=insurers)


def test_nobody_else_is_limited_to_one_insurer(house):
    with acting(load(house.config), SystemClock(), Verb.AUDIT_LIST, identity=logged_in("auditor-login")) as log:
        assert log.session.scope is None


def test_in_earnest_customer_s_data_are_shown_for_a_purpose_only(house):
    before = house.records()
    with pytest.raises(UsageError) as refused:
        act(house, Verb.SHIPMENTS_SHOW, logged_in("reader-login"))
    assert "--purpose" in refused.value.hint
    with pytest.raises(UsageError, match="says nothing"):
        act(house, Verb.SHIPMENTS_SHOW, logged_in("reader-login"), purpose=" ")
    assert house.records() == before
    act(house, Verb.SHIPMENTS_SHOW, logged_in("reader-login"), purpose="claim 4711")
    assert house.records()[-1]["detail"] == "claim 4711"
    act(house, Verb.SHIPMENTS_LIST, logged_in("reader-login"))


def test_an_archive_that_does_not_exist_yet_is_not_begun_by_looking_at_it(office):
    office.opens()
    with pytest.raises(ConfigurationError) as missing:
        act(office, Verb.AUDIT_LIST, at_a_terminal())
    assert missing.value.code == "no-archive"
    assert not office.archive.exists()


def test_nothing_but_a_begun_archive_is_needed(house):
    for path in house.archive.glob("catalog.db*"):
        path.unlink()
    act(house, Verb.AUDIT_LIST, logged_in("auditor-login"))
    assert house.records()[-1]["operation"] == "audit list"


def test_after_a_contract_s_end_nothing_is_sent_and_that_is_recorded(house):
    house.configure(contract_end=date(2026, 3, 1))
    before = len(house.calls())
    assert house.pull()["exit_code"] == 17
    record = house.records("access.refused")[-1]
    assert (record["insurer"], record["operation"], record["principal"]) == ("muster", "pull", "admin")
    assert "ended on 2026-03-01" in record["detail"]
    assert len(house.calls()) == before


def test_a_change_of_rights_is_told_whole_however_many_people_there_are(house):
    before = len(house.records("config.changed"))
    house.head += "".join(person(f"u{number:03d}", "reader") for number in range(100))
    house.write_config()
    act(house, Verb.AUDIT_LIST, logged_in("dpo-login"))
    told = [record["detail"] for record in house.records("config.changed")[before:]]
    assert len({each.partition("; users: ")[0] for each in told}) == 1
    people = [each for detail in told for each in detail.partition("; users: ")[2].split("), ")]
    assert len(people) == len(load(house.config).users) == 107
    assert "limited (limited-login, auditor, from 2026-01-01, muster only" in people
    assert "gone (gone-login, admin, from 2026-01-01, until 2026-06-30" in people


def test_a_configuration_that_several_meet_at_once_is_told_of_once(house):
    before = len(house.records("config.changed"))
    house.configure(workers=3)
    with ThreadPoolExecutor() as several:
        list(several.map(lambda _: act(house, Verb.AUDIT_LIST, logged_in("dpo-login")), range(8)))
    assert len(house.records("config.changed")) == before + 1
    assert len({record["run"] for record in house.records("read")[-8:]}) == 8


def test_the_records_of_a_refusal_keep_the_chain(house):
    with pytest.raises(NotPermittedError):
        act(house, Verb.AUDIT_PRUNE, logged_in("reader-login"))
    found = verify(house.archive / "audit")
    assert (found.damaged, found.records) == (False, len(house.records()))
