"""Telling people and monitoring: mail, webhook, pings, a file for Prometheus; it never tells a customer's datum."""
