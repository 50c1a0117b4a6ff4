from bipro_sync.catalog import kept_aside


def test_only_catalogues_that_were_kept_aside_are_named(tmp_path):
    path = tmp_path / "catalog.db"
    for name in (
        "catalog.db",
        "catalog.db-wal",
        "catalog.db.20261121T075339.000001Z",
        "catalog.db.rebuilding",
        "other",
    ):
        (tmp_path / name).write_bytes(b"")
    assert kept_aside(path) == ["catalog.db.20261121T075339.000001Z"]
