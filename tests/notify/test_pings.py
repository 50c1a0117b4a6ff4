import time

import pytest

from bipro_sync.config import MonitoringSection
from bipro_sync.errors import StorageError
from bipro_sync.notify.pings import pinging


@pytest.fixture
def section(web):
    return MonitoringSection.model_validate({"ping_url": web.url, "ca_file": str(web.ca_file)})


@pytest.mark.parametrize(("code", "path"), [(0, "/told"), (13, "/told/13"), (3, "/told/3")])
def test_a_run_is_pinged_as_it_starts_and_ends(web, section, code, path):
    with pinging(section) as codes:
        codes.append(code)
    assert web.paths == ["/told/start", path]
    first, second = (request.path.partition("?rid=")[2] for request in web.requests)
    assert len(first) == 36
    assert first == second
    assert [request.body for request in web.requests] == [b"", b""]


def test_an_error_that_ends_a_run_is_its_end(web, section):
    with pytest.raises(StorageError), pinging(section):
        raise StorageError("The disk is gone.")
    with pytest.raises(ValueError, match="bug"), pinging(section):
        raise ValueError("bug")
    with pytest.raises(KeyboardInterrupt), pinging(section):
        raise KeyboardInterrupt
    assert web.paths[1::2] == ["/told/14", "/told/1", "/told/130"]


def test_a_run_that_finds_another_at_work_has_no_end_of_its_own(web, section):
    with pinging(section) as codes:
        codes.append(11)
    assert web.paths == ["/told/start"]


def test_who_answers_slowly_does_not_hold_up_the_start(web, section):
    web.delay = 0.5
    begun = time.monotonic()
    with pinging(section):
        inside = time.monotonic() - begun
    assert inside < 0.3
    assert web.paths == ["/told/start", "/told"]


def test_where_nobody_listens_the_run_goes_on(section):
    nowhere = section.model_copy(update={"ping_url": "https://127.0.0.1:9/x"})
    with pinging(nowhere) as codes:
        codes.append(0)


def test_without_an_address_or_a_wish_nobody_is_pinged(web, section):
    with pinging(MonitoringSection()), pinging(section, wanted=False):
        pass
    assert web.requests == []
