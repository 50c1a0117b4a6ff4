"""Which insurers and shipments a command line means."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from ..errors import ConfigurationError, UsageError


if TYPE_CHECKING:
    from ..catalog import Entry, Queries
    from ..config import Config
    from ..insurers import Insurer, MisconfiguredInsurer


def chosen_insurers(config: Config, names: Collection[str]) -> list[Insurer | MisconfiguredInsurer]:
    """
    Return the insurers with these names, or all; raises :class:`~bipro_sync.errors.UsageError` for unknown ones.
    """
    from ..insurers import effective

    insurers = effective(config)
    if unknown := [name for name in names if name not in insurers]:
        known = ", ".join(insurers) or "none"
        raise UsageError(f"The configuration has no insurer {', '.join(unknown)}; it has {known}.")
    return [insurer for name, insurer in insurers.items() if not names or name in names]


def unusable_ones(insurers: Iterable[Insurer | MisconfiguredInsurer]) -> list[str]:
    """
    Return the names of those whose sections cannot be used, so that nothing can be said of what they refer to.
    """
    from ..insurers import MisconfiguredInsurer

    return [insurer.name for insurer in insurers if isinstance(insurer, MisconfiguredInsurer)]


def chosen_insurer(config: Config, name: str) -> Insurer:
    """
    Return the one insurer with this name; raises also :class:`~bipro_sync.errors.ConfigurationError` where its section
    cannot be used.
    """
    from ..insurers import Insurer

    insurer = chosen_insurers(config, [name])[0]
    if isinstance(insurer, Insurer):
        return insurer
    raise ConfigurationError(f"The configuration of {name} cannot be used.", problems=insurer.problems)


def chosen_shipment(queries: Queries, shipment_id: str, insurer: str | None) -> Entry:
    """
    Return the one shipment with this id; raises :class:`~bipro_sync.errors.UsageError` for none or several.
    """
    found = queries.find(shipment_id, insurer)
    if not found:
        raise UsageError(f"No shipment {shipment_id} is known.", hint="See `bipro-sync shipments list`.")
    if len(found) > 1:
        names = ", ".join(entry.insurer for entry in found)
        raise UsageError(f"Several insurers have a shipment {shipment_id}: {names}.", hint="Add --insurer NAME.")
    return found[0]
