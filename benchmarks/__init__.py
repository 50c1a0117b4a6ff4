"""Measure what the wire and the archive cost beside a bare loop of the same libraries; nothing here is shipped."""
