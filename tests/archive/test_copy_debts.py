from pathlib import PurePosixPath

import pytest

from bipro_sync.archive import CopyDebts, CopyPlace, Debt, acknowledgement_of
from bipro_sync.archive.store import Archive
from bipro_sync.errors import StorageError


PATH = PurePosixPath("shipments/muster/2026/03/4711")


@pytest.fixture
def debts(layout, tmp_path):
    return CopyDebts(CopyPlace(layout, tmp_path / "nowhere", same_device=True))


@pytest.fixture
def acknowledgement(layout, practice):
    practice["store"](layout)
    return acknowledgement_of(Archive(layout), PATH, practice["NOW"])


def owed(debts):
    return [debts.read(file) for insurer in debts.insurers() for file in debts.of(insurer)]


def test_what_is_owed_is_remembered_by_insurer_though_the_copy_is_away(debts):
    assert owed(debts) == []
    debts.owe(PATH)
    debts.owe(PATH)
    debts.owe(PurePosixPath("quarantine/zweite/2026/03/4711"))
    assert debts.insurers() == ["muster", "zweite"]
    assert owed(debts) == [Debt(path=str(PATH)), Debt(path="quarantine/zweite/2026/03/4711")]


def test_an_acknowledgement_is_added_to_what_is_owed_and_is_not_forgotten(debts, acknowledgement):
    debts.owe(PATH)
    debts.owe(PATH, acknowledgement)
    debts.owe(PATH)
    assert owed(debts) == [Debt(path=str(PATH), acknowledgement=acknowledgement)]


def test_what_is_paid_is_gone_unless_somebody_added_to_it_meanwhile(debts, acknowledgement):
    debts.owe(PATH)
    [file] = debts.of("muster")
    read = debts.read(file)
    debts.owe(PATH, acknowledgement)
    debts.paid(file, read)
    assert owed(debts) == [Debt(path=str(PATH), acknowledgement=acknowledgement)]
    assert debts.read(file) == owed(debts)[0]
    for _ in range(2):
        debts.paid(file, Debt(path=str(PATH), acknowledgement=acknowledgement))
    assert owed(debts) == []
    assert debts.read(file) is None


def test_garbage_is_an_error_that_says_how_to_go_on(debts):
    debts.owe(PATH)
    [file] = debts.of("muster")
    file.write_bytes(b"{")
    with pytest.raises(StorageError, match="which shipment is still to be copied") as found:
        owed(debts)
    assert "archive copy" in found.value.hint
