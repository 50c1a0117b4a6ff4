"""`python -m bipro_sync`, which is the same as `bipro-sync`."""

from __future__ import annotations

from .cli.main import run


run()
