"""systemd, as far as this program needs it: encrypted credentials, our units' drop-ins, and their runs by hand."""

from __future__ import annotations
