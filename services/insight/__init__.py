"""Insight: patterns of contacts for advisers, per channel, matter, hour and neighbourhood. Never a person."""
