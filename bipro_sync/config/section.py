"""What every table of the configuration file is, whichever module describes it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """
    A table of the file: frozen, strict, and without unknown keys.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)
