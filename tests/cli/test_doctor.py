import pytest

from .conftest import GOOD


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

    assert (code, said) == (
        0,
        {
            (None, "audit"): "ok",
            (None, "archive"): "ok",
            ("muster", "configuration"): "ok",
            ("muster", "secrets"): "ok",
            ("muster", "logins"): "ok",
            ("muster", "clock"): "ok",
            ("muster", "schema"): "ok",
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
    said = call("doctor", "--json", "--config", configured(GOOD + bad))
    assert said.code == 10
    assert {each["verdict"] for each in found(said.document, "configuration", "bad")} == {"fail"}
    assert found(said.document, "logins", "good")[0]["verdict"] == "ok"
    said = call("doctor", "--json", "--insurer", "good", "--config", configured(GOOD + bad))
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
        ("client.p12", 0, "ok", "Nothing is wrong"),
        ("client-expired.p12", 12, "fail", "ran out on"),
        ("none.p12", 12, "ok", "as far as it can be opened here"),
    ],
)
def test_a_certificate_is_looked_at_without_a_login(office, file, code, verdict, says):
    office.opens('login = "certificate"\n')
    office.configure(auth=office.by_certificate(file))
    found_code, document = office.ask("doctor")
    (certificate,) = found(document, "certificate")
    assert (found_code, certificate["verdict"]) == (code, verdict)
    assert says in certificate["sentence"]


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
