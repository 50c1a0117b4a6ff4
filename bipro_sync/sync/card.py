"""What an archive remembers of its configuration: another environment's is refused, another one's needs root."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..archive import Layout, read_state
from ..config import Config
from ..errors import ConfigurationError
from ..model.ports import Clock


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """
    What an archive remembers of its configuration, in `state/archive.json`.
    """

    environment: str
    configuration: str
    configuration_sha256: str
    opened_at: datetime


_DECODER = msgspec.json.Decoder(Card)


def card_for(config: Config, layout: Layout, clock: Clock, *, by_root: bool) -> tuple[Card, bool]:
    """
    Return the card that this configuration leaves, and whether it differs from the one that is there.

    Raises :class:`~bipro_sync.errors.ConfigurationError` where the archive belongs to another configuration or
    environment, :class:`~bipro_sync.errors.StorageError` where that cannot be told.
    """
    path = layout.card
    card = Card(
        environment=config.environment,
        configuration=str(config.path.resolve()),
        configuration_sha256=config.sha256,
        opened_at=clock.now(),
    )
    before = read_state(
        path,
        _DECODER,
        problem=f"{path} cannot be read, so whose archive this is cannot be told.",
        hint="Restore it from a backup; the stored shipments are untouched.",
    )
    if before is None:
        return card, True
    if before.environment != card.environment:
        raise ConfigurationError(
            f"The archive {layout.root} belongs to the {before.environment} environment, this configuration to "
            f"{card.environment}; they never share one.",
            hint="Give the other environment an [archive] root of its own.",
        )
    other = before.configuration != card.configuration
    if other and card.environment == "production" and not by_root:
        raise ConfigurationError(
            f"The archive {layout.root} belongs to the configuration {before.configuration}.",
            hint="Use that one.  If the configuration has moved, let root run one command with the new one.",
        )
    return card, other or before.configuration_sha256 != card.configuration_sha256


def rights(config: Config, card: Card) -> str:
    """
    Return what the audit log keeps of a configuration: its digest, and who may do what.
    """
    people = ", ".join(f"{key} ({user.login}, {user.role})" for key, user in config.users.items()) or "none"
    return f"configuration {card.configuration_sha256}; users: {people}"
