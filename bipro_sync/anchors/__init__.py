"""Sealing the audit log: who signs, and which places outside of the archive are told; it never holds up a pull."""
