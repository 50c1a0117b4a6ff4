"""The first hour: sections of a configuration, the secrets it refers to, certificates put in their places."""

from __future__ import annotations
