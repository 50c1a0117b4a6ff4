import os

import pytest


@pytest.fixture(scope="session")
def full():
    """Whether the whole campaign is asked for, and not its everyday part."""
    return os.environ.get("BIPRO_SYNC_CAMPAIGN") == "full"


class Aftermath:
    """What must hold after a run that went wrong, and after the next one."""

    def __init__(self, office):
        self.office = office

    def is_safe(self):
        """Nothing was acknowledged that is not stored, with the bytes that were sent."""
        stored = self.office.stored()
        for call in self.office.calls("acknowledgeShipment"):
            asked = [each for each in self.office.calls("getShipment") if each["shipment"] == call["shipment"]]
            fetched = [each for each in asked if "files" in each]
            assert fetched, "nothing is acknowledged unfetched"
            for file in fetched[-1]["files"]:
                of_it = [digest for path, digest in stored.items() if f"/{call['shipment']}/" in path]
                assert file["sha256"] in of_it

    def is_completed(self, *shipments):
        """The next run brings everything to its end, with one copy of each shipment, and the one after finds nothing.

        A login of which nobody knows the end holds the next one up; then an operator opens the way."""
        office = self.office
        if office.pull("--retry-failed")["exit_code"] == 12:
            assert office.run("insurers", "unblock", "muster", "--reason", "the disk has failed")[0] == 0
            assert office.pull("--retry-failed")["exit_code"] == 0
        assert office.states() == dict.fromkeys(shipments, "acknowledged")
        self.is_safe()
        manifests = [path for path in office.stored() if path.endswith("manifest.json")]
        assert len(manifests) == len(shipments)
        assert {call["shipment"] for call in office.calls("acknowledgeShipment")} == set(shipments)
        assert list((office.archive / "spool" / "muster").iterdir()) == []
        assert office.ask("archive", "verify")[0] == 0
        assert office.ask("audit", "verify")[0] == 0
        assert office.pull()["listed"] == 0


@pytest.fixture
def aftermath(office):
    return Aftermath(office)
