import shutil

import pytest
from msgspec import structs

from bipro_sync.archive import CopyPlace, SecondCopy, acknowledgement_of, compare
from bipro_sync.archive.store import Archive
from bipro_sync.errors import SecondCopyError


@pytest.fixture
def mount(tmp_path):
    (tmp_path / "mount").mkdir()
    return tmp_path / "mount"


@pytest.fixture
def second(layout, mount):
    return SecondCopy(CopyPlace(layout, mount, same_device=True))


@pytest.fixture
def acknowledged(layout, practice, second):
    """Stores, copies and notes a shipment as acknowledged; returns its path."""

    def _acknowledged(shipment, *contents):
        listed = structs.replace(practice["LISTED"], id=shipment)
        path = practice["store"](layout, *contents, listed=listed).path
        second.copy(path, writer="muster")
        second.note(acknowledgement_of(Archive(layout), path, practice["NOW"]))
        return path

    return _acknowledged


def lost(root, path):
    (root / path).chmod(0o700)
    shutil.rmtree(root / path)


def problems(layout, mount):
    return [(each.shipment, each.path, each.problem) for each in compare(layout, mount).findings]


def test_where_both_hold_everything_there_is_no_finding(layout, mount, acknowledged):
    for shipment in "ABA":
        if not layout.stored_path("muster", shipment):
            acknowledged(shipment, b"%PDF-1.7")
    found = compare(layout, mount)
    assert (found.acknowledged, found.copies, found.findings, found.uncopied) == (2, 2, (), ())
    assert found.bytes == 2 * len(b"%PDF-1.7<Envelope>as received</Envelope>")


def test_every_acknowledged_shipment_that_a_restored_archive_lacks_is_named(layout, mount, acknowledged):
    paths = {shipment: acknowledged(shipment, b"%PDF-1.7") for shipment in "ABC"}
    lost(layout.root, paths["A"])
    lost(layout.root, paths["B"])
    lost(mount, paths["B"])
    lost(mount, paths["C"])
    assert problems(layout, mount) == [
        ("A", str(paths["A"]), "was acknowledged and is not in the archive; the second copy has it."),
        (
            "B",
            str(paths["B"]),
            "was acknowledged and is not in the archive; the second copy does not have it either, or not whole.",
        ),
        ("C", str(paths["C"]), "was acknowledged and is not in the second copy."),
    ]


def test_an_archive_begun_anew_lacks_all_of_them(layout, mount, acknowledged, practice, tmp_path):
    for shipment in "AB":
        acknowledged(shipment)
    anew = practice["prepared"](tmp_path / "anew")
    assert [shipment for shipment, _, _ in problems(anew, mount)] == ["A", "B"]


def test_what_was_fetched_again_after_a_restore_is_not_missing_though_its_path_is_another(
    layout, mount, acknowledged, practice
):
    path = acknowledged("A", b"%PDF-1.7")
    lost(layout.root, path)
    listed = structs.replace(practice["LISTED"], id="A")
    later = layout.shipment_path("muster", "A", practice["NOW"].replace(month=7))
    practice["store"](layout, b"%PDF-1.7", listed=listed, path=later)
    found = compare(layout, mount)
    assert (found.findings, found.uncopied) == ((), (str(later),))


def test_other_contents_under_the_same_id_are_not_what_was_acknowledged(layout, mount, acknowledged, practice):
    path = acknowledged("A", b"%PDF-1.7")
    lost(layout.root, path)
    listed = structs.replace(practice["LISTED"], id="A")
    practice["store"](layout, b"%PDF-1.6", listed=listed)
    assert [problem for _, _, problem in problems(layout, mount)] == [
        "was acknowledged and is not in the archive; the second copy has it.",
        "is another delivery in the archive than in the second copy.",
    ]


def test_what_was_copied_and_never_acknowledged_is_named_where_the_archive_lacks_it(layout, mount, second, practice):
    path = practice["store"](layout, b"%PDF-1.7").path
    second.copy(path, writer="muster")
    lost(layout.root, path)
    assert problems(layout, mount) == [
        (None, str(path), "is in the second copy and not in the archive; it is not listed as acknowledged.")
    ]


def test_what_is_not_copied_yet_is_no_damage(layout, mount, acknowledged, practice):
    acknowledged("A")
    path = practice["store"](layout, b"%PDF-1.7").path
    found = compare(layout, mount)
    assert (found.findings, found.uncopied) == ((), (str(path),))


def test_a_damaged_copy_and_an_unreadable_line_are_named(layout, mount, acknowledged):
    path = acknowledged("A", b"%PDF-1.7")
    file = mount / path / "01-File.pdf"
    file.chmod(0o600)
    file.write_bytes(b"%PDF-1.6")
    [segment] = (mount / "acknowledged").iterdir()
    segment.write_bytes(b"{\n" + segment.read_bytes())
    assert [problem for _, _, problem in problems(layout, mount)] == [
        "Line 1 of the list cannot be read.",
        f"In the second copy: {path}/01-File.pdf does not hold the bytes that were received.",
    ]


def test_a_directory_that_is_no_second_copy_is_refused(layout, mount):
    with pytest.raises(SecondCopyError, match="no marker is there"):
        compare(layout, mount)
    with pytest.raises(SecondCopyError, match="no marker is there"):
        compare(layout, mount / "nowhere")
