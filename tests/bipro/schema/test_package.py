"""What ships: schemas of our own that need nothing but each other."""

from __future__ import annotations

from pathlib import Path

from hatchling.builders.wheel import WheelBuilder
from lxml import etree

from bipro_sync.bipro.schema.check import SCHEMA


FILES = sorted(SCHEMA.parent.glob("*.xsd"))
CHECKOUT = Path(__file__).parents[3]


def test_a_schema_takes_in_only_files_beside_it_and_each_is_taken_in():
    wanted = {SCHEMA.name}
    for file in FILES:
        for element in etree.parse(file).getroot().iterchildren("{*}include", "{*}import"):
            assert (file.parent / element.get("schemaLocation")).parent == SCHEMA.parent
            wanted.add(element.get("schemaLocation"))
    assert wanted == {file.name for file in FILES}


def test_the_wheel_holds_every_schema():
    shipped = {file.relative_path for file in WheelBuilder(str(CHECKOUT)).recurse_included_files()}
    assert "bipro_sync/bipro/schema/check.py" in shipped
    for file in FILES:
        assert file.relative_to(CHECKOUT).as_posix() in shipped
