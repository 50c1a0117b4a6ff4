from datetime import UTC, datetime, timedelta

from bipro_sync.bipro.pkcs12 import load_pkcs12
from bipro_sync.model.secret import Secret

from ..certificates import NOW, PASSPHRASE, certified, packed


PERSON = "Erika Beispiel"


def _loaded(data):
    return load_pkcs12(data, Secret(PASSPHRASE))


def test_serial_and_dates_are_the_certificates():
    end = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)
    found = _loaded(packed(certified(PERSON, serial=0xCAFE01, begin=NOW, end=end)))
    assert (found.serial, found.not_before, found.not_after) == ("CAFE01", NOW, end)


def test_it_is_objected_to_before_and_after_its_time_only():
    begin, end = datetime(2026, 1, 2, 3, tzinfo=UTC), datetime(2027, 1, 2, 3, tzinfo=UTC)
    found = _loaded(packed(certified(PERSON, serial=0xCAFE01, begin=begin, end=end)))
    second = timedelta(seconds=1)
    assert found.objection(begin - second) == "the certificate CAFE01 is not valid before 2026-01-02 03:00 UTC"
    assert found.objection(begin) is found.objection(end - second) is None
    assert found.objection(end) == "the certificate CAFE01 ran out on 2027-01-02 03:00 UTC"


def test_it_shows_neither_its_key_nor_whose_it_is():
    assert repr(_loaded(packed(certified(PERSON)))) == "ClientCertificate()"
