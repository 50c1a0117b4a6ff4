from dataclasses import dataclass

import pytest

from bipro_sync.cli.console import Console
from bipro_sync.cli.progress import ProgressLines
from bipro_sync.model.kinds import Kind
from bipro_sync.model.states import ShipmentState


@dataclass(frozen=True)
class Shown:
    """What the lines show of a shipment."""

    id: str
    kind: Kind = Kind.MAIL
    state: ShipmentState = ShipmentState.STORED


def tell(console, shipment_id="4711"):
    lines = ProgressLines(console).insurer("alpha")
    lines.planned(3)
    lines.done(Shown(shipment_id))


def test_each_event_is_one_line_of_pairs_on_stderr(capsys):
    tell(Console(verbosity=1))
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.partition(" ")[2] for line in err.splitlines()] == [
        "event=pull insurer=alpha",
        "event=listed insurer=alpha to_do=3",
        "event=shipment insurer=alpha id=4711 kind=mail state=stored",
    ]
    assert all(line.startswith("timestamp=20") for line in err.splitlines())


@pytest.mark.parametrize("steering", ["\u202e", "\x9b2J", "\x1b[2J", "\r", "\n", "\x85", "\u2028"])
def test_an_id_can_neither_steer_the_terminal_nor_begin_a_line(capsys, steering):
    tell(Console(verbosity=1), f"47{steering}11")
    err = capsys.readouterr().err
    assert len(err.split("\n")) == 3 + 1
    assert err.replace("\n", "").isprintable()
    assert "id=47" in err


def test_quiet_silences_the_lines(capsys):
    tell(Console(verbosity=1, quiet=True))
    assert capsys.readouterr() == ("", "")
