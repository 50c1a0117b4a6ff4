import pytest

from bipro_sync.model.address import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_is_recognised(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["128.0.0.1", "localhost.example", "127.0.0.1.example", "0.0.0.0", "::2", ""])
def test_no_other_machine_passes_for_this_one(host):
    assert not is_loopback(host)
