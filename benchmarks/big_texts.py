"""Fill an index of texts as if the one letter of each shipment had been read; its words are invented."""

from __future__ import annotations

import random
from pathlib import Path

from pysqlite3 import dbapi2

from bipro_sync.catalog import Texts


WORDS = 30
"""Words of a letter, beside the one that all have and its own number."""
_VOCABULARY = 20_000


def fill_texts(path: Path, catalogue: Path, count: int) -> None:
    """Enter a letter for each shipment of the catalogue, with SQLite's safeties off."""
    Texts.begun(path).close()
    chance = random.Random(4711)
    vocabulary = [f"wort{number}" for number in range(_VOCABULARY)]
    texts = dbapi2.connect(str(path), isolation_level=None)
    for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000"):
        texts.execute(f"PRAGMA {setting}")
    texts.execute("ATTACH ? AS catalogue", (str(catalogue),))
    texts.execute("BEGIN")
    texts.execute(
        "INSERT INTO shipments (number, insurer, id, kind, manifest_sha256) "
        "SELECT number, insurer, id, kind, manifest_sha256 FROM catalogue.shipments"
    )
    texts.executemany(
        "INSERT INTO texts (rowid, said) VALUES (?, ?)",
        (
            (number, f"Versicherungsschein H{number:08d} {' '.join(chance.choices(vocabulary, k=WORDS))}")
            for number in range(1, count + 1)
        ),
    )
    texts.execute("COMMIT")
    texts.execute("PRAGMA journal_mode = WAL")
    texts.close()
