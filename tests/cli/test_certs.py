import json
import os
import re
import stat
import sys
from datetime import timedelta

import pytest

from bipro_sync.config import load
from bipro_sync.insurers import effective
from bipro_sync.model.rights import Verb
from bipro_sync.sync.after_run import FinishedRun
from bipro_sync.sync.certificates import notice_ends
from bipro_sync.sync.results import PullResult
from bipro_sync.sync.selection import PullOptions
from bipro_sync.sync.workplace import open_workplace

from ..certificates import NOW, PASSPHRASE, certified, ec_key, packed, packed_without
from ..typing_people import typed


class Clock:
    def __init__(self, now):
        self._now = now

    def now(self):
        return self._now


@pytest.fixture
def house(office):
    """An office that logs in with a certificate which ends after so many days."""
    office.opens(office.shipment("A"))

    def ends_in(days, *, kind="house", passphrase=None):
        path = office.root / "broker.p12"
        path.unlink(missing_ok=True)
        path.write_bytes(packed(certified("broker", serial=0xCAFE01, end=NOW + timedelta(days=days, hours=1))))
        path.chmod(0o400)
        reference = passphrase or office.secret("passphrase", PASSPHRASE)
        certificate = {"file": str(path), "passphrase": reference, "kind": kind}
        auth = {"method": "certificate", "certificate": certificate}
        office.configure(auth=auth | ({"owner": "u001"} if kind == "personal" else {}))
        return path

    office.ends_in = ends_in
    office.head += '[users.u001]\nname = "E. E."\nlogin = "eerfunden"\nrole = "admin"\nactive_from = 2026-01-01\n'
    return office


def after_a_run(office, moment):
    """The notices that a run at this moment gives."""
    config = load(office.config)
    insurers = list(effective(config).values())
    with open_workplace(config, Clock(moment), Verb.PULL, identity=office.identity) as place:
        run = FinishedRun(place=place, insurers=insurers, options=PullOptions(), result=PullResult(()))
        return list(notice_ends(run))


@pytest.mark.parametrize(
    ("days", "code", "word"), [(61, 0, "OK"), (59, 0, "OK"), (29, 1, "WARNING"), (6, 2, "CRITICAL"), (0, 2, "CRITICAL")]
)
def test_how_near_the_end_is_decides_what_the_plug_in_answers(house, days, code, word):
    house.ends_in(days)
    said, out, err = house.run("certs", "check")
    assert (said, err) == (code, "")
    assert re.match(
        rf"CERTS {word} - muster: the certificate CAFE01 ends on \d{{4}}-\d\d-\d\d, days left: {days}[.;]", out
    )
    assert ("paper post" in out) is (days < 61)
    assert f"| 'muster_days'={days};30:;7:" in out.splitlines()[0]


def test_one_that_has_ended_is_critical_and_called_so(house):
    house.ends_in(-0.9)
    code, document = house.ask("certs", "check")
    assert (code, document["status"], document["certificates"][0]["days_left"]) == (2, "critical", -1)
    assert "ran out on" in house.run("certs", "check")[1]


def test_its_own_failures_are_3_and_no_certificate_is_no_trouble(house, tmp_path):
    assert house.run("certs", "check")[:2] == (0, "CERTS OK - no insurer logs in with a certificate | \n")
    assert house.run("certs", "check", "--insurer", "nobody")[0] == 3
    house.config.write_text("[archive\n")
    code, out, _ = house.run("certs", "check")
    assert (code, out.startswith("CERTS UNKNOWN - ")) == (3, True)


def test_a_section_that_cannot_be_used_is_no_insurer_without_a_certificate(house):
    house.ends_in(400)
    house.configure(workers="many")
    code, out, _ = house.run("certs", "check")
    assert (code, out.startswith("CERTS WARNING - muster: its section cannot be used")) == (1, True)
    assert house.ask("certs", "check")[1]["unusable"] == ["muster"]
    code, out, err = house.run("certs", "list")
    assert (code, "muster: its section cannot be used" in err) == (0, True)


def test_whose_it_is_and_of_which_kind_is_listed(house):
    path = house.ends_in(400, kind="personal")
    code, (row,) = house.ask("certs", "list")
    assert (code, row["kind"], row["owner"], row["serial"], row["file"]) == (0, "personal", "u001", "CAFE01", str(path))
    assert (row["days_left"], row["status"], row["remembered"]) == (400, "ok", False)
    assert "CAFE01" in house.run("certs", "list")[1]


def test_a_run_tells_of_each_threshold_once_and_not_at_each_run(house):
    house.ends_in(70)
    told = [(day, said) for day in range(0, 72, 2) for said in after_a_run(house, NOW + timedelta(days=day))]
    assert [day for day, _ in told] == [10, 40, 56, 64, 70, 72][: len(told)]
    assert len(told) == 5
    assert all("paper post" in said for _, said in told)


def test_a_new_certificate_begins_anew(house):
    house.ends_in(29)
    assert len(after_a_run(house, NOW)) == 1
    assert after_a_run(house, NOW) == []
    path = house.ends_in(400)
    path.unlink()
    path.write_bytes(packed(certified("broker", serial=0xCAFE02, end=NOW + timedelta(days=13))))
    path.chmod(0o400)
    assert len(after_a_run(house, NOW)) == 1


def test_what_a_unit_has_opened_is_known_where_its_passphrase_is_not(house, monkeypatch, tmp_path):
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "muster.passphrase").write_text(PASSPHRASE)
    house.ends_in(29, passphrase={"credential": "muster.passphrase"})
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    after_a_run(house, NOW)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    _, (row,) = house.ask("certs", "list")
    assert (row["days_left"], row["remembered"]) == (29, True)
    assert house.run("certs", "check")[0] == 1
    _, document = house.ask("check")
    assert "certificate" in [each["matter"] for each in document["conditions"]]
    house.ends_in(400, passphrase={"credential": "muster.passphrase"})
    _, (row,) = house.ask("certs", "list")
    assert (row["serial"], row["status"]) == (None, "warning"), "another file, of which nothing is known"


def test_who_logs_in_otherwise_now_is_told_of_no_certificate(house):
    house.ends_in(29)
    after_a_run(house, NOW)
    house.configure(auth=house.by_password())
    after_a_run(house, NOW)
    assert "certificate" not in [each["matter"] for each in house.ask("check")[1]["conditions"]]


@pytest.fixture
def taking_in(house):
    """Imports a file with this passphrase coming by stdin."""

    def _taking_in(file, *more, passphrase=PASSPHRASE):
        code, out, _ = house.run(
            "certs", "import", str(file), "--insurer", "muster", *more, "--json", typed=f"{passphrase}\n"
        )
        return code, json.loads(out)

    return _taking_in


def test_a_certificate_that_opens_is_put_in_its_place_for_its_owner_only_and_on_record(house, taking_in, tmp_path):
    place = house.ends_in(10)
    house.run("pull", "--dry-run")
    download = tmp_path / "download.pfx"
    download.write_bytes(packed(certified("broker", serial=0xBEEF, end=NOW + timedelta(days=365))))
    before = place.read_bytes()
    assert taking_in(download)[0] == 2
    assert place.read_bytes() == before, "never overwritten"

    target = house.root / "certs" / "broker-2027.p12"
    code, document = taking_in(download, "--to", str(target))

    assert (code, document["serial"], document["file"]) == (0, "BEEF", str(target))
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.read_bytes() == download.read_bytes()
    assert any(f'file = "{target}"' in step for step in document["next"])
    (record,) = house.records("credential.changed")
    assert (record["certificate"], record["insurer"]) == ("BEEF", "muster")
    assert PASSPHRASE not in str(house.records())


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (lambda: packed(certified("x", end=NOW - timedelta(hours=1))), (2, "ran out on")),
        (lambda: packed(certified("x"), passphrase="another"), (12, "does not open")),
        (lambda: packed_without(ec_key()), (12, "holds no certificate")),
        (lambda: b"-----BEGIN CERTIFICATE-----", (12, "is no PKCS#12 file")),
        (lambda: b"", (2, "is empty")),
    ],
)
def test_what_could_not_log_in_is_not_taken(house, taking_in, tmp_path, data, refusal):
    code, says = refusal
    house.ends_in(10).unlink()
    (tmp_path / "download.pfx").write_bytes(data())
    found, document = taking_in(tmp_path / "download.pfx")
    assert (found, says in document["error"]["message"]) == (code, True)
    assert not (house.root / "broker.p12").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_who_could_store_nothing_is_not_asked_for_the_passphrase(house, tmp_path):
    house.ends_in(400)
    command = [sys.executable, "-m", "bipro_sync", "--config", str(house.config), "certs", "import", str(tmp_path)]
    code, shown = typed([*command, "--insurer", "muster"], seconds=10)
    assert (code, "never overwritten" in shown, "The passphrase:" in shown) == (2, True, False)


def test_root_gives_it_to_the_archive_s_owner(house, taking_in, tmp_path):
    place = house.ends_in(10)
    place.unlink()
    house.archive.mkdir()
    os.chown(house.archive, 4242, 4242)
    (tmp_path / "download.pfx").write_bytes(packed(certified("broker")))
    assert taking_in(tmp_path / "download.pfx")[0] == 0
    assert (place.stat().st_uid, stat.S_IMODE(place.stat().st_mode)) == (4242, 0o600)
