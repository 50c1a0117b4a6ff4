import json
from datetime import UTC, datetime, timedelta

import pytest

from bipro_sync.cli.reading import reading
from bipro_sync.config import load
from bipro_sync.doctor.credential_checks import credential_checks
from bipro_sync.doctor.machine_checks import space_checks
from bipro_sync.insurers import effective
from bipro_sync.systemd.credential_store import CredentialStore
from bipro_sync.systemd.units import started_at

from ..identities import logged_in
from ..stand_ins import systemctl
from .conftest import GOOD


OF_THE_MACHINE = {(None, each) for each in ("clock", "file-system", "encryption", "space")}
"""What depends on where the tests run."""


def found(document, check, insurer="muster"):
    return [each for each in document["checks"] if (each["id"], each["insurer"]) == (check, insurer)]


def verdicts(office, *arguments):
    code, document = office.ask("doctor", *arguments)
    assert code == document["exit_code"]
    return code, {
        (each["insurer"], each["id"]): each["verdict"]
        for each in sorted(document["checks"], key=lambda e: e["verdict"])
    }


def test_where_all_is_well_it_says_so_and_asks_nobody(office):
    office.opens(office.shipment("A", file='document = "police.pdf"\ncompression = "KEINE"'))
    office.pull()
    before = len(office.calls()), office.records(), office.stored()

    code, said = verdicts(office)

    said = {key: verdict for key, verdict in said.items() if key not in OF_THE_MACHINE}
    assert (code, said) == (
        0,
        {
            (None, "sqlite"): "ok",
            (None, "audit"): "ok",
            (None, "archive"): "ok",
            (None, "backup"): "ok",
            ("muster", "configuration"): "ok",
            ("muster", "secrets"): "ok",
            ("muster", "logins"): "ok",
            ("muster", "clock"): "ok",
            ("muster", "schema"): "ok",
            ("muster", "endpoints"): "ok",
        },
    )
    assert (len(office.calls()), office.records(), office.stored()) == before
    _, page, err = office.run("doctor")
    assert "Logins are allowed." in page
    assert err == ""


def test_an_archive_that_is_open_to_others_is_told_of(office):
    office.opens(office.shipment("A"))
    office.pull()
    office.archive.chmod(0o755)
    code, document = office.ask("doctor")
    (access,) = found(document, "access", None)
    assert (code, access["verdict"]) == (0, "warn")
    assert "its mode is 0755" in access["sentence"]


def test_how_old_the_last_backup_is_is_told_and_that_there_is_none(office):
    (office.root / "backup").mkdir()
    office.head = f'[backup]\ndirectory = "{office.root / "backup"}"\n{office.head}'
    office.opens(office.shipment("A"))
    assert found(office.ask("doctor")[1], "backup", None) == [], "nothing before there is an archive"
    office.pull()
    (backup,) = found(office.ask("doctor")[1], "backup", None)
    assert (backup["verdict"], "never backed up" in backup["sentence"]) == ("warn", True)
    assert "bipro-sync backup create" in backup["remedy"]
    assert office.run("backup", "create")[0] == 0
    (backup,) = found(office.ask("doctor")[1], "backup", None)
    assert (backup["verdict"], "days since: 0" in backup["sentence"]) == ("ok", True)
    last = office.archive / "state" / "backup" / "last.json"
    kept = json.loads(last.read_text())
    last.write_text(json.dumps(kept | {"at": (datetime.now(UTC) - timedelta(days=4)).isoformat()}))
    (backup,) = found(office.ask("doctor")[1], "backup", None)
    assert (backup["verdict"], "days since: 4" in backup["sentence"]) == ("warn", True)


def test_who_answers_for_scheduled_runs_must_be_active(office):
    office.head += (
        '[audit]\nresponsible = "u001"\n[users.u001]\nname = "Erika Erfunden"\nlogin = "erfunden"\nrole = "admin"\n'
        "active_from = 2026-01-01\nactive_to = 2026-06-30\n"
    )
    office.opens(office.shipment("A"))
    code, document = office.ask("doctor")
    (access,) = found(document, "access", None)
    assert (code, access["verdict"]) == (17, "fail")


def test_before_the_first_pull_there_is_no_archive_and_that_is_no_failure(office):
    office.opens()
    code, document = office.ask("doctor")
    (archive,) = found(document, "archive", None)
    assert (code, archive["verdict"]) == (0, "warn")
    assert not office.archive.exists()


def test_without_a_configuration_it_ends_with_10(call, tmp_path):
    said = call("doctor", "--json", "--config", tmp_path / "none.toml")
    assert said.code == said.document["exit_code"] == 10


def test_an_unusable_insurer_is_10_and_hides_no_other(call, configured):
    bad = '[insurers.bad]\nenvironment = "test"\nprofile = "vema"\n'
    said = call("doctor", "--offline", "--json", "--config", configured(GOOD + bad))
    assert said.code == 10
    assert {each["verdict"] for each in found(said.document, "configuration", "bad")} == {"fail"}
    assert found(said.document, "logins", "good")[0]["verdict"] == "ok"
    said = call("doctor", "--offline", "--json", "--insurer", "good", "--config", configured(GOOD + bad))
    assert (said.code, found(said.document, "configuration", "bad")) == (0, [])


def test_what_is_configured_and_may_surprise_is_a_warning(office):
    office.opens(acknowledge=None)
    code, document = office.ask("doctor")
    (warning,) = found(document, "configuration")
    assert (code, warning["verdict"]) == (0, "warn")
    assert "nothing acknowledged" in warning["sentence"]


def test_a_secret_s_file_that_is_missing_is_12(office):
    office.opens()
    (office.root / "password").unlink()
    code, document = office.ask("doctor")
    (secrets,) = found(document, "secrets")
    assert (code, secrets["verdict"]) == (12, "fail")
    assert "password" in secrets["sentence"]


def test_blocked_logins_are_12_and_name_who_unlocks_them_a_refused_credential_is_a_warning(office):
    office.opens(profile="ruv")
    office.password("falsch")
    office.pull()
    code, document = office.ask("doctor")
    (logins,) = found(document, "logins")
    assert (code, logins["verdict"]) == (0, "warn")
    office.password("auch falsch")
    office.pull()
    code, document = office.ask("doctor")
    (logins,) = found(document, "logins")
    assert (code, logins["verdict"]) == (12, "fail")
    assert "The administrator of the broker firm's portal account" in logins["remedy"]
    assert "insurers unblock muster" in logins["remedy"]


@pytest.mark.parametrize(
    ("file", "code", "verdict", "says"),
    [
        ("client.p12", 0, "ok", "The certificate ends on"),
        ("client-expired.p12", 12, "fail", "ran out on"),
        ("none.p12", 12, "ok", "cannot be opened here"),
    ],
)
def test_a_certificate_is_looked_at_without_a_login(office, file, code, verdict, says):
    office.opens('login = "certificate"\n')
    office.configure(auth=office.by_certificate(file))
    found_code, document = office.ask("doctor")
    (certificate,) = found(document, "certificate")
    assert (found_code, certificate["verdict"]) == (code, verdict)
    assert says in certificate["sentence"]


@pytest.mark.parametrize(("days", "code", "verdict"), [(-1, 12, "fail"), (40, 0, "warn"), (400, 0, "ok")])
def test_the_end_of_a_certificate_that_only_a_unit_can_open_is_known_from_its_runs(
    office, monkeypatch, days, code, verdict
):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    office.opens('login = "certificate"\n', office.shipment("A"))
    office.configure(auth=office.by_certificate())
    office.pull()
    certificate = {"file": str(office.insurers["muster"].client_p12), "passphrase": {"credential": "muster.passphrase"}}
    office.configure(auth={"method": "certificate", "certificate": certificate | {"kind": "house"}})
    remembered = office.archive / "state" / "certificates" / "muster.json"
    end = datetime.now(UTC) + timedelta(days=days, hours=1)
    remembered.write_text(json.dumps(json.loads(remembered.read_text()) | {"not_after": end.isoformat()}))
    found_code, document = office.ask("doctor")
    (found_one,) = found(document, "certificate")
    assert (found_code, found_one["verdict"]) == (code, verdict)
    assert f"days left: {days}." in found_one["sentence"]


def test_a_personal_certificate_is_a_warning(office):
    office.head += '[users.u001]\nname = "E. E."\nlogin = "eerfunden"\nrole = "admin"\nactive_from = 2026-01-01\n'
    office.opens('login = "certificate"\n')
    office.configure(auth=office.by_certificate(kind="personal") | {"owner": "u001"})
    _, document = office.ask("doctor")
    assert [each["verdict"] for each in found(document, "certificate")] == ["ok", "warn"]
    assert "personal to u001" in found(document, "certificate")[1]["sentence"]


def test_a_clock_that_was_wrong_at_the_last_run_is_remembered(office):
    office.opens("[http]\nclock_skew = -600\n")
    office.pull()
    _, document = office.ask("doctor")
    (clock,) = found(document, "clock")
    assert clock["verdict"] == "warn"
    assert "behind ours" in clock["sentence"]
    assert "timedatectl" in clock["remedy"]


def test_kinds_that_need_a_right_and_never_came_are_named(office):
    office.opens(office.shipment("A"), profile="ruv")
    office.pull()
    _, document = office.ask("doctor")
    sentences = [each["sentence"] for each in found(document, "rights")]
    assert any("gdv-portfolio was ever delivered" in sentence for sentence in sentences)
    assert not any("kind mail" in sentence for sentence in sentences)


def test_an_envelope_that_does_not_fit_the_norm_is_a_warning_with_a_way_to_see_more(office):
    office.opens(office.shipment("A").replace('2026-03-01T18:30:00"', 'yesterday"'))
    office.pull()
    _, document = office.ask("doctor")
    (schema,) = found(document, "schema")
    assert schema["verdict"] == "warn"
    assert "yesterday" not in schema["sentence"]
    assert "bipro-sync shipments show A --schema" in schema["remedy"]


@pytest.mark.parametrize("damage", ["catalogue", "breaker", "memory", "envelope"])
def test_what_cannot_be_read_is_14_and_the_examination_goes_on(office, damage):
    office.opens(office.shipment("A"))
    office.pull()
    shipment = office.archive / office.ask("shipments", "list")[1][0]["path"]
    match damage:
        case "catalogue":
            for path in office.archive.glob("catalog.db*"):
                path.unlink()
        case "breaker":
            (office.archive / "state" / "breakers" / "muster.json").write_text("{")
        case "memory":
            (office.archive / "state" / "runs" / "muster.json").write_text("{")
        case "envelope":
            shipment.chmod(0o700)
            (shipment / "envelope.xml").unlink()
    code, document = office.ask("doctor")
    assert code == 14
    (failed,) = [each for each in document["checks"] if each["verdict"] == "fail"]
    assert failed["id"] == {"catalogue": "archive", "envelope": "schema"}.get(damage, "logins")
    assert found(document, "secrets")[0]["verdict"] == "ok"


def test_the_most_severe_failure_wins(office):
    office.opens(office.shipment("A"))
    office.pull()
    (office.root / "password").unlink()
    assert office.ask("doctor")[0] == 12
    for path in office.archive.glob("catalog.db*"):
        path.unlink()
    assert office.ask("doctor")[0] == 14


def test_the_second_copy_is_looked_at_and_what_is_owed_to_it(office):
    mount = office.root / "mount"
    mount.mkdir()
    office.head = f'second_copy = "{mount}"\n{office.head}'
    office.opens(office.shipment("A"))
    assert found(office.ask("doctor")[1], "second-copy", None) == [], "nothing before there is an archive"
    office.pull("--dry-run")
    code, document = office.ask("doctor")
    assert (code, [each["verdict"] for each in found(document, "second-copy", None)]) == (0, ["ok"])
    assert list(mount.iterdir()) == [], "it marks nothing"
    office.pull()
    mount.rename(mount.with_name("away"))
    mount.mkdir()
    office.opens(office.shipment("B"))
    office.pull()

    code, document = office.ask("doctor")

    (copy,) = found(document, "second-copy", None)
    assert (code, copy["verdict"]) == (14, "fail")
    assert "not mounted" in copy["sentence"]
    mount.rmdir()
    mount.with_name("away").rename(mount)
    code, document = office.ask("doctor")
    assert code == 0
    assert [(each["verdict"], each["sentence"].partition(" ")[0]) for each in found(document, "second-copy", None)] == [
        ("ok", "The"),
        ("warn", "1"),
    ]


def test_too_little_room_for_the_second_copy_is_a_warning(office):
    mount = office.root / "mount"
    mount.mkdir()
    office.head = f'second_copy = "{mount}"\n{office.head}'
    office.opens()
    office.pull()
    office.config.write_text(office.config.read_text().replace('"1 MiB"', '"900000 GiB"'))
    (_, room) = found(office.ask("doctor")[1], "second-copy", None)
    assert room["verdict"] == "warn"
    assert "less than [archive] reserve" in room["sentence"]


def test_an_insurer_s_machine_that_is_away_or_not_trusted_is_13_and_offline_nobody_is_reached_for(office):
    office.opens(ca_file=None)
    code, document = office.ask("doctor")
    assert (code, {each["verdict"] for each in found(document, "endpoints")}) == (13, {"fail"})
    assert all("ca_file" in each["remedy"] for each in found(document, "endpoints"))
    code, document = office.ask("doctor", "--offline")
    assert (code, found(document, "endpoints")) == (0, [])
    office.configure(**office.addresses())
    code, document = office.ask("doctor")
    assert (code, len(office.calls())) == (0, 0)
    assert all("the first of these ends on" in each["sentence"] for each in found(document, "endpoints"))
    office.insurers["muster"].stop()
    code, document = office.ask("doctor")
    assert (code, "cannot be reached" in found(document, "endpoints")[0]["sentence"]) == (13, True)


def test_an_insurer_that_is_suspended_is_not_even_reached_for(office):
    office.opens()
    office.pull()
    office.run("insurers", "suspend", "muster", "--reason", "they move house")
    assert found(office.ask("doctor")[1], "endpoints") == []


def test_a_login_is_tried_only_where_that_is_said_and_costs_what_it_costs(office):
    office.opens(office.shipment("A"))
    code, _, err = office.run("doctor", "--login")
    assert (code, "is an attempt" in err) == (0, True)
    assert [each["operation"] for each in office.calls()] == ["login"]
    assert [record["outcome"] for record in office.records("session.end")] == ["ok"]
    assert office.ask("doctor", "--login", "--offline")[0] == 2


def test_the_breaker_holds_for_a_login_of_the_examination_too(office):
    office.opens()
    office.password("falsch")
    assert office.run("doctor", "--login")[0] == 12
    before = len(office.calls())
    code, document = office.ask("doctor", "--login")
    assert (code, [each["verdict"] for each in found(document, "login")]) == (12, ["fail"])
    assert len(office.calls()) == before


def test_a_login_of_the_examination_is_for_those_who_may(office):
    office.head += '[users.u001]\nname = "E. E."\nlogin = "reader"\nrole = "reader"\nactive_from = 2026-01-01\n'
    office.opens()
    office.pull()
    office.identity = logged_in("reader")
    before = len(office.calls())
    assert office.run("doctor")[0] == 0
    assert office.run("doctor", "--login")[0] == 17
    assert len(office.calls()) == before


def test_a_mount_that_hangs_does_not_hold_up_the_rest(office, traced):
    anchor = office.root / "nas"
    anchor.mkdir()
    office.head = f'[audit]\nanchors = [{{ kind = "directory", path = "{anchor}" }}]\n{office.head}'
    office.opens(office.shipment("A"))
    office.pull()
    script = (
        "import sys, time; from bipro_sync.cli.main import main; begun = time.monotonic();"
        "main(sys.argv[1:]); print(time.monotonic() - begun)"
    )
    hang = ("-P", anchor, "-e", "inject=newfstatat,statx,stat,access,faccessat2:delay_enter=10000000")
    said, seconds = traced(script, "--config", str(office.config), "doctor", "--json", options=hang).output.splitlines()
    assert float(seconds) < 9.5
    document = json.loads(said)
    (hanging,) = found(document, "mounts", None)
    assert (hanging["verdict"], str(anchor) in hanging["sentence"]) == ("warn", True)
    assert found(document, "logins")[0]["verdict"] == "ok"


def test_a_credential_newer_than_the_running_daemon_is_told_of_and_one_that_lies_nowhere(tmp_path, held_insurer):
    store = CredentialStore(tmp_path / "encrypted", tmp_path / "plain", tmp_path / "units")
    (missing,) = credential_checks(held_insurer, None, store)
    assert "lies neither in" in missing.sentence
    store.encrypted.mkdir()
    (store.encrypted / "good.password").write_text("x")
    for since in (None, datetime(2099, 1, 1, tzinfo=UTC)):
        (stored,) = credential_checks(held_insurer, since, store)
        assert (stored.verdict, str(store.encrypted) in stored.sentence) == ("ok", True)
    (newer,) = credential_checks(held_insurer, datetime(2026, 1, 1, tzinfo=UTC), store)
    assert "systemctl restart bipro-sync.service" in newer.remedy


def test_a_store_that_may_not_be_looked_at_is_left_to_root(tmp_path, held_insurer):
    (unknown,) = credential_checks(held_insurer, None, CredentialStore(tmp_path / ("a" * 300), tmp_path, tmp_path))
    assert (unknown.verdict, "sudo bipro-sync doctor" in unknown.remedy) == ("warn", True)


def test_a_credential_of_the_units_is_no_question_of_the_configuration(call, configured, monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    said = call("doctor", "--offline", "--json", "--config", configured(GOOD))
    assert not any("cannot be read here" in each["sentence"] for each in said.document["checks"])
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/nowhere")
    said = call("doctor", "--offline", "--json", "--config", configured(GOOD))
    assert any("bipro-sync credentials set" in each["remedy"] for each in found(said.document, "secrets", "good"))


@pytest.fixture
def held_insurer(configured, monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    return effective(load(configured(GOOD)))["good"]


def test_since_when_the_daemon_runs_is_asked_of_systemd(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    systemctl(tmp_path, before={"ActiveState": "active", "ActiveEnterTimestamp": "@1767225600"})
    assert started_at("bipro-sync.service") == datetime(2026, 1, 1, tzinfo=UTC)
    systemctl(tmp_path, before={"ActiveState": "inactive", "ActiveEnterTimestamp": ""})
    assert started_at("bipro-sync.service") is None


def test_how_many_days_the_disk_lasts_is_told_once_there_is_some_history(office):
    office.opens(office.shipment("A"), office.shipment("B"))
    office.pull()
    config = load(office.config)
    now = datetime.now(UTC)
    with reading(config) as (_, queries):
        (young,) = space_checks(config, queries, now)
        (older,) = space_checks(config, queries, now + timedelta(days=10))
        (long_ago,) = space_checks(config, queries, now + timedelta(days=100))
    assert "days as it grew" not in young.sentence + long_ago.sentence
    assert "days as it grew lately" in older.sentence
