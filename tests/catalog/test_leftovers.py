import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime

import pytest
from pysqlite3 import dbapi2

from bipro_sync.catalog import Catalogue, clear_leftovers, kept_of


NOW = datetime(2026, 3, 31, 23, 30, 15, 123456, tzinfo=UTC)

DYING = """
import os, sys
from pathlib import Path
from bipro_sync.catalog import Catalogue, CatalogueDraft, database, put_in_place, rebuilding_of, kept_of, replacing
from datetime import UTC, datetime

path, where = Path(sys.argv[1]), sys.argv[2]
die = lambda *_: os._exit(9)
if where == "begun":
    database.give_name = die
elif where == "named":
    database.give_name = lambda draft, path: (path.hardlink_to(draft), die())
elif where == "drafting":
    with CatalogueDraft(rebuilding_of(path)):
        die()
elif where == "beginning a draft":
    database.give_name = die
    CatalogueDraft(rebuilding_of(path)).__enter__()
else:
    replacing.take_place = die
    with CatalogueDraft(rebuilding_of(path)) as draft:
        draft.finish()
    put_in_place(rebuilding_of(path), path, kept_of(path, datetime(2026, 3, 31, 23, 30, 15, 123456, tzinfo=UTC)))
Catalogue.open(path, shipments_exist=False)
"""


def dies(path, where):
    assert subprocess.run([sys.executable, "-c", DYING, path, where], check=False).returncode == 9


def lying(path):
    return sorted(each.name for each in path.parent.iterdir())


@pytest.mark.parametrize("where", ["begun", "named", "drafting", "beginning a draft", "replacing"])
def test_what_a_process_left_that_died_while_it_made_a_catalogue_is_removed_once_one_is_open(path, where):
    if where in {"drafting", "beginning a draft", "replacing"}:
        Catalogue.open(path, shipments_exist=False).close()
    dies(path, where)
    assert len(lying(path)) > path.exists(), "it left nothing"

    Catalogue.open(path, shipments_exist=False).close()
    clear_leftovers(path)

    assert lying(path) == ["catalog.db"]
    assert path.stat().st_nlink == 1
    with closing(dbapi2.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_nothing_else_beside_the_catalogue_is_touched(path, catalogue):
    catalogue.close()
    old, own = kept_of(path, NOW), path.with_name("catalog.db.before-the-move")
    old.write_bytes(b"an old catalogue")
    own.hardlink_to(path)
    names = ["catalog.db", old.name, own.name, "catalog.db.rebuilding.txt", ".catalog.db", ".catalog.db.draft.txt"]
    for name in names[3:]:
        path.with_name(name).touch()

    clear_leftovers(path)

    assert lying(path) == sorted(names)
    assert old.read_bytes() == b"an old catalogue"
