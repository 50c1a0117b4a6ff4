"""Pulling: from an insurer's list to archived, acknowledged shipments; it acknowledges nothing it did not read back."""
