"""Fetch, keep, acknowledge and account for what insurers put into a broker's BiPRO 430 mailbox."""

__version__ = "0.1.0"
