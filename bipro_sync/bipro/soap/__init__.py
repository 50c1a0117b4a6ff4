"""SOAP envelopes: written with care, read with suspicion, by namespace and never by prefix."""
