"""A device that took other bytes than it was given: only reading them back from it tells (invariant I1)."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def lying(monkeypatch):
    """Makes a device that has files with these words in their name wrong; the truth is in the page cache alone."""
    told = []

    def _lying(word):
        def _drop(descriptor, *_):
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            published = "spool" not in path.parts
            if published and word in path.name and path not in told:
                told.append(path)
                path.chmod(0o600)
                content = path.read_bytes()
                path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
                path.chmod(0o400)

        monkeypatch.setattr(os, "posix_fadvise", _drop)
        return told

    return _lying


@pytest.mark.parametrize("word", ["01-File.pdf", "envelope.xml"])
def test_what_the_device_does_not_give_back_is_never_acknowledged(office, lying, word):
    office.opens(*map(office.shipment, "AB"), workers=1)
    told = lying(word)

    pulled = office.pull()

    assert len(told) == 2, "the device has both wrong"
    assert (pulled["exit_code"], pulled["error"]["code"], pulled["acknowledged"]) == (15, "integrity", 0)
    assert office.calls("acknowledgeShipment") == []
    assert "does not hold the bytes that were received" in pulled["error"]["message"]
