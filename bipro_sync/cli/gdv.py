"""`bipro-sync gdv`: what stands in any GDV file, archived or not; it needs no configuration and changes nothing."""

from __future__ import annotations

import typer

from . import gdv_check, gdv_diff, gdv_export, gdv_info, gdv_records


def register(app: typer.Typer) -> None:
    """
    Add `gdv info`, `gdv records`, `gdv check`, `gdv export` and `gdv diff`.
    """
    group = typer.Typer(help="Any GDV file, or - for stdin: what it is, says and lacks; needs no configuration.")
    for part in (gdv_info, gdv_records, gdv_check, gdv_export, gdv_diff):
        part.add_to(group)
    app.add_typer(group, name="gdv")
