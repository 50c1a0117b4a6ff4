from io import BytesIO

import pytest

from bipro_sync.gdv.pieces import Pieces, Run, are_alike


@pytest.mark.parametrize(("ending", "looked_at"), [(b"\r\n", 0), (b"\n", 1)])
def test_only_the_record_that_tells_the_line_end_is_looked_at_alone(ending, looked_at):
    file = BytesIO((b"0200".ljust(256) + ending) * 30_000)
    pieces = list(Pieces(file.read, counts_characters=lambda: False, are_alike=are_alike))
    assert sum(not isinstance(piece, Run) for piece in pieces) == looked_at
    assert sum(piece.records if isinstance(piece, Run) else 1 for piece in pieces) == 30_000
