import hashlib
import re
import stat
import urllib.parse
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bipro_sync.archive import Layout
from bipro_sync.archive.layout import escape


NOW = datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)

ids = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.text("/\\.%~- aA0\0\n\u202eä", max_size=150),
    st.text("a", min_size=110, max_size=400),
)


@pytest.mark.parametrize(
    ("shipment", "name"),
    [
        ("4711", "4711"),
        ("a-B_c.d", "a-B_c.d"),
        (".", "%2E"),
        ("..", "%2E."),
        ("-rf", "%2Drf"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
        ("a\0b", "a%00b"),
        ("100%", "100%25"),
        ("a~b", "a%7Eb"),
        ("Müller", "M%C3%BCller"),
        ("\u202efdp", "%E2%80%AEfdp"),
        ("a" * 120, "a" * 120),
        ("", "~" + hashlib.sha256(b"").hexdigest()),
        ("a" * 300, "a" * 55 + "~" + hashlib.sha256(b"a" * 300).hexdigest()),
    ],
)
def test_a_name_stays_the_same_from_version_to_version(shipment, name):
    assert escape(shipment) == name


@given(ids)
@example("%2F")
@example("/")
@example("\ud800")
def test_no_two_ids_share_a_name_because_each_name_tells_its_id(shipment):
    name = escape(shipment)
    if "~" in name:
        assert name.rpartition("~")[2] == hashlib.sha256(shipment.encode("utf-8", "surrogatepass")).hexdigest()
    else:
        assert urllib.parse.unquote(name, errors="surrogatepass") == shipment


@given(ids)
@example("")
@example("~" * 200)
def test_a_name_is_never_hidden_nor_an_option_nor_a_path_nor_too_long(shipment):
    name = escape(shipment)
    assert re.fullmatch(r"[A-Za-z0-9_%~][A-Za-z0-9._%~-]*", name)
    assert len(name) <= 120
    assert len(Layout("/").quarantine_path("muster", shipment, NOW).name) <= 255


def test_a_shipment_lies_in_the_month_of_its_first_storage(tmp_path):
    path = Layout(tmp_path).shipment_path("muster", "../4711", NOW)
    assert str(path) == "shipments/muster/2026/01/%2E.%2F4711"


def test_each_quarantined_delivery_of_a_shipment_has_a_place_of_its_own(tmp_path):
    layout = Layout(tmp_path)
    places = {str(layout.quarantine_path("muster", "../4711", NOW + timedelta(microseconds=step))) for step in range(3)}
    assert len(places) == 3
    assert "quarantine/muster/2026/01/%2E.%2F4711~20260131T235959.999999" in places


def test_the_quarantined_deliveries_of_a_shipment_are_found_oldest_first_and_no_other_s(tmp_path):
    layout = Layout(tmp_path)
    wanted = [layout.quarantine_path("muster", "4711", NOW + timedelta(days=day)) for day in (-400, -1, 0, 3)]
    others = [
        layout.quarantine_path("zweite", "4711", NOW),
        *(layout.quarantine_path("muster", other, NOW) for other in ("47110", "4711~1", "4711" * 40, "x")),
    ]
    for path in (*reversed(wanted), *others):
        (tmp_path / path).mkdir(parents=True)
    assert layout.quarantined_paths("muster", "4711") == wanted
    assert layout.quarantined_paths("muster", "never") == layout.quarantined_paths("nobody", "4711") == []


def test_preparing_makes_every_place_for_the_owner_only_and_may_be_repeated(tmp_path):
    layout = Layout(tmp_path / "root")
    for _ in range(2):
        layout.prepare()
    made = [layout.root, *layout.root.rglob("*")]
    assert {path.name for path in made[1:]} == {
        "shipments",
        "quarantine",
        "audit",
        "state",
        "locks",
        "breakers",
        "suspensions",
        "spool",
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o700}
    assert not layout.catalogue.exists()


def test_an_archive_without_shipments_says_so(layout):
    assert not layout.has_shipments()
    assert not Layout(layout.root / "nowhere").has_shipments()
    (layout.shipments / "muster").mkdir()
    (layout.quarantine / "note.txt").touch()
    (layout.spool / "muster/1").mkdir(parents=True)
    assert not layout.has_shipments()


@pytest.mark.parametrize("place", ["shipments", "quarantine"])
def test_an_archive_with_one_shipment_says_so(layout, practice, place):
    practice["store"](
        layout, b"bytes", path=layout.root.joinpath(place, "muster/2026/03/4711").relative_to(layout.root)
    )
    assert layout.has_shipments()
