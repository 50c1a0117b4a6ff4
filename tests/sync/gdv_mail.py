"""Deliveries of GDV files as several tests need them: made by the sample's maker, from contracts of the test's own."""

import importlib.util
import io
import sys
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from bipro_sync.catalog import Catalogue, GdvQueries


_MAKER = Path(__file__).parents[2] / "samples" / "make_gdv.py"


def _maker():
    spec = importlib.util.spec_from_file_location("make_gdv", _MAKER)
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_gdv"] = module
    spec.loader.exec_module(module)
    return module


MAKER = _maker()
LIABILITY, LIABILITY_2, MOTOR, MOTOR_2, HOME, HOME_2, HOUSE = MAKER.CONTRACTS
KINDS = ("contract", "partner", "claim", "commission")
PERIOD = ("01032026", "01032026")


def portfolio(*contracts):
    return MAKER.portfolio(contracts, PERIOD)


def dearer(contract, by=100):
    return replace(contract, premium=contract.premium + by)


def zipped(*files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, data in enumerate(files):
            archive.writestr(f"bestand_{number}.gdv", data)
    return target.getvalue()


def gdv_shipment(office, name, data, *, day=1, category="999010010", insurer="muster"):
    """The lines of a scenario for a shipment with this file, posted on a day of March."""
    home = office.root / f"insurer-{insurer}"
    home.mkdir(exist_ok=True)
    (home / f"{name}.bin").write_bytes(data)
    lines = office.shipment(name, category=category, file=f'document = "{name}.bin"')
    return lines.replace("2026-03-01T18:30:00", f"2026-03-{day:02}T18:30:00")


def states(office, *kinds, latest=True, **narrowed):
    """What the catalogue has of these kinds, contracts unless others are named."""
    with closing(Catalogue.open(office.archive / "catalog.db", shipments_exist=True)) as catalogue:
        return [*GdvQueries(catalogue).states(kinds or ("contract",), latest=latest, **narrowed)]


def rows_in(path):
    """All that a catalogue has of GDV files, but for the numbers of its rows."""
    with closing(Catalogue.open(path, shipments_exist=True)) as catalogue:
        return [
            (each.kind, each.key, each.since.shipment, each.until and each.until.shipment, each.records, each.content)
            for each in GdvQueries(catalogue).states(KINDS, latest=False)
        ]


def history(office, contract):
    """A contract's states, oldest first: shipments they begin and end with, and the premium in cents."""
    return [
        (
            each.since.shipment,
            each.until.shipment if each.until else None,
            each.content["0200/1"][0]["GesbeitragNettoInWE"].replace(".", ""),
        )
        for each in states(office, policy=contract.number, latest=False)
    ]
