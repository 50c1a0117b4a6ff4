import shutil

import pytest


def logins(office, name="muster"):
    return len(office.calls("login", name=name))


def test_a_wrong_password_is_sent_once_ever_whatever_is_lost_afterwards(office, clock):
    office.opens(office.shipment("A"))
    office.password("falsch")

    pulled = office.pull()

    assert office.calls("login")[0]["effects"] == ["refused"]
    assert (pulled["exit_code"], pulled["outcome"], pulled["error"]["code"]) == (12, "blocked", "login-refused")
    assert "portal" in pulled["error"]["hint"]
    for lost in ("nothing", "catalog.db", "state/breakers/muster.json", "state"):
        path = office.archive / lost
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        pulled = office.pull()
        assert (pulled["exit_code"], pulled["error"]["code"]) == (12, "breaker-open"), lost
        assert "insurers unblock muster" in pulled["error"]["hint"]
    assert logins(office) == 1
    assert office.calls("listShipments") == []


def test_two_wrong_passwords_let_none_through_until_an_operator_unblocks(office):
    office.opens(office.shipment("A"))
    for attempt, password in enumerate(("falsch", "auch falsch"), start=1):
        office.password(password)
        assert office.pull()["error"]["code"] == "login-refused"
        assert logins(office) == attempt
    office.password("wort & <schatz>")
    for _ in range(2):
        assert office.pull()["error"]["code"] == "breaker-open"
    assert logins(office) == 2

    assert office.run("insurers", "unblock", "muster")[0] == 2, "without a reason"
    assert office.pull()["exit_code"] == 12
    assert office.run("insurers", "unblock", "muster", "--reason", "the portal accepts it")[0] == 0

    assert office.pull()["acknowledged"] == 1
    blocked = [(each["operation"], each["account"], each["outcome"]) for each in office.records("access.refused")]
    assert blocked == [("login", "muster", "breaker-open")] * 3
    assert [call["effects"] for call in office.calls("login")] == [["refused"], ["refused"], ["token"]]
    assert [record["type"] for record in office.records() if record["type"].startswith("breaker")] == [
        *("breaker.open", "breaker.open", "breaker.closed")
    ]


@pytest.mark.parametrize("operation", ["listShipments", "getShipment", "acknowledgeShipment"])
@pytest.mark.parametrize("code", ["00961", "00965", "00966"])
def test_an_account_that_is_refused_on_a_later_call_is_left_alone_from_then_on(office, operation, code):
    misbehave = office.fault(operation, "fault", times=1, codes=[code])
    office.opens(office.shipment("A"), office.shipment("B"), misbehave)

    pulled = office.pull()

    assert (pulled["exit_code"], pulled["error"]["code"]) == (12, "login-refused")
    assert len(office.calls(operation)) == 1
    assert pulled["acknowledged"] == 0
    for _ in range(2):
        assert office.pull()["error"]["code"] == "breaker-open"
    assert logins(office) == 1
    (path,) = (office.archive / "state" / "breakers").glob("*.json")
    path.unlink()
    assert office.pull()["error"]["code"] == "breaker-open", "the log alone tells it too"

    office.run("insurers", "unblock", "muster", "--reason", "the portal accepts it")
    assert office.pull()["acknowledged"] == 2


def test_the_right_password_after_a_wrong_one_works_and_forgets_it(office):
    office.opens(office.shipment("A"))
    for _ in range(2):
        office.password("falsch")
        assert office.pull()["exit_code"] == 12
        office.password("wort & <schatz>")
        assert office.pull()["exit_code"] == 0
        office.run("insurers", "unblock", "muster", "--reason", "so that the first wrong one may be tried again")
    assert [call["effects"] for call in office.calls("login")] == [["refused"], ["token"]] * 2


def test_a_temporary_trouble_at_login_is_no_strike(office):
    office.opens(
        office.shipment("A"),
        office.fault("login", "fault", codes=["00940"], times=2),
        office.fault("login", "status", status=503, times=2),
    )
    for _ in range(4):
        pulled = office.pull()
        assert (pulled["exit_code"], pulled["error"]["code"]) == (13, "temporary")
    assert sorted(what for _, _, what in office.fired()) == ["fault", "fault", "status", "status"]
    assert office.pull()["exit_code"] == 0


@pytest.mark.parametrize("action", ["html", "truncate", "doctype", "lock"])
def test_every_login_that_is_neither_a_success_nor_positively_temporary_blocks_the_next(office, action):
    office.opens(office.shipment("A"), office.fault("login", action, times=1))
    assert office.pull()["exit_code"] == 12
    assert office.fired() == [("login", None, action)]
    assert office.pull()["error"]["code"] == "breaker-open"
    assert logins(office) == 1


def test_no_connection_is_no_attempt(office):
    office.opens(office.shipment("A"))
    office.insurers["muster"].stop()
    for _ in range(3):
        pulled = office.pull()
        assert (pulled["exit_code"], pulled["error"]["code"]) == (13, "unreachable")
    office.opens(office.shipment("A"))
    assert office.pull()["acknowledged"] == 1


def test_a_missing_secret_is_no_attempt_and_sends_nothing(office):
    office.opens(office.shipment("A"))
    (office.root / "password").unlink()
    (office.root / "password").write_text("")
    (office.root / "password").chmod(0o400)
    pulled = office.pull()
    assert (pulled["exit_code"], pulled["error"]["code"]) == (12, "credential-missing")
    assert office.calls() == []


def test_a_lost_answer_keeps_the_next_login_waiting_and_is_repeated_once(office, clock):
    office.opens(office.shipment("A"), office.fault("login", "lose-answer"))
    for tries in (1, 2):
        result = office.pull_at(clock)
        assert result.error.code == "login-unknown"
        assert logins(office) == tries
        clock.advance(minutes=14)
        assert office.pull_at(clock).error.code == "breaker-open"
        clock.advance(minutes=1)
    clock.advance(days=1)
    assert office.pull_at(clock).error.code == "breaker-open"
    assert logins(office) == 2


def test_a_run_killed_while_its_login_is_unanswered_leaves_a_strike(office, clock):
    office.opens(office.shipment("A"), office.fault("login", "stall", seconds=2, times=1))
    child = office.start("pull")
    office.under_way("RequestSecurityToken")
    child.kill()
    child.wait()
    office.until(office.fired)
    assert logins(office) == 1

    assert office.pull()["error"]["code"] == "breaker-open"
    assert "never answered" in office.pull()["error"]["message"]
    assert logins(office) == 1
    clock.advance(days=3650)
    assert office.pull_at(clock).acknowledged == 1
    assert logins(office) == 2


def test_while_a_login_is_under_way_nobody_unblocks_the_account(office):
    office.opens(office.fault("login", "stall", seconds=2, times=1))
    office.password("falsch")
    child = office.start("pull")
    office.under_way("RequestSecurityToken")

    code, document = office.ask("insurers", "unblock", "muster", "--reason", "too early")

    assert (code, document["error"]["code"]) == (11, "busy")
    assert child.wait() == 12
    assert office.pull()["error"]["code"] == "breaker-open"
    assert logins(office) == 1
    assert office.records("operator.decision") == []


def test_two_insurers_that_share_an_account_share_its_breaker(office):
    office.opens(office.shipment("A"), account="shared")
    office.configure("zweite", account="shared", **office.addresses())
    office.password("falsch")
    code, document = office.ask("pull")
    assert code == 12
    assert [each["error"]["code"] for each in document["insurers"]] == ["login-refused", "breaker-open"]
    assert logins(office) == 1


def test_two_insurers_that_share_an_account_share_its_token(office):
    office.opens(office.shipment("A"), account="shared")
    office.configure("zweite", account="shared", **office.addresses())
    _, document = office.ask("pull")
    assert [each["outcome"] for each in document["insurers"]] == ["ok", "ok"]
    assert len(office.calls("listShipments")) >= 2
    assert logins(office) == 1


def test_insurers_of_accounts_of_their_own_share_nothing(office):
    office.opens(office.shipment("A"))
    office.opens(office.shipment("B"), name="zweite")
    assert office.ask("pull")[1]["exit_code"] == 0
    assert (logins(office), logins(office, "zweite")) == (1, 1)


PORTAL_ADMINISTRATOR = "The administrator of the broker firm's portal account."
"""Whom the profile of R+V names for a locked account."""

REFUSALS = [
    ("status", {"status": 401}),
    ("status", {"status": 403}),
    ("html", {}),
    *(
        ("fault", {"codes": list(codes)})
        for codes in (
            ("00900", "00905"),
            ("00930",),
            ("00930", "00931"),
            ("00930", "00932"),
            ("00960",),
            ("00960", "00961"),
            ("00960", "00962"),
            ("00960", "00963"),
            ("00964",),
            ("00965",),
            ("00966",),
        )
    ),
]
"""What a login service says that is neither a success nor positively temporary, in the order of a call's life."""


def test_each_way_to_refuse_has_a_sentence_of_its_own_names_who_unlocks_and_blocks_the_next_login(office):
    faults = []
    for action, how in REFUSALS:
        before = sum(f'do = "{action}"' in fault for fault in faults)
        faults.append(office.fault("login", action, nth=before + 1, times=1, **how))
    office.opens(office.shipment("A"), *faults, profile="ruv", bipro_version="2.6.2.1.0")
    told = []
    for number, (action, _) in enumerate(REFUSALS, start=1):
        refused = office.pull()
        assert (refused["exit_code"], refused["error"]["code"]) == (12, "login-refused"), action
        assert PORTAL_ADMINISTRATOR in refused["error"]["hint"]
        told.append(refused["error"]["message"])
        blocked = office.pull()
        assert (blocked["exit_code"], blocked["error"]["code"]) == (12, "breaker-open"), action
        assert PORTAL_ADMINISTRATOR in blocked["error"]["hint"]
        assert logins(office) == number, action
        office.run("insurers", "unblock", "muster", "--reason", "to see what it says next")
    assert len(office.fired()) == len(set(told)) == len(REFUSALS)
    assert office.pull()["acknowledged"] == 1


def test_of_three_different_wrong_passwords_the_third_is_never_sent(office):
    office.opens(office.shipment("A"))
    for password in ("falsch", "auch falsch", "falsch wie die anderen"):
        office.password(password)
        assert office.pull()["exit_code"] == 12
    assert [call["effects"] for call in office.calls("login")] == [["refused"], ["refused"]]


def test_a_breaker_file_put_back_from_a_backup_forgets_no_refusal(office):
    office.opens(office.shipment("A"))
    office.pull()
    path = office.archive / "state" / "breakers" / "muster.json"
    backup = path.read_bytes()
    office.password("falsch")
    office.pull()
    path.write_bytes(backup)
    blocked = office.pull()["error"]
    assert blocked["code"] == "breaker-open"
    assert blocked["message"].endswith(" UTC (user name or password was refused (00960, 00961)).")
    office.password("auch falsch")
    assert office.pull()["error"]["code"] == "breaker-open", "the log does not know which credential it was"
    assert logins(office) == 2


def test_a_temporary_trouble_at_login_is_waited_out_in_the_same_run_and_each_try_is_asked_of_the_breaker(office):
    office.opens(office.shipment("A"), office.fault("login", "fault", codes=["00940"], times=1))
    office.password("falsch")
    office.patient = True
    assert office.pull()["error"]["code"] == "login-refused"
    assert office.fired() == [("login", None, "fault")]
    assert office.pull()["error"]["code"] == "breaker-open"
    assert logins(office) == 2, "the one that was temporary, and its one repetition"


@pytest.mark.parametrize("refuse", ["http", "tls"])
@pytest.mark.parametrize("method", ["certificate", "tls"])
def test_a_refused_certificate_is_shown_once(office, method, refuse):
    office.opens(f'login = "{method}"\n[x509]\nrefuse = "{refuse}"\n', office.shipment("A"))
    office.configure(auth=office.by_certificate("client-foreign.p12", method=method))

    pulled = office.pull()
    assert (pulled["exit_code"], pulled["error"]["code"]) == (12, "login-refused"), pulled
    before = len(office.records("call.intent"))
    for lost in ("nothing", "state/breakers/muster.json"):
        (office.archive / lost).unlink(missing_ok=True)
        blocked = office.pull()
        assert (blocked["exit_code"], blocked["error"]["code"]) == (12, "breaker-open"), lost
    assert len(office.records("call.intent")) == before
    assert office.calls("getShipment") == []

    office.run("insurers", "unblock", "muster", "--reason", "it was another firm's")
    office.configure(auth=office.by_certificate(method=method))
    assert office.pull()["acknowledged"] == 1


def test_an_expired_certificate_is_no_attempt(office):
    office.opens('login = "certificate"\n', office.shipment("A"))
    office.configure(auth=office.by_certificate("client-expired.p12"))
    pulled = office.pull()
    assert (pulled["exit_code"], pulled["error"]["code"]) == (12, "credential-missing")
    assert office.records("call.intent") == []
    office.configure(auth=office.by_certificate())
    assert office.pull()["acknowledged"] == 1


def test_a_hub_s_key_counts_as_a_credential_and_its_success_ends_no_strike_of_the_insurer(office):
    office.opens('[hub]\napi_key = "erfundener schlüssel"\n', office.shipment("A"))
    right, wrong = office.secret("right-key", "erfundener schlüssel"), office.secret("wrong-key", "falsch")

    def keyed(key):
        office.configure(
            auth=office.by_password() | {"hub": {"api_key": key, "url": office.insurers["muster"].hub_url}}
        )

    keyed(right)
    office.password("falsch")
    assert office.pull()["error"]["code"] == "login-refused"
    assert office.pull()["error"]["code"] == "breaker-open", "the hub's yes says nothing of the password"
    assert logins(office) == 1

    keyed(wrong)
    assert office.pull()["error"]["code"] == "login-refused"
    hub_logins = [record for record in office.records("call.intent") if record["operation"] == "hubLogin"]
    keyed(right)
    office.password("wort & <schatz>")
    assert office.pull()["error"]["code"] == "breaker-open", "two refusals of one account"
    assert hub_logins == [record for record in office.records("call.intent") if record["operation"] == "hubLogin"]
    office.run("insurers", "unblock", "muster", "--reason", "both are right now")
    assert office.pull()["acknowledged"] == 1


def test_the_hub_s_yes_forgives_nothing_to_a_user_who_is_called_hub(office):
    office.opens('[hub]\napi_key = "erfundener schlüssel"\n', office.shipment("A"))
    hub = {"api_key": office.secret("key", "erfundener schlüssel"), "url": office.insurers["muster"].hub_url}
    office.configure(auth=office.by_password() | {"username": "hub", "hub": hub})
    said = []
    for password in ("falsch", "auch falsch", "noch einmal falsch"):
        office.password(password)
        said.append(office.pull()["error"]["code"])
    assert said == ["login-refused", "login-refused", "breaker-open"]
    assert logins(office) == 2
