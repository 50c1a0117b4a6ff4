"""Profiles of the user's own, for tests that need what no shipped one has."""

ENDING_SESSIONS = """
title = "One that ends sessions"
source = "Invented"
reviewed_on = 2026-02-03
auth_methods = ["password"]
unlock_contact = "Nobody"

[wire]
sts_cancels = true
"""
