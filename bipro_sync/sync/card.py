"""What an archive remembers of its configuration: another environment's is refused, another one's needs root."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from ..archive import Layout, read_state
from ..config import Config, UserSection, load
from ..errors import ConfigurationError, StorageError
from ..model.ports import Clock


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """
    What an archive remembers of its configuration, in `state/archive.json`.
    """

    environment: str
    configuration: str
    configuration_sha256: str
    opened_at: datetime


_PEOPLE_A_RECORD = 20
"""As many as find room in a line of the log, which cuts what is too long."""

_DECODER = msgspec.json.Decoder(Card)


def card_for(config: Config, layout: Layout, clock: Clock, *, by_root: bool) -> tuple[Card, bool]:
    """
    Return the card that this configuration leaves, and whether it differs from the one that is there.

    Raises :class:`~bipro_sync.errors.ConfigurationError` where the archive belongs to another configuration or
    environment, :class:`~bipro_sync.errors.StorageError` where that cannot be told.
    """
    before = own_card(config, layout, by_root=by_root)
    card = Card(
        environment=config.environment,
        configuration=str(config.path.resolve()),
        configuration_sha256=config.sha256,
        opened_at=clock.now(),
    )
    return card, before is None or (before.configuration, before.configuration_sha256) != (
        card.configuration,
        card.configuration_sha256,
    )


def own_card(config: Config, layout: Layout, *, by_root: bool) -> Card | None:
    """
    Return the card that is there, left by this configuration or by an earlier form of it.

    Raises as :func:`card_for`.
    """
    before = _card(layout)
    if before is None:
        return None
    if before.environment != config.environment:
        raise ConfigurationError(
            f"The archive {layout.root} belongs to the {before.environment} environment, this configuration to "
            f"{config.environment}; they never share one.",
            hint="Give the other environment an [archive] root of its own.",
        )
    other = before.configuration != str(config.path.resolve())
    if other and config.environment == "production" and not by_root:
        raise ConfigurationError(
            f"The archive {layout.root} belongs to the configuration {before.configuration}.",
            hint="Use that one.  If the configuration has moved, let root run one command with the new one.",
        )
    return before


def _card(layout: Layout) -> Card | None:
    return read_state(
        layout.card,
        _DECODER,
        problem=f"{layout.card} cannot be read, so whose archive this is cannot be told.",
        hint="Restore it from a backup; the stored shipments are untouched.",
    )


def keeper_of(log: Path) -> Config | None:
    """
    Return the configuration whose archive in earnest keeps the *log* in this directory; None for a copy, say.
    """
    layout = Layout(log.resolve().parent)
    with suppress(ConfigurationError, StorageError):
        card = _card(layout)
        if layout.audit == log.resolve() and card and card.environment == "production":
            config = load(Path(card.configuration))
            return config if config.archive.root.resolve() == layout.root else None
    return None


def rights(config: Config, card: Card) -> Iterator[str]:
    """
    Yield what the audit log keeps of a configuration, a record's worth each: its digest, and who may do what.
    """
    answers = f"; {config.audit.responsible} answers for scheduled runs" if config.audit.responsible else ""
    head = f"configuration {card.configuration_sha256}{answers}; users: "
    people = [_right(key, user) for key, user in config.users.items()] or ["none"]
    for start in range(0, len(people), _PEOPLE_A_RECORD):
        yield head + ", ".join(people[start : start + _PEOPLE_A_RECORD])


def _right(key: str, user: UserSection) -> str:
    facts = [user.login, user.role, f"from {user.active_from}"]
    facts += [f"until {user.active_to}"] if user.active_to else []
    facts += [f"{user.insurer} only"] if user.insurer else []
    return f"{key} ({', '.join(facts)})"
