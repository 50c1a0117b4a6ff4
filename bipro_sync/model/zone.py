"""The time zone in which insurers and brokers speak of days."""

from __future__ import annotations

from zoneinfo import ZoneInfo


BERLIN = ZoneInfo("Europe/Berlin")
